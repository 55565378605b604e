package oaiclient_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/carte-reseau/hub/internal/cards"
	"github.com/carte-reseau/hub/internal/oaiclient"
	"github.com/carte-reseau/hub/internal/store"
)

// counting notes some of what a harvest does to the store.
type counting struct {
	*store.Store
	deleted int
	cursors []string
}

func (c *counting) RecordDeleted(ctx context.Context, libraryID int64, identifier, datestamp string, run int64) error {
	c.deleted++
	return c.Store.RecordDeleted(ctx, libraryID, identifier, datestamp, run)
}

func (c *counting) Apply(ctx context.Context, b cards.Batch) ([]cards.Outcome, error) {
	switch {
	case b.Harvest == nil:
		c.cursors = append(c.cursors, "none")
	case b.Harvest.Token == "":
		c.cursors = append(c.cursors, "end")
	default:
		c.cursors = append(c.cursors, b.Harvest.Token)
	}
	return c.Store.Apply(ctx, b)
}

var errCrash = errors.New("crash")

// crashing dies at one of its calls that write, either before or after it took effect, and is dead from then on.
type crashing struct {
	*store.Store
	calls int
	at    int
	after bool
}

func (c *crashing) write(do func() error) error {
	c.calls++
	if c.calls > c.at || c.calls == c.at && !c.after {
		return errCrash
	}
	err := do()
	if c.calls == c.at {
		return errCrash
	}
	return err
}

func (c *crashing) SaveHarvest(ctx context.Context, h cards.Harvest) error {
	return c.write(func() error { return c.Store.SaveHarvest(ctx, h) })
}

func (c *crashing) CreateDeposit(ctx context.Context, d cards.Deposit) (id int64, err error) {
	err = c.write(func() error { id, err = c.Store.CreateDeposit(ctx, d); return err })
	return id, err
}

func (c *crashing) AppendPiece(ctx context.Context, deposit int64, n int, data []byte) error {
	return c.write(func() error { return c.Store.AppendPiece(ctx, deposit, n, data) })
}

func (c *crashing) SealDeposit(ctx context.Context, deposit, size int64) error {
	return c.write(func() error { return c.Store.SealDeposit(ctx, deposit, size) })
}

func (c *crashing) FinishDeposit(ctx context.Context, deposit int64, status cards.DepositStatus, fault *cards.Fault) error {
	return c.write(func() error { return c.Store.FinishDeposit(ctx, deposit, status, fault) })
}

func (c *crashing) Apply(ctx context.Context, b cards.Batch) (out []cards.Outcome, err error) {
	err = c.write(func() error { out, err = c.Store.Apply(ctx, b); return err })
	return out, err
}

func (c *crashing) TellFaults(ctx context.Context, libraryID int64, m cards.Message, hashes [][16]byte) error {
	return c.write(func() error { return c.Store.TellFaults(ctx, libraryID, m, hashes) })
}

// TestCrashAnywhereLosesNothing kills a harvest at each of its writes in turn, lets the next run finish it, and wants every
// card there and every fault told once.
func TestCrashAnywhereLosesNothing(t *testing.T) {
	t.Parallel()
	bad := func(number string) string {
		return record(number, `<carte xmlns="urn:carte-reseau:1"><numero>`+number+`</numero></carte>`)
	}
	first := listOf("p2", card("A1", "Un"), bad("B1"), card("A2", "Deux"))
	second := listOf("", card("A3", "Trois"), bad("B2"))
	small := func(o *oaiclient.Options) { o.BatchSize = 2 }
	for at := 1; ; at++ {
		crashed := 0
		for _, after := range []bool{false, true} {
			ils := newScript(t, byToken(map[string]http.HandlerFunc{"": xmlAnswer(first), "p2": xmlAnswer(second)}))
			w := newWorld(t, ils.URL)
			dying := &crashing{Store: w.store, at: at, after: after}
			_, err := w.harvestOn(t, dying, small)
			if err == nil {
				continue
			}
			crashed++
			if !errors.Is(err, errCrash) {
				t.Fatalf("write %d, after %v: %v", at, after, err)
			}
			if w.state(t).From == "" { // it is not at its end
				w.complete(t, small)
			}
			w.wantWhole(t, fmt.Sprintf("write %d, after %v", at, after))
		}
		if crashed == 0 {
			if at < 10 {
				t.Fatalf("only %d writes were seen", at)
			}
			return
		}
	}
}

// TestACrashOverAListThatGoesRoundEndsNoWindow kills a harvest at each of its writes: the run that takes it up must neither
// mistake the page that cannot be followed for the last one, not even where it is the first, nor go on with a closed deposit.
func TestACrashOverAListThatGoesRoundEndsNoWindow(t *testing.T) {
	t.Parallel()
	for most, pages := range map[int]map[string]http.HandlerFunc{
		1: {"": page("p2", "A1", "A2")},
		9: {"": page("p2", "A1"), "p2": page("p2", "A2")},
	} {
		short := func(o *oaiclient.Options) { o.MaxPages = most }
		for at := 1; ; at++ {
			ils := newScript(t, byToken(pages))
			w := newWorld(t, ils.URL)
			_, err := w.harvestOn(t, &crashing{Store: w.store, at: at, after: true}, short)
			crashed := errors.Is(err, errCrash)
			if run, err := w.harvest(t, short); err != nil && !strings.Contains(run.Error.String(), "ne finit pas") {
				t.Errorf("%d pages, write %d: %v", most, at, err)
			}
			w.wantNumbers(t, "A1", "A2")
			if state := w.state(t); state.From != "" || !state.Started.IsZero() {
				t.Errorf("%d pages, write %d: state %+v", most, at, state)
			}
			if !crashed {
				break
			}
		}
	}
}

func (w *world) wantWhole(t *testing.T, when string) {
	t.Helper()
	w.wantNumbers(t, "A1", "A2", "A3")
	if state := w.state(t); state.From != date || !state.Started.IsZero() {
		t.Errorf("%s: state %+v", when, state)
	}
	if mails := w.mails(t); len(mails) != 1 {
		t.Errorf("%s: %d mails", when, len(mails))
	}
	finished := 0
	for _, deposit := range w.deposits(t) {
		if deposit.Status == cards.Partial && !deposit.Finished.IsZero() {
			finished++
		}
	}
	if finished != 1 {
		t.Errorf("%s: %d finished deposits", when, finished)
	}
}
