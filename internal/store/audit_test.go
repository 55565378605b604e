package store_test

import (
	"context"
	"fmt"
	"testing"
	"time"

	"github.com/carte-reseau/hub/internal/cards"
	"github.com/carte-reseau/hub/internal/store"
	"github.com/carte-reseau/hub/internal/store/storetest"
)

func record(t *testing.T, s *store.Store, e cards.AuditEntry) {
	t.Helper()
	if e.Door == "" {
		e.Door = cards.AuditAPI
	}
	must(t, s.Record(ctx, e))
}

func auditIDs(t *testing.T, s *store.Store, q cards.AuditQuery) string {
	t.Helper()
	if q.Limit == 0 {
		q.Limit = 100
	}
	list, err := s.Audit(ctx, q)
	must(t, err)
	var what []string
	for _, e := range list {
		what = append(what, e.Detail)
	}
	return fmt.Sprint(what)
}

func TestTheAuditLogIsRead(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		day := time.Now().Add(-240 * time.Hour).Truncate(time.Second).UTC()
		for i, e := range []cards.AuditEntry{
			{Actor: "Ana", Role: cards.RoleReader, Action: "get-conflict", Subject: "conflit 1"},
			{Actor: "Eva", Role: cards.RoleOperator, Action: "get-conflict", Subject: "conflit 2"},
			{Actor: "Ana", Role: cards.RoleReader, Action: "look-up-card", Subject: "carte abc"},
			{Actor: "Ana", Role: cards.RoleReader, Action: "get-conflict", Subject: "conflit 2", Door: cards.AuditPages},
		} {
			e.At, e.Detail = day.Add(time.Duration(i)*time.Hour), fmt.Sprint(i)
			record(t, s, e)
		}
		for want, q := range map[string]cards.AuditQuery{
			"[3 2 1 0]": {}, "[3 2 0]": {Actor: "Ana"}, "[3 1]": {Subject: "conflit 2"}, "[3 0]": {Actor: "Ana", Action: "get-conflict"},
			"[2 1]": {From: day.Add(time.Hour), To: day.Add(3 * time.Hour)}, "[3 2]": {Limit: 2}, "[]": {Actor: "Ana' OR 1=1 --"},
		} {
			if got := auditIDs(t, s, q); got != want {
				t.Errorf("%+v: %s, want %s", q, got, want)
			}
		}
		list, err := s.Audit(ctx, cards.AuditQuery{Limit: 1})
		must(t, err)
		if got := auditIDs(t, s, cards.AuditQuery{Before: list[0].ID}); got != "[2 1 0]" {
			t.Errorf("before the newest: %s", got)
		}
		want := cards.AuditEntry{
			ID: list[0].ID, At: day.Add(3 * time.Hour), Actor: "Ana", Role: cards.RoleReader, Door: cards.AuditPages, Action: "get-conflict",
			Subject: "conflit 2", Detail: "3",
		}
		if list[0] != want {
			t.Errorf("%+v, want %+v", list[0], want)
		}
		before := time.Now().Add(-time.Minute)
		record(t, s, cards.AuditEntry{Actor: "Ana", Action: "now"})
		if list, err = s.Audit(ctx, cards.AuditQuery{Limit: 1}); err != nil || list[0].At.Before(before) || list[0].At.After(time.Now().Add(time.Minute)) {
			t.Errorf("%+v, %v", list, err)
		}
		for _, e := range []cards.AuditEntry{{Door: "api", Action: "x"}, {Actor: "Ana", Action: "x"}, {Actor: "Ana", Door: "api"}} {
			if err := s.Record(ctx, e); err == nil {
				t.Errorf("recorded: %+v", e)
			}
		}
	})
}

// The database itself keeps the log as it was written, whoever asks.
func TestTheAuditLogIsOnlyAddedTo(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		now := time.Now()
		record(t, s, cards.AuditEntry{Actor: "Ana", Action: "young", Detail: "young"})
		record(t, s, cards.AuditEntry{Actor: "Ana", Action: "five", Detail: "five", At: now.AddDate(0, -5, -20)})
		record(t, s, cards.AuditEntry{Actor: "Ana", Action: "seven", Detail: "seven", At: now.AddDate(0, -7, 0)})
		forbidden := []string{
			"UPDATE audit SET actor = 'Eva' WHERE detail = 'young'", "UPDATE audit SET actor = 'Eva' WHERE detail = 'seven'",
			"UPDATE audit SET at = 0", "DELETE FROM audit WHERE detail = 'young'", "DELETE FROM audit WHERE detail = 'five'", "DELETE FROM audit",
		}
		if s.OnPostgres() {
			forbidden = append(forbidden, "TRUNCATE audit", "TRUNCATE audit CASCADE",
				`INSERT INTO audit (id, at, actor, role, door, action, subject, detail) OVERRIDING SYSTEM VALUE SELECT id, 0, 'Eva', '', 'api', 'x', '', '' FROM audit
					ON CONFLICT (id) DO UPDATE SET actor = 'Eva'`)
		} else {
			forbidden = append(forbidden, "INSERT OR REPLACE INTO audit SELECT id, 0, 'Eva', '', 'api', 'x', '', '' FROM audit",
				"REPLACE INTO audit SELECT id, at, 'Eva', '', 'api', 'x', '', '' FROM audit LIMIT 1", "UPDATE OR REPLACE audit SET id = 1",
				"INSERT INTO audit SELECT id, 0, 'Eva', '', 'api', 'x', '', '' FROM audit WHERE true ON CONFLICT (id) DO UPDATE SET actor = 'Eva'")
		}
		for _, statement := range forbidden {
			if err := s.Exec(ctx, statement); err == nil || !contains(err.Error(), "entries of the audit log") {
				t.Errorf("%s: %v", statement, err)
			}
		}
		if got := auditIDs(t, s, cards.AuditQuery{Actor: "Ana"}); got != "[seven five young]" {
			t.Errorf("left: %s", got)
		}
		must(t, s.Exec(ctx, "DELETE FROM audit WHERE detail = 'seven'"))
	})
}

func TestOldAuditEntriesGo(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		now := time.Now()
		for months, detail := range map[int]string{11: "eleven", 13: "thirteen", 0: "new", 40: "forty"} {
			record(t, s, cards.AuditEntry{Actor: "Ana", Action: "x", Detail: detail, Subject: detail, At: now.AddDate(0, -months, 0)})
		}
		must(t, s.Purge(ctx, time.Hour))
		for detail, want := range map[string]string{"eleven": "[eleven]", "thirteen": "[]", "new": "[new]", "forty": "[]"} {
			if got := auditIDs(t, s, cards.AuditQuery{Subject: detail}); got != want {
				t.Errorf("%s: %s", detail, got)
			}
		}
	})
}

func TestTheWholeAuditLogIsRead(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		const many = 1203
		must(t, s.Exec(ctx, `INSERT INTO audit (at, actor, role, door, action, subject, detail)
			WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ?) SELECT i, 'Ana', '', 'api', 'x', '', CAST(i AS text) FROM n`, many))
		record(t, s, cards.AuditEntry{Actor: "Eva", Action: "x"})
		next := many
		for e, err := range s.AuditAll(ctx, cards.AuditQuery{Actor: "Ana"}) {
			must(t, err)
			if e.Detail != fmt.Sprint(next) {
				t.Fatalf("%s, want %d", e.Detail, next)
			}
			next--
			record(t, s, cards.AuditEntry{Actor: "Ana", Action: "meanwhile"})
			if next == many-600 {
				break
			}
		}
		gone, cancel := context.WithCancel(ctx)
		cancel()
		n := 0
		for _, err := range s.AuditAll(gone, cards.AuditQuery{}) {
			if n++; err == nil {
				t.Error("a question nobody waits for was answered")
			}
		}
		if n != 1 {
			t.Errorf("%d answers", n)
		}
	})
}
