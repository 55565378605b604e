package main

import (
	"database/sql"
	"fmt"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	_ "github.com/jackc/pgx/v5/stdlib"
	_ "github.com/ncruces/go-sqlite3/driver"

	"github.com/carte-reseau/hub/internal/sigb"
)

// outcome is all a flow leaves behind: what a hub that died on the way must
// leave just the same. Moments, and the numbers the database gives to deposits,
// are no part of it.
type outcome struct {
	state   []string
	letters []string
	unnoted []string // the letters among them that no hub knew of after a death
}

// asked are the questions an outcome answers about the hub's database.
var asked = []struct{ what, query string }{
	{"card", "SELECT c.number, l.code, c.ends, c.xml FROM cards c LEFT JOIN libraries l ON l.id = c.origin ORDER BY c.number"},
	{"version", `SELECT c.number, o.code, b.code, v.door, v.changed, v.content FROM versions v JOIN cards c ON c.id = v.card_id
		LEFT JOIN libraries o ON o.id = v.origin LEFT JOIN libraries b ON b.id = v.library_id ORDER BY c.number, v.seq`},
	{"note", "SELECT c.number, n.kind, n.field, n.kept, n.lost, n.verdict, n.decided_by FROM notes n JOIN cards c ON c.id = n.card_id ORDER BY c.number, n.field, n.id"},
	// How many cards lie beyond a mark, not where it is: what a death makes be handed again moves it on.
	{"mark", `SELECT l.code, m.door, (SELECT count(*) FROM cards c WHERE c.seq > m.seq AND c.origin <> m.library_id)
		FROM marks m JOIN libraries l ON l.id = m.library_id ORDER BY l.code, m.door`},
	{"file", "SELECT name, status, received, created, modified, unchanged, rejected, fault, size FROM deposits WHERE door = 'ftp' ORDER BY name, id"},
	{"harvest under way", "SELECT l.code, h.state FROM harvests h JOIN libraries l ON l.id = h.library_id WHERE h.state LIKE '%\"Started\":\"2%' ORDER BY l.code"},
	{"deposit not finished", "SELECT door, name, status FROM deposits WHERE finished = 0"},
	{"run without an end", "SELECT job FROM runs WHERE finished = 0"},
	{"erasure", `SELECT e.masked, e.decided_by, CASE WHEN e.finished > 0 THEN 'done' ELSE 'under way' END, l.code, CASE WHEN t.confirmed > 0 THEN 'confirmed' ELSE 'asked' END
		FROM erasures e LEFT JOIN erasure_letters t ON t.erasure_id = e.id LEFT JOIN libraries l ON l.id = t.library_id ORDER BY e.id, l.code`},
	{"confirmed by its library", "SELECT l.code FROM confirmations c JOIN libraries l ON l.id = c.library_id ORDER BY l.code"},
	{"mail not sent", "SELECT subject, last_error FROM outbox WHERE sent = 0"},
}

// leaves tells what a stage was left with.
func (s *stage) leaves(t *testing.T) outcome {
	t.Helper()
	o := outcome{unnoted: s.unnoted}
	for _, ask := range asked {
		for _, row := range rowsOf(t, s.database(t), ask.query) {
			o.state = append(o.state, ask.what+": "+withoutMoments(row))
		}
	}
	for _, system := range s.systems {
		patrons := system.Patrons() // in the order they came to know them, which is no part of the outcome
		slices.SortFunc(patrons, func(a, b sigb.Patron) int { return strings.Compare(a.Card.Number, b.Card.Number) })
		for _, p := range patrons {
			o.state = append(o.state, fmt.Sprintf("%s holds: %+v waiting=%t refusals=%v", system.Code(), p.Card, p.Waiting, p.Refusals))
		}
	}
	for _, path := range s.filesLeft(t) {
		o.state = append(o.state, "file left: "+filepath.Base(path))
	}
	for _, l := range s.box.all() {
		o.letters = append(o.letters, l.cover())
	}
	slices.Sort(o.letters)
	return o
}

// cover is what an outcome tells of a letter.
func (l letter) cover() string { return l.to + ": " + l.subject }

// arrivedUnnoted lists the letters that arrived though the outbox does not say
// so. Who begins anew cannot know, and must send them once more.
func (s *stage) arrivedUnnoted() (list []string) {
	s.t.Helper()
	waiting := rowsOf(s.t, s.database(s.t), "SELECT id FROM outbox WHERE sent = 0")
	for _, l := range s.box.all() {
		name, _, _ := strings.Cut(strings.TrimPrefix(l.id, "carte-reseau."), ".")
		if slices.Contains(waiting, name) {
			list = append(list, l.cover())
		}
	}
	return list
}

// database opens the stage's database past the hub's own code.
func (s *stage) database(t *testing.T) *sql.DB {
	t.Helper()
	if s.db == nil {
		s.db = s.openDatabase(t)
	}
	return s.db
}

func (s *stage) filesLeft(t *testing.T) []string {
	t.Helper()
	if s.folder == "" {
		return nil
	}
	left, err := filepath.Glob(filepath.Join(s.folder, "*", "*"))
	if err != nil {
		t.Fatal(err)
	}
	return left
}

// unrest says what is still under way.
func (s *stage) unrest(t *testing.T) string {
	t.Helper()
	for _, what := range s.leaves(t).state {
		for _, open := range []string{"harvest under way", "deposit not finished", "run without an end", "mail not sent", "file left"} {
			if strings.HasPrefix(what, open+":") && !strings.Contains(what, "reception") {
				return what
			}
		}
	}
	for _, system := range s.systems {
		if n := system.Waiting(); n > 0 {
			return fmt.Sprintf("%s has %d cards to give", system.Code(), n)
		}
		l, err := s.watch.store.LibraryStatus(t.Context(), system.Code())
		if err != nil {
			t.Fatal(err)
		}
		if l.Behind > 0 || l.Again > 0 {
			return fmt.Sprintf("%s is %d cards behind, and handed %d again", system.Code(), l.Behind, l.Again)
		}
	}
	return ""
}

// agree checks that every library holds what the hub holds, but for the card
// that its own made be refused.
func (s *stage) agree(t *testing.T) {
	t.Helper()
	reference := referenceOf(t, s.watch)
	for _, system := range s.systems {
		for _, d := range sigb.Diff(reference, system.Snapshot(), time.Now()) {
			if !strings.EqualFold(d.Number, refusedNumber) {
				t.Error(d)
			}
		}
	}
}

// moments of a card's XML and of a version's content.
var moments = regexp.MustCompile(`<modifie-le>[^<]*</modifie-le>|<modifie-le/>|"changed_at":"[^"]*",?`)

func withoutMoments(text string) string { return moments.ReplaceAllString(text, "") }

// openDatabase opens the site's database past the hub's own code.
func (s *site) openDatabase(t *testing.T) *sql.DB {
	t.Helper()
	driver, address := "pgx", s.Database
	if path, ok := strings.CutPrefix(s.Database, "sqlite:"); ok {
		driver, address = "sqlite3", "file:"+path
	}
	db, err := sql.Open(driver, address)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = db.Close() })
	return db
}

// rowsOf reads a query's rows, each as one text.
func rowsOf(t *testing.T, db *sql.DB, query string) []string {
	t.Helper()
	rows, err := db.QueryContext(t.Context(), query)
	if err != nil {
		t.Fatalf("%s: %v", query, err)
	}
	defer func() { _ = rows.Close() }()
	columns, err := rows.Columns()
	if err != nil {
		t.Fatal(err)
	}
	var list []string
	for rows.Next() {
		values := make([]sql.NullString, len(columns))
		into := make([]any, len(columns))
		for i := range values {
			into[i] = &values[i]
		}
		if err := rows.Scan(into...); err != nil {
			t.Fatal(err)
		}
		texts := make([]string, len(values))
		for i, v := range values {
			texts[i] = v.String
		}
		list = append(list, strings.Join(texts, " | "))
	}
	if err := rows.Err(); err != nil {
		t.Fatal(err)
	}
	return list
}
