package proof_test

import (
	"context"
	"database/sql"
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"github.com/carte-reseau/hub/internal/cards"
	_ "github.com/jackc/pgx/v5/stdlib" // registers "pgx"
)

// peek looks into the hub's database past the hub.
type peek struct{ db *sql.DB }

func openPeek(t testing.TB, database string) *peek {
	t.Helper()
	driver, source := "pgx", database
	if path, embedded := strings.CutPrefix(database, "sqlite:"); embedded {
		driver, source = "sqlite3", "file:"+path+"?_pragma=busy_timeout(10000)&_pragma=foreign_keys(1)&_txlock=immediate"
	}
	db, err := sql.Open(driver, source)
	if err != nil {
		t.Fatal(err)
	}
	db.SetMaxOpenConns(1)
	t.Cleanup(func() { _ = db.Close() })
	return &peek{db: db}
}

// tester is what a test and a property have in common.
type tester interface {
	Helper()
	Fatal(args ...any)
	Fatalf(format string, args ...any)
	Logf(format string, args ...any)
}

// wipe empties the database: a run begins with nothing. Tables others refer to come first, their children go with them.
func (p *peek) wipe(t tester) {
	t.Helper()
	tables := "cards deposits erasures libraries marks mark_moves harvests deleted_headers known_faults runs jobs outbox staff drifts erased_numbers handings deliveries confirmations given_again told_ends"
	for _, table := range strings.Fields(tables) {
		p.exec(t, "DELETE FROM "+table)
	}
	p.exec(t, "UPDATE clock SET seq = 0, stamp = 0, closed = 0")
}

func (p *peek) exec(t tester, statement string) {
	t.Helper()
	if _, err := p.db.ExecContext(context.Background(), statement); err != nil {
		t.Fatalf("%s: %v", statement, err)
	}
}

// version is a row of the hub's history.
type version struct {
	card    int64
	seq     int64
	first   bool // of its card
	by      int64
	changed cards.FieldSet
	content cards.Card
}

// takesOver reports whether the card joined the record of a number it replaces.
func (v *version) takesOver() bool { return v.changed.Has(cards.FormerNumbers) }

// versionsSince lists what was made after a seq.
func (p *peek) versionsSince(t tester, seq int64) []version {
	t.Helper()
	var list []version
	p.each(t, `SELECT v.card_id, v.seq, v.library_id, v.changed, v.content,
		NOT EXISTS (SELECT 1 FROM versions o WHERE o.card_id = v.card_id AND o.seq < v.seq)
		FROM versions v WHERE v.seq > `+number(seq)+` ORDER BY v.seq`, func(scan func(...any) error) error {
		var v version
		var changed int64
		var content string
		if err := scan(&v.card, &v.seq, &v.by, &changed, &content, &v.first); err != nil {
			return err
		}
		v.changed = cards.FieldSet(changed)
		list = append(list, v)
		return json.Unmarshal([]byte(content), &list[len(list)-1].content)
	})
	return list
}

// note is a row of what staff are told.
type note struct {
	kind       string
	card       int64
	field      string
	kept, lost cards.Card
	seq        int64
	rule       cards.Rule
	lostBy     int64
}

func (p *peek) notes(t tester) []note {
	t.Helper()
	var list []note
	p.each(t, `SELECT kind, card_id, field, kept, lost, seq, rule, lost_by FROM notes ORDER BY id`, func(scan func(...any) error) error {
		var n note
		var kept, lost string
		if err := scan(&n.kind, &n.card, &n.field, &kept, &lost, &n.seq, &n.rule, &n.lostBy); err != nil {
			return err
		}
		if err := json.Unmarshal([]byte(kept), &n.kept); err != nil {
			return err
		}
		if err := json.Unmarshal([]byte(lost), &n.lost); err != nil {
			return err
		}
		list = append(list, n)
		return nil
	})
	return list
}

// handedAgain lists the numbers of the cards a library waits to be handed again.
func (p *peek) handedAgain(t tester, library int64) map[string]bool {
	t.Helper()
	waiting := map[string]bool{}
	p.each(t, `SELECT c.number_key FROM hand_again h JOIN cards c ON c.id = h.card_id WHERE h.library_id = `+number(library),
		func(scan func(...any) error) error {
			var key string
			err := scan(&key)
			waiting[key] = true
			return err
		})
	return waiting
}

// letters are those to one address, one after the other.
func (p *peek) letters(t tester, to string) string {
	t.Helper()
	var all strings.Builder
	p.each(t, "SELECT body FROM outbox WHERE recipient = '"+to+"'", func(scan func(...any) error) error {
		var body string
		err := scan(&body)
		all.WriteString(body)
		return err
	})
	return all.String()
}

func (p *peek) one(t tester, query string) int64 {
	t.Helper()
	var n int64
	p.each(t, query, func(scan func(...any) error) error { return scan(&n) })
	return n
}

func (p *peek) text(t tester, query string) string {
	t.Helper()
	var s string
	p.each(t, query, func(scan func(...any) error) error { return scan(&s) })
	return s
}

func (p *peek) seq(t tester) int64 { return p.one(t, "SELECT seq FROM clock") }

func (p *peek) each(t tester, query string, row func(scan func(...any) error) error) {
	t.Helper()
	rows, err := p.db.QueryContext(context.Background(), query)
	if err != nil {
		t.Fatalf("%s: %v", query, err)
	}
	defer func() { _ = rows.Close() }()
	for rows.Next() {
		if err := row(rows.Scan); err != nil {
			t.Fatalf("%s: %v", query, err)
		}
	}
	if err := rows.Err(); err != nil {
		t.Fatalf("%s: %v", query, err)
	}
}

// dump shows what the hub has of cards and marks, for whoever reads a failure.
func (p *peek) dump(t tester) string {
	t.Helper()
	var b strings.Builder
	for _, query := range []string{
		"SELECT 'clock', seq, stamp, closed, '', '' FROM clock", "SELECT 'library', id, 0, 0, code, push_url FROM libraries",
		"SELECT 'card ' || number, id, seq, stamp, 'origin ' || origin, ends || ' ' || listed_until FROM cards",
		"SELECT 'again', library_id, card_id, seq, reason, 'attempts ' || attempts || ' due ' || due FROM hand_again",
		"SELECT 'mark ' || door, library_id, seq, stamp, '', 'finished ' || finished_seq FROM marks",
		"SELECT 'moved ' || door, library_id, from_seq, moved, '', '' FROM mark_moves ORDER BY moved",
		"SELECT 'handed', library_id, from_seq, upto_seq, 'at ' || handed, '' FROM handings ORDER BY handed",
		"SELECT 'version', card_id, seq, changed, content, 'by ' || library_id || ' origin ' || origin || ' ' || reasons FROM versions ORDER BY seq",
		"SELECT 'note ' || kind || ' ' || rule, card_id, library_id, seq, field || ' kept ' || kept, 'lost ' || lost FROM notes",
	} {
		p.each(t, query, func(scan func(...any) error) error {
			var what, x, y string
			var i, j, k int64
			if err := scan(&what, &i, &j, &k, &x, &y); err != nil {
				return err
			}
			_, err := fmt.Fprintln(&b, what, i, j, k, x, y)
			return err
		})
	}
	return b.String()
}
