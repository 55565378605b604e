package store_test

import (
	"io"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/carte-reseau/hub/internal/cards"
	"github.com/carte-reseau/hub/internal/store"
	"github.com/carte-reseau/hub/internal/store/storetest"
)

// suspended is a deposit that has had its dry run, of one card that exists.
func suspended(t *testing.T, s *store.Store, l *cards.Library, door cards.Door) int64 {
	t.Helper()
	id := deposit(t, s, l, door)
	if err := s.AppendPiece(ctx, id, 0, []byte("<cartes/>")); err != nil {
		t.Fatal(err)
	}
	if err := s.SealDeposit(ctx, id, 9); err != nil {
		t.Fatal(err)
	}
	if err := s.HoldDeposit(ctx, id); err != nil {
		t.Fatal(err)
	}
	changed := storetest.Card("A1", func(c *cards.Card) { c.Phone, c.LastName = "04 75 11 11 11", "Durand" })
	_, err := s.Apply(ctx, cards.Batch{
		Library: l, Deposit: id, Simulate: true, Moment: cards.Moment{Arrived: time.Now()}, Items: []cards.Item{{Ordinal: 1, Incoming: changed}},
	})
	if err != nil {
		t.Fatal(err)
	}
	if err := s.SuspendDeposit(ctx, id); err != nil {
		t.Fatal(err)
	}
	return id
}

func depositOf(t *testing.T, s *store.Store, id int64) *cards.Deposit {
	t.Helper()
	d, err := s.Deposit(ctx, id)
	if err != nil {
		t.Fatal(err)
	}
	return d
}

func lines(t *testing.T, s *store.Store, id int64) string {
	t.Helper()
	var all strings.Builder
	for piece, err := range s.Results(ctx, id, false) {
		if err != nil {
			t.Fatal(err)
		}
		all.Write(piece)
	}
	return all.String()
}

func wantUndecided(t *testing.T, s *store.Store, l *cards.Library, want int64) {
	t.Helper()
	asked, err := s.Waiting(ctx)
	if err != nil || asked.Suspended != want {
		t.Errorf("%+v wait, want %d deposits: %v", asked, want, err)
	}
	if status, err := s.LibraryStatus(ctx, l.Code); err != nil || status.Suspended != want {
		t.Errorf("status %+v, %v", status, err)
	}
}

func TestASuspendedDepositWaitsForAPerson(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		l := storetest.Library(t, s, "mours")
		storetest.Send(t, s, l, storetest.Card("A1"))
		if sent, known, err := s.EverSent(ctx, l.ID, 501); err != nil || sent != 1 || known != 1 {
			t.Errorf("%d sent, %d known, %v", sent, known, err)
		}
		accepted, refused := suspended(t, s, l, cards.DoorPost), suspended(t, s, l, cards.DoorFTP)
		d := depositOf(t, s, accepted)
		if d.Status != cards.Suspended || d.Suspended.IsZero() || !d.Finished.IsZero() || d.Counts.Modified != 1 {
			t.Errorf("suspended: %+v", d)
		}
		if len(d.Touched) != 2 || d.Touched["telephone"] != 1 || d.Touched["nom"] != 1 {
			t.Errorf("touched %v", d.Touched)
		}
		wantUndecided(t, s, l, 2)
		if list, err := s.Deposits(ctx, cards.DepositQuery{Status: cards.Suspended, Library: "mours", Limit: 10}); err != nil || len(list) != 2 {
			t.Errorf("listed %+v, %v", list, err)
		}
		if ids, err := s.UnfinishedDeposits(ctx, l.ID, 0, 10); err != nil || len(ids) != 0 {
			t.Errorf("taken up undecided: %v, %v", ids, err)
		}
		if err := s.Purge(ctx, -time.Minute); err != nil {
			t.Fatal(err)
		}
		if n, err := s.PieceCount(ctx, accepted); err != nil || n != 1 || lines(t, s, accepted) == "" {
			t.Errorf("purged while it waits: %d pieces, %v", n, err)
		}

		if err := s.AcceptDeposit(ctx, accepted, "anne"); err != nil {
			t.Fatal(err)
		}
		if d := depositOf(t, s, accepted); d.Status != cards.Received || !d.Accepted || d.JudgedBy != "anne" || d.Judged.IsZero() ||
			d.Done != 0 || d.Counts != (cards.Counts{}) || d.Touched != nil || lines(t, s, accepted) != "" {
			t.Errorf("accepted: %+v", d)
		}
		if err := s.RefuseDeposit(ctx, refused, "bruno", "Trop de noms changent."); err != nil {
			t.Fatal(err)
		}
		if d := depositOf(t, s, refused); d.Status != cards.Refused || d.Accepted || d.JudgedBy != "bruno" || !d.Finished.IsZero() ||
			d.Fault == nil || !strings.Contains(d.Fault.Message, "1 carte") || !strings.Contains(d.Fault.Message, "Trop de noms changent.") || lines(t, s, refused) != "" {
			t.Errorf("refused: %+v", d)
		}
		wantUndecided(t, s, l, 0)
		if ids, err := s.UnfinishedDeposits(ctx, l.ID, 0, 10); err != nil || len(ids) != 2 {
			t.Errorf("work left: %v, %v", ids, err)
		}
		for _, id := range []int64{accepted, refused} {
			if err := s.AcceptDeposit(ctx, id, "anne"); cards.CodeOf(err) != cards.Conflict {
				t.Errorf("accepted again: %v", err)
			}
			if err := s.RefuseDeposit(ctx, id, "anne", "non"); cards.CodeOf(err) != cards.Conflict {
				t.Errorf("refused again: %v", err)
			}
			if err := s.SuspendDeposit(ctx, id, cards.Message{To: "a@example.org", Key: "x"}); err != nil || depositOf(t, s, id).Status == cards.Suspended {
				t.Errorf("suspended after the decision: %v", err)
			}
		}
		if err := s.AcceptDeposit(ctx, 9999, "anne"); cards.CodeOf(err) != cards.NotFound {
			t.Errorf("accepted nothing: %v", err)
		}
		if mail, err := s.DueMail(ctx, 10); err != nil || len(mail) != 0 {
			t.Errorf("mail %+v, %v", mail, err)
		}
	})
}

// Of two persons who decide at once, one does.
func TestADepositIsJudgedOnce(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		l := storetest.Library(t, s, "mours")
		storetest.Send(t, s, l, storetest.Card("A1"))
		id := suspended(t, s, l, cards.DoorPost)
		var judged, refused atomic.Int32
		var all sync.WaitGroup
		for i := range 8 {
			all.Go(func() {
				var err error
				if i%2 == 0 {
					err = s.AcceptDeposit(ctx, id, "anne")
				} else {
					err = s.RefuseDeposit(ctx, id, "bruno", "non")
				}
				switch {
				case err == nil:
					judged.Add(1)
				case cards.CodeOf(err) == cards.Conflict:
					refused.Add(1)
				default:
					t.Error(err)
				}
			})
		}
		all.Wait()
		if judged.Load() != 1 || refused.Load() != 7 {
			t.Errorf("%d decided, %d came too late", judged.Load(), refused.Load())
		}
	})
}

// What a removed library left can be refused, and is finished by that.
func TestASuspendedDepositOfALibraryThatLeft(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		l := storetest.Library(t, s, "mours")
		storetest.Send(t, s, l, storetest.Card("A1"))
		id := suspended(t, s, l, cards.DoorHarvest)
		if err := s.RemoveLibrary(ctx, l.ID); err != nil {
			t.Fatal(err)
		}
		if asked, err := s.Waiting(ctx); err != nil || asked.Suspended != 0 {
			t.Errorf("%+v, %v", asked, err)
		}
		if err := s.AcceptDeposit(ctx, id, "anne"); cards.CodeOf(err) != cards.Conflict || !strings.Contains(err.Error(), "plus dans le réseau") {
			t.Errorf("accepted: %v", err)
		}
		if err := s.RefuseDeposit(ctx, id, "anne", "partie"); err != nil || depositOf(t, s, id).Finished.IsZero() {
			t.Errorf("refused: %v", err)
		}
	})
}

// A page is read from its own pieces, past those a crash left behind.
func TestHeldPagesAreReadByThemselves(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		l := storetest.Library(t, s, "mours")
		id := deposit(t, s, l, cards.DoorHarvest)
		for i, piece := range []string{"one", " and more", "left", "two"} {
			if err := s.AppendPiece(ctx, id, i, []byte(piece)); err != nil {
				t.Fatal(err)
			}
		}
		asked := time.UnixMicro(time.Now().UnixMicro()).UTC()
		pages := []cards.HeldPage{{First: 0, Pieces: 2, Asked: asked, Charset: "latin1", BaseURL: "http://a/oai"}, {First: 3, Pieces: 1, Asked: asked}}
		for i, p := range pages {
			if err := s.HoldPage(ctx, id, p, cards.Harvest{LibraryID: l.ID, Held: id, Pages: i + 1}); err != nil {
				t.Fatal(err)
			}
		}
		from := 0
		for i, want := range []string{"one and more", "two"} {
			p, err := s.NextHeldPage(ctx, id, from)
			if err != nil || p == nil || *p != pages[i] {
				t.Fatalf("page %d: %+v, %v", i, p, err)
			}
			r, err := s.OpenPage(ctx, id, *p)
			if err != nil {
				t.Fatal(err)
			}
			if text, err := io.ReadAll(r); err != nil || string(text) != want {
				t.Errorf("page %d: %q, %v", i, text, err)
			}
			from = p.First + p.Pieces
		}
		if p, err := s.NextHeldPage(ctx, id, from); err != nil || p != nil {
			t.Errorf("behind the last: %+v, %v", p, err)
		}
		if h, err := s.Harvest(ctx, l.ID); err != nil || h.Pages != 2 || h.Held != id {
			t.Errorf("the cursor did not move with the pages: %+v, %v", h, err)
		}
	})
}

func TestHeldRecordsLastAsLongAsTheirDeposit(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		l := storetest.Library(t, s, "mours")
		integrated, refused := deposit(t, s, l, cards.DoorHarvest), deposit(t, s, l, cards.DoorHarvest)
		if holds, err := s.HoldsRecords(ctx, l.ID); err != nil || holds {
			t.Errorf("holds %v, %v", holds, err)
		}
		a, b, c := [16]byte{1}, [16]byte{2}, [16]byte{3}
		hold := func(records ...cards.HeldRecord) {
			t.Helper()
			if err := s.HoldRecords(ctx, l.ID, records); err != nil {
				t.Fatal(err)
			}
		}
		hold()
		hold(cards.HeldRecord{Record: a, Content: a, Deposit: refused, Ordinal: 1}, cards.HeldRecord{Record: b, Content: a, Deposit: integrated, Ordinal: 1},
			cards.HeldRecord{Record: c, Content: a, Deposit: integrated, Ordinal: 2})
		hold(cards.HeldRecord{Record: c, Content: b, Deposit: refused, Ordinal: 7})
		held, err := s.HeldRecords(ctx, l.ID, [][16]byte{a, b, c, {9}})
		if err != nil || len(held) != 3 || held[c] != (cards.HeldRecord{Record: c, Content: b, Deposit: refused, Ordinal: 7}) {
			t.Errorf("held %+v, %v", held, err)
		}
		if err := s.FinishDeposit(ctx, integrated, cards.Integrated, nil); err != nil {
			t.Fatal(err)
		}
		if err := s.FinishDeposit(ctx, refused, cards.Refused, &cards.Fault{}); err != nil {
			t.Fatal(err)
		}
		if held, err = s.HeldRecords(ctx, l.ID, [][16]byte{a, b, c}); err != nil || len(held) != 2 || held[b].Deposit != 0 {
			t.Errorf("held %+v, %v", held, err)
		}
		if err := s.ReleaseRecords(ctx, l.ID, [][16]byte{a, c}); err != nil {
			t.Fatal(err)
		}
		if holds, err := s.HoldsRecords(ctx, l.ID); err != nil || holds {
			t.Errorf("holds %v, %v", holds, err)
		}
	})
}
