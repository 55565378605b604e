package main

import (
	"errors"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/carte-reseau/hub/internal/pgtest"
)

// countedDatabase has a clock to look at.
func countedDatabase(t *testing.T) *pgDatabase {
	t.Helper()
	p, err := startPostgres(t.Context(), t.TempDir())
	if errors.Is(err, pgtest.ErrNoPostgres) {
		t.Skip(err)
	}
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := p.close(); err != nil {
			t.Error(err)
		}
	})
	if !p.counts {
		t.Skip("pg_stat_statements is not installed")
	}
	made, err := p.create(t.Context(), nil)
	if err != nil {
		t.Fatal(err)
	}
	d := made.(*pgDatabase)
	t.Cleanup(d.disconnect)
	if err := d.exec(t.Context(), "CREATE TABLE clock (id integer)"); err != nil {
		t.Fatal(err)
	}
	return d
}

// What is asked to see how far the hub has got is no cost of the hub's.
func TestWhatTheBenchAsksIsNotCounted(t *testing.T) {
	d := countedDatabase(t)
	const asked = 3
	c, _, err := costing(t.Context(), d, func() error {
		hub, err := pgx.Connect(t.Context(), d.url)
		if err != nil {
			return err
		}
		for range asked {
			if _, err := hub.Exec(t.Context(), "SELECT count(*) FROM clock"); err != nil {
				return err
			}
			if _, err := d.number(t.Context(), "SELECT count(*) FROM clock WHERE id = 1"); err != nil {
				return err
			}
			if err := d.exec(t.Context(), "CHECKPOINT"); err != nil {
				return err
			}
		}
		return hub.Close(t.Context())
	})
	if err != nil || c.statements != asked {
		t.Errorf("%d statements, %v, want %d", c.statements, err, asked)
	}
}

// Whoever looks on works too, and that is no cost of what is looked at.
func TestTheLookOnTheClockIsNotCounted(t *testing.T) {
	d := countedDatabase(t)
	const long, most = 3 * time.Second, 60 * time.Millisecond // the look takes twice that and more
	c, _, err := costing(t.Context(), d, func() error { return pause(t.Context(), long) })
	if err != nil || c.worked.Abs() > most {
		t.Errorf("PostgreSQL worked %s at nothing, %v", c.worked, err)
	}
}
