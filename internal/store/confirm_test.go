package store_test

import (
	"strings"
	"testing"
	"time"

	"github.com/carte-reseau/hub/internal/cards"
	"github.com/carte-reseau/hub/internal/store"
	"github.com/carte-reseau/hub/internal/store/storetest"
)

// reporter is a library that fetches and reports.
type reporter struct {
	*testing.T
	s    *store.Store
	lib  *cards.Library
	from int64
}

// list fetches what it is owed, as its system does: the list is noted when it begins.
func (r *reporter) list(want string) (date time.Time) {
	r.Helper()
	settle(r.T, r.s)
	seq, err := r.s.Seq(ctx)
	if err == nil {
		err = r.s.BeginList(ctx, cards.List{LibraryID: r.lib.ID, From: r.from, UpperSeq: seq})
	}
	if err != nil {
		r.Fatal(err)
	}
	items, stamp := fetch(r.T, r.s, r.lib, r.from)
	if numbers(items) != want {
		r.Errorf("%s fetched %s, want %s", r.lib.Code, numbers(items), want)
	}
	// The clock of the stamps is ahead of that of the lists here: see settle.
	if err := r.s.Exec(ctx, "UPDATE handings SET handed = ? WHERE upto_seq = ?", time.Unix(stamp, 0).UnixMicro(), seq); err != nil {
		r.Fatal(err)
	}
	r.from = stamp + 1
	return time.Unix(stamp, 0)
}

func (r *reporter) report(c cards.Confirmation) {
	r.Helper()
	if err := r.s.ConfirmPull(ctx, r.lib.ID, c); err != nil {
		r.Fatal(err)
	}
}

func (r *reporter) wantConfirmed(number string, want bool) {
	r.Helper()
	if got := standingOf(r, r.s, number, r.lib.Code); got.Confirmed != want {
		r.Errorf("%s: %+v, want confirmed: %t", number, got, want)
	}
}

func (r *reporter) status() *cards.LibraryStatus {
	r.Helper()
	status, err := r.s.LibraryStatus(ctx, r.lib.Code)
	if err != nil {
		r.Fatal(err)
	}
	return status
}

var failed = cards.Confirmation{Failed: cards.Quote("mal-forme")}

// A system that integrated nothing of what it fetched confirms nothing, and is
// handed the lists since its last confirmation again.
func TestWhatWasNotIntegratedIsHandedAgain(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		mours, peyrins := storetest.Library(t, s, "mours"), storetest.Library(t, s, "peyrins")
		r := &reporter{T: t, s: s, lib: peyrins}
		storetest.Send(t, s, mours, storetest.Card("A1"))
		r.list("[A1]")
		r.report(cards.Confirmation{})
		storetest.Send(t, s, mours, storetest.Card("A2"))
		storetest.Send(t, s, peyrins, storetest.Card("B1"))
		r.list("[A2]")
		storetest.Send(t, s, mours, storetest.Card("A3"))
		r.list("[A3]")
		for range 2 {
			r.report(failed)
		}
		r.wantConfirmed("A1", true)
		r.wantConfirmed("A2", false)
		if status := r.status(); status.Again != 2 || status.Behind != 2 || !status.Attention.IsZero() {
			t.Errorf("status %+v", status)
		}
		runs, err := s.Runs(ctx, cards.RunQuery{Library: "peyrins", Limit: 9})
		if err != nil || len(runs) != 3 || runs[0].OK || !strings.Contains(runs[0].Error.String(), "mal-forme") {
			t.Errorf("runs %+v, %v", runs, err)
		}
		r.list("[A2 A3]")
		storetest.Send(t, s, mours, storetest.Card("A4"))
		r.list("[A4]")
		r.report(failed) // it still has none of them
		r.list("[A2 A3 A4]")
		r.report(cards.Confirmation{})
		r.wantConfirmed("A2", true)
	})
}

// A report that comes late speaks of its own list, not of those fetched since.
func TestALateReportConfirmsItsOwnList(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		mours, peyrins := storetest.Library(t, s, "mours"), storetest.Library(t, s, "peyrins")
		r := &reporter{T: t, s: s, lib: peyrins}
		storetest.Send(t, s, mours, storetest.Card("A1"))
		first := r.list("[A1]")
		storetest.Send(t, s, mours, storetest.Card("A2"))
		second := r.list("[A2]")
		r.report(cards.Confirmation{Date: first})
		r.wantConfirmed("A1", true)
		r.wantConfirmed("A2", false)
		r.report(cards.Confirmation{Date: second})
		r.wantConfirmed("A2", true)
		r.report(cards.Confirmation{Date: first})
		r.wantConfirmed("A2", true)
		r.report(cards.Confirmation{Date: first, Failed: failed.Failed})
		r.list("[A1 A2]")
	})
}

// Where nobody knows any more which cards a system means, staff are asked.
func TestStaffAreAskedWhatWasNotIntegrated(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		mours, peyrins := storetest.Library(t, s, "mours"), storetest.Library(t, s, "peyrins")
		r := &reporter{T: t, s: s, lib: peyrins}
		r.report(failed) // it fetched nothing yet, and all is still owed
		storetest.Send(t, s, mours, storetest.Card("A1"))
		r.list("[A1]")
		if status := r.status(); !status.Attention.IsZero() {
			t.Errorf("asked: %s", status.Attention)
		}
		if err := s.Exec(ctx, "DELETE FROM handings"); err != nil { // as time does
			t.Fatal(err)
		}
		r.report(failed)
		r.wantConfirmed("A1", false)
		if status := r.status(); status.Again != 0 || !strings.Contains(status.Attention.String(), "Tout redonner") || status.State().State != cards.StateTrouble {
			t.Errorf("status %+v", status)
		}
	})
}
