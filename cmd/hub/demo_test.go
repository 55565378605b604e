package main

import (
	"context"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/carte-reseau/hub/internal/pgtest"
)

// demoDay lives one short day of the demo, and checks its table.
func demoDay(t *testing.T, args ...string) {
	t.Helper()
	length := "5s"
	if proving() {
		length = "60s"
	}
	a := command(t, "", append([]string{"demo", "--for=" + length}, args...)...)
	a.want(exitOK, "Toutes les bibliothèques ont les mêmes cartes.", "les guichets ferment")
	_, table, _ := strings.Cut(a.out, "BIBLIOTHÈQUE")
	for _, l := range paysDeRomans {
		row := ""
		for line := range strings.Lines(table) {
			if strings.HasPrefix(line, l.code+" ") {
				row = line
			}
		}
		if fields := strings.Fields(row); len(fields) < 3 || fields[len(fields)-1] != "0" || fields[len(fields)-2] != "0" {
			t.Errorf("%s in the table: %q", l.code, row)
		}
	}
}

func TestTheDemoEndsWithTheSameCardsEverywhere(t *testing.T) {
	folder := t.TempDir()
	t.Setenv("TMPDIR", folder)
	demoDay(t, "--seed=1")
	if left, err := filepath.Glob(filepath.Join(folder, "*")); err != nil || len(left) > 0 {
		t.Errorf("the demo left %v %v", left, err)
	}
}

func TestTheDemoOnPostgreSQLTouchesNothingThatIsThere(t *testing.T) {
	t.Parallel()
	database := pgtest.URL(t)
	s := newSite(t, database)
	s.library("mours")
	before := s.hub("library", "show", "mours").out
	demoDay(t, "--seed=2", "--database="+database)
	if after := s.hub("library", "show", "mours").out; after != before {
		t.Errorf("before:\n%s\nafter:\n%s", before, after)
	}
	if n := s.count(); n != 0 {
		t.Errorf("the demo left %d cards among those that were there", n)
	}
	conn, err := pgx.Connect(t.Context(), database)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = conn.Close(context.Background()) }()
	var schemas int
	err = conn.QueryRow(t.Context(), "SELECT count(*) FROM information_schema.schemata WHERE schema_name LIKE 'hub_demo%'").Scan(&schemas)
	if err != nil || schemas != 0 {
		t.Errorf("the demo left %d schemas: %v", schemas, err)
	}
}

// openDemo is a demo that goes on until it is interrupted.
type openDemo struct {
	t         *testing.T
	screen    *lockedBuffer
	interrupt context.CancelFunc
	ended     chan int
}

const demoPatience = 30 * time.Second

func startDemo(t *testing.T, args ...string) *openDemo {
	t.Helper()
	ctx, interrupt := context.WithCancel(t.Context())
	d := &openDemo{t: t, screen: new(lockedBuffer), interrupt: interrupt, ended: make(chan int, 1)}
	go func() {
		d.ended <- run(ctx, console{in: os.Stdin, out: d.screen, err: io.Discard}, append([]string{"demo"}, args...))
	}()
	return d
}

// stop interrupts the demo, which must end well.
func (d *openDemo) stop() {
	d.t.Helper()
	d.interrupt()
	select {
	case status := <-d.ended:
		if status != exitOK {
			d.t.Errorf("exit status %d", status)
		}
	case <-time.After(demoPatience):
		d.t.Error("it goes on")
	}
	if !strings.Contains(d.screen.String(), "la démonstration s’arrête") {
		d.t.Error("it does not say that it ends")
	}
}

func TestTheDemoEndsWhenItIsInterrupted(t *testing.T) {
	t.Parallel()
	d := startDemo(t, "--seed=3")
	eventually(t, demoPatience, "the network lives", func() bool { return strings.Contains(d.screen.String(), "en ligne : donne") })
	d.stop()
}
