package main

import (
	"context"
	"encoding/json"
	"encoding/xml"
	"errors"
	"io"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

func TestMedian(t *testing.T) {
	for _, c := range []struct {
		figures []float64
		want    float64
	}{{nil, 0}, {[]float64{3}, 3}, {[]float64{9, 1, 2}, 2}, {[]float64{4, 1, 2, 9}, 3}} {
		if got := median(c.figures); got != c.want {
			t.Errorf("median of %v is %v, want %v", c.figures, got, c.want)
		}
	}
}

// A round in which the machine was busy with something else slows both sides; the ratio is that of the rounds, not of two
// medians from different ones.
func TestRatioIsOfEachRound(t *testing.T) {
	var r rounds
	r.add(10, 20)
	r.add(1, 2)
	r.add(30, 40)
	if got := r.ratio(); got != 0.5 {
		t.Errorf("ratio %v, want 0.5", got)
	}
	if least, most := r.spread(); least != 0.5 || most != 0.75 {
		t.Errorf("spread %v to %v", least, most)
	}
}

func TestTarget(t *testing.T) {
	for _, c := range []struct {
		target target
		ratio  float64
		want   bool
	}{{atLeast(0.5), 0.5, true}, {atLeast(0.5), 0.49, false}, {atMost(2), 2, true}, {atMost(2), 2.1, false}} {
		if got := c.target.reached(c.ratio); got != c.want {
			t.Errorf("%s at %v: %v", c.target, c.ratio, got)
		}
	}
}

func TestTableTellsWhatIsNotReached(t *testing.T) {
	r := row{name: "post", what: "POST", against: "COPY", unit: unitRate, target: atLeast(0.5)}
	found := finding{notes: []string{"a note"}}
	found.add(60, 100)
	good := newLine(&r, "postgres", found)
	beside := newLine(&r, "sqlite", found)
	found.missed = []string{"not free"}
	bad := newLine(&r, "postgres", found)
	var b strings.Builder
	if err := writeTable(&b, []line{good, beside, bad}); err != nil {
		t.Fatal(err)
	}
	lines := strings.Split(b.String(), "\n")
	for i, end := range []string{"reached", "yes", "", "NO"} {
		if !strings.HasSuffix(strings.TrimRight(lines[i], " "), end) || i > 0 && !strings.Contains(lines[i], "0.600") {
			t.Errorf("line %d: %q, want it to end with %q", i, lines[i], end)
		}
	}
	for _, piece := range []string{"post: POST, against COPY", "postgres: a note", "NOT REACHED: not free"} {
		if !strings.Contains(b.String(), piece) {
			t.Errorf("%q is not said in\n%s", piece, &b)
		}
	}
	if beside.verdict() != "" {
		t.Error("the targets are not SQLite's")
	}
}

// A name that no row bears would else end in an empty table, as if all were well.
func TestRowsThatAreNotThereAreAnError(t *testing.T) {
	for pattern, want := range map[string]bool{"list": true, "list$|push": true, "": true, "memory": false, "lists": false, "(": false} {
		if _, err := parse([]string{"-rows", pattern}); (err == nil) != want {
			t.Errorf("-rows %q: %v", pattern, err)
		}
	}
}

// A figure is measured again where it is known of which program, how and on what machine it was.
func TestResultTellsHowToMeasureAgain(t *testing.T) {
	r := newResult(sizes{})
	r.Options, r.Revision = []string{"-rows", "list", "-quick"}, "0123456789ab-dirty"
	back := reread(t, r)
	if back.Revision != r.Revision || !slices.Equal(back.Options, r.Options) {
		t.Errorf("read back: %+v", back)
	}
	if m := back.Machine; m.Processor == "" || m.MemoryMiB == 0 || m.System == "" {
		t.Errorf("the machine: %+v", m)
	}
}

// Who reads the result alone sees that a row is missing, and why.
func TestResultNamesWhatWasNotMeasured(t *testing.T) {
	o := options{json: filepath.Join(t.TempDir(), "bench.json")}
	s := &site{engine: &sqlite{}, log: slog.New(slog.DiscardHandler)}
	bad := row{name: "post", measure: func(context.Context, *site) (finding, error) { return finding{}, errors.New("the hub ended") }}
	if err := o.measure(t.Context(), s, newResult(sizes{}), &bad); err == nil {
		t.Error("no error")
	}
	back := readResult(t, o.json)
	if len(back.Lines) != 0 || len(back.NotMeasured) != 1 || back.NotMeasured[0] != "post on sqlite: the hub ended" {
		t.Errorf("read back: %+v", back)
	}
}

func TestResultIsJSON(t *testing.T) {
	r := newResult(sizes{Small: 1, Usual: 10, Huge: 100})
	r.Lines = []line{{Row: "post", Ratio: 0.25, Target: atLeast(0.5)}}
	back := reread(t, r)
	if back.Cards.Huge != 100 || len(back.Lines) != 1 || back.Lines[0].Ratio != 0.25 || back.Lines[0].Reached {
		t.Errorf("read back: %+v", back)
	}
}

func reread(t *testing.T, r *result) result {
	t.Helper()
	path := filepath.Join(t.TempDir(), "bench.json")
	if err := r.write(path); err != nil {
		t.Fatal(err)
	}
	return readResult(t, path)
}

func readResult(t *testing.T, path string) (back result) {
	t.Helper()
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(text, &back); err != nil {
		t.Fatal(err)
	}
	return back
}

func TestDocumentHoldsItsCardsOnce(t *testing.T) {
	const count, step = 500, 7
	text, err := io.ReadAll(newSpread("mours", firstCard, count, step, 3))
	if err != nil {
		t.Fatal(err)
	}
	var read struct {
		Establishment string `xml:"etablissement,attr"`
		Cards         []struct {
			Number string `xml:"numero"`
			Name   string `xml:"nom"`
			First  string `xml:"prenom"`
		} `xml:"carte"`
	}
	if err := xml.Unmarshal(text, &read); err != nil {
		t.Fatal(err)
	}
	numbers, people := map[string]bool{}, map[string]bool{}
	for _, c := range read.Cards {
		numbers[c.Number], people[c.Name+c.First] = true, true
	}
	if read.Establishment != "mours" || len(read.Cards) != count || len(numbers) != count || len(people) != count {
		t.Errorf("%s: %d cards, %d numbers, %d people", read.Establishment, len(read.Cards), len(numbers), len(people))
	}
	const least, most = 800, 1200 // the hub adds the elements that are empty
	if each := len(text) / count; each < least || each > most {
		t.Errorf("%d bytes a card", each)
	}
}

func TestReportIsCounted(t *testing.T) {
	report := []byte(`<?xml version="1.0"?><rapport xmlns="urn:carte-reseau:1" recues="12" creees="10" modifiees="2"><carte creees="99"/>`)
	if got := count(report, "creees"); got != 10 {
		t.Errorf("creees: %d", got)
	}
	if got := count(report, "rejetees"); got != -1 {
		t.Errorf("an attribute that is not there: %d", got)
	}
}

func TestCostsAreThoseOfOne(t *testing.T) {
	c := costs{worked: 2 * time.Second, log: 8_000_000, statements: 100, commits: 10, held: 0.5, waiting: 1.5}
	const want = "100 cards/s: a card costs 8000 bytes of log, 2.00 ms of PostgreSQL, 0.1000 statements, 0.0100 commits; " +
		"the clock is held 50 % of the time, 2500.0 ms for 500 cards, 1.5 wait for it"
	if got := c.ofCards(1000, 10*time.Second); got != want {
		t.Errorf("%s\nwant %s", got, want)
	}
}

func TestAfterIsTheNextSecond(t *testing.T) {
	if got, err := after("2026-11-30T23:59:59Z"); err != nil || got != "2026-12-01T00:00:00Z" {
		t.Errorf("%s %v", got, err)
	}
}

// A whole scan of any table with a row a card is what an idle hub must not cost.
func TestEveryTableOfCardsIsWatched(t *testing.T) {
	for _, table := range written {
		if !strings.HasPrefix(table, "deposit") && !slices.Contains(largeTables, table) {
			t.Errorf("%s is not watched", table)
		}
	}
}

// counted is a database whose cards begin to be counted and compared at one time and are at another, as by its two marks.
type counted struct {
	database
	since       time.Time
	first, last time.Duration
}

const countedCards = 100

func (d *counted) number(_ context.Context, query string) (int64, error) {
	passed := time.Since(d.since)
	if strings.Contains(query, "count(*)") {
		if passed >= d.last {
			return 2, nil
		}
		return 0, nil
	}
	return int64(2 * countedCards * max(0, min(1, float64(passed-d.first)/float64(d.last-d.first)))), nil
}

// The hub waits until no more cards come before it counts them: that it waited is not how fast it counts.
func TestCountingIsTimedFromItsBeginning(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := &site{log: slog.New(slog.DiscardHandler)}
		took, err := s.digested(t.Context(), &counted{since: time.Now(), first: 15 * time.Second, last: 25 * time.Second})
		if slack := 500 * time.Millisecond; err != nil || took < 10*time.Second || took > 10*time.Second+slack {
			t.Errorf("took %s, %v; want 10 s", took, err)
		}
		took, err = s.digested(t.Context(), &counted{since: time.Now().Add(-time.Hour), last: time.Second})
		if err != nil || took != 0 {
			t.Errorf("nothing was to be counted: %s, %v", took, err)
		}
	})
}

// noted is an embedded database whose last copy stays when it is dropped.
type noted struct {
	sqlite
	last *sqliteDatabase
}

type staying struct{ *sqliteDatabase }

func (staying) drop(context.Context) error { return nil }

func (e *noted) create(ctx context.Context, from database) (database, error) {
	d, err := e.sqlite.create(ctx, from)
	if err != nil {
		return nil, err
	}
	e.last = d.(*sqliteDatabase)
	return staying{e.last}, nil
}

// Both sides of the row are one document: the second, which is given to see that it changes nothing, leaves its bytes and its
// report as well.
func TestTheReferenceWritesWhatOneDocumentLeft(t *testing.T) {
	e := &noted{sqlite: sqlite{scratch: t.TempDir()}}
	empty, err := e.sqlite.create(t.Context(), nil)
	if err != nil {
		t.Fatal(err)
	}
	for _, table := range written {
		columns := "(id integer PRIMARY KEY)"
		if strings.HasPrefix(table, "deposit_") {
			columns = "(deposit_id integer REFERENCES deposits (id) ON DELETE CASCADE)"
		}
		if err := empty.exec(t.Context(), "CREATE TABLE "+table+columns); err != nil {
			t.Fatal(err)
		}
	}
	s := &site{engine: e, base: empty, sizes: sizes{Usual: 1}}
	given, err := e.sqlite.create(t.Context(), empty)
	if err != nil {
		t.Fatal(err)
	}
	for _, statement := range []string{
		"INSERT INTO deposits VALUES (1), (2)", "INSERT INTO deposit_pieces VALUES (1), (2)", "INSERT INTO deposit_results VALUES (1), (2)",
	} {
		if err := given.exec(t.Context(), statement); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := s.loadRate(t.Context(), given); err != nil {
		t.Fatal(err)
	}
	for _, table := range []string{"deposits", "deposit_pieces", "deposit_results"} {
		if n, err := e.last.number(t.Context(), "SELECT count(*) FROM "+table); err != nil || n != 1 {
			t.Errorf("%d rows of %s, %v", n, table, err)
		}
	}
	if err := e.last.disconnect(); err != nil {
		t.Error(err)
	}
}
