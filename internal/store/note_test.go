package store_test

import (
	"slices"
	"testing"

	"github.com/carte-reseau/hub/internal/cards"
	"github.com/carte-reseau/hub/internal/store"
	"github.com/carte-reseau/hub/internal/store/storetest"
)

const (
	firstPhone  = "04 75 11 11 11"
	secondPhone = "04 75 22 22 22"
)

func phone(number string) func(*cards.Card) { return func(c *cards.Card) { c.Phone = number } }

// disputed makes two libraries change one phone number, neither having heard of
// the other's change: peyrins, the later one, wins.
func disputed(t *testing.T, s *store.Store, number string) (mours, peyrins *cards.Library) {
	t.Helper()
	mours, peyrins = storetest.Library(t, s, "mours"), storetest.Library(t, s, "peyrins")
	disputeOver(t, s, mours, peyrins, number)
	return mours, peyrins
}

func disputeOver(t *testing.T, s *store.Store, mours, peyrins *cards.Library, number string) {
	t.Helper()
	storetest.Send(t, s, mours, storetest.Card(number))
	storetest.Send(t, s, peyrins, storetest.Card(number))
	storetest.Send(t, s, mours, storetest.Card(number, phone(firstPhone)))
	storetest.Send(t, s, peyrins, storetest.Card(number, phone(secondPhone)))
}

// onlyDispute is the one that is open.
func onlyDispute(t *testing.T, s *store.Store) cards.Dispute {
	t.Helper()
	list, err := s.Disputes(ctx, cards.DisputeQuery{Limit: 10})
	if err != nil || len(list) != 1 {
		t.Fatalf("open disputes %+v, %v", list, err)
	}
	return list[0]
}

func wantWaiting(t *testing.T, s *store.Store, want cards.Waiting) {
	t.Helper()
	if got, err := s.Waiting(ctx); err != nil || got != want {
		t.Errorf("waiting %+v, want %+v; %v", got, want, err)
	}
}

func TestADisputeTellsBothValuesAndWhoseTheyAre(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		disputed(t, s, "A1")
		d := onlyDispute(t, s)
		switch {
		case d.Kind != cards.NoteConflict, d.Number != "A1", d.Field != "telephone", d.Rule != cards.RuleChanged, d.Sender != "peyrins":
			t.Errorf("dispute %+v", d)
		case d.Kept.Value.Phone != secondPhone, d.Kept.Library != "peyrins", d.Kept.At.IsZero(), d.Kept.Value.LastName != "":
			t.Errorf("kept %+v", d.Kept)
		case d.Lost.Value.Phone != firstPhone, d.Lost.Library != "mours", d.Lost.At.IsZero():
			t.Errorf("lost %+v", d.Lost)
		case d.Current.Phone != secondPhone, d.Overtaken(), d.Verdict != "", d.Noted.IsZero():
			t.Errorf("now %+v", d)
		}
		wantWaiting(t, s, cards.Waiting{Disputes: 1})
	})
}

func TestDisputesAreListedNewestFirstAndNarrowed(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		mours, peyrins := disputed(t, s, "A1")
		disputeOver(t, s, mours, peyrins, "A2")
		montrigaud := storetest.Library(t, s, "montrigaud")
		disputeOver(t, s, mours, montrigaud, "A3")
		numbersOf := func(q cards.DisputeQuery) (list []string) {
			q.Limit = 2
			for {
				page, err := s.Disputes(ctx, q)
				if err != nil {
					t.Fatal(err)
				}
				for _, d := range page {
					list = append(list, d.Number)
					q.Before = d.ID
				}
				if len(page) < q.Limit {
					return list
				}
			}
		}
		for name, c := range map[string]struct {
			q    cards.DisputeQuery
			want []string
		}{
			"all":             {cards.DisputeQuery{}, []string{"A3", "A2", "A1"}},
			"who sent":        {cards.DisputeQuery{Library: "peyrins"}, []string{"A2", "A1"}},
			"whose value":     {cards.DisputeQuery{Library: "mours"}, []string{"A3", "A2", "A1"}},
			"nobody":          {cards.DisputeQuery{Library: "beauvoir"}, nil},
			"kind":            {cards.DisputeQuery{Kind: cards.NoteDoubt}, nil},
			"number":          {cards.DisputeQuery{Number: "a2"}, []string{"A2"}},
			"unknown number":  {cards.DisputeQuery{Number: "A9\x00"}, nil},
			"number, library": {cards.DisputeQuery{Number: "A3", Library: "montrigaud"}, []string{"A3"}},
		} {
			if got := numbersOf(c.q); !slices.Equal(got, c.want) {
				t.Errorf("%s: %v, want %v", name, got, c.want)
			}
		}
		if _, err := s.Dispute(ctx, 999); cards.CodeOf(err) != cards.NotFound {
			t.Errorf("a dispute that is none: %v", err)
		}
	})
}

func TestWhatIsKeptIsNotAskedAgain(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		disputed(t, s, "A1")
		before, _ := s.Seq(ctx)
		d := onlyDispute(t, s)
		if err := s.KeepValue(ctx, d.ID, "Claire"); err != nil {
			t.Fatal(err)
		}
		if after, _ := s.Seq(ctx); after != before {
			t.Errorf("keeping a value moved seq from %d to %d", before, after)
		}
		got, err := s.Dispute(ctx, d.ID)
		if err != nil || got.Verdict != cards.VerdictKept || got.DecidedBy != "Claire" || got.Decided.IsZero() {
			t.Errorf("decided %+v, %v", got, err)
		}
		for _, again := range []error{s.KeepValue(ctx, d.ID, "Paul"), s.ChooseOther(ctx, d.ID, 0, "Paul")} {
			if cards.CodeOf(again) != cards.Conflict {
				t.Errorf("decided twice: %v", again)
			}
		}
		wantWaiting(t, s, cards.Waiting{})
		if list, err := s.Disputes(ctx, cards.DisputeQuery{Decided: true, Limit: 10}); err != nil || len(list) != 1 {
			t.Errorf("with those decided: %+v, %v", list, err)
		}
	})
}

func TestTheOtherValueReachesEveryLibrary(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		mours, peyrins := disputed(t, s, "A1")
		settle(t, s)
		fetch(t, s, mours, 0)
		_, stamp := fetch(t, s, peyrins, 0)
		<-s.Changed() // by the documents
		if err := s.ChooseOther(ctx, onlyDispute(t, s).ID, 0, "Claire"); err != nil {
			t.Fatal(err)
		}
		select {
		case <-s.Changed():
		default:
			t.Error("nobody is told that a card changed")
		}
		settle(t, s)
		for _, l := range []*cards.Library{mours, peyrins} {
			items, _ := fetch(t, s, l, stamp+1)
			if len(items) != 1 || items[0].Origin != cards.HubID || !contains(string(items[0].XML), firstPhone) {
				t.Errorf("%s is handed %s", l.Code, numbers(items))
			}
		}
		wantWaiting(t, s, cards.Waiting{})
		// Their systems answer with what they were handed: nothing moves.
		before, _ := s.Seq(ctx)
		for _, l := range []*cards.Library{mours, peyrins} {
			storetest.Send(t, s, l, storetest.Card("A1", phone(firstPhone)))
		}
		if after, _ := s.Seq(ctx); after != before {
			t.Errorf("seq moved from %d to %d", before, after)
		}
	})
}

func TestAnOvertakenDisputeIsDecidedOnlyWithOpenEyes(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		_, peyrins := disputed(t, s, "A1")
		seen := onlyDispute(t, s)
		storetest.Send(t, s, peyrins, storetest.Card("A1", phone("04 75 33 33 33")))
		d := onlyDispute(t, s)
		if !d.Overtaken() || d.Version == seen.Version || d.Current.Phone != "04 75 33 33 33" {
			t.Fatalf("dispute %+v", d)
		}
		for _, version := range []int64{0, seen.Version, d.Version + 1} {
			if err := s.ChooseOther(ctx, d.ID, version, "Claire"); cards.CodeOf(err) != cards.Conflict {
				t.Errorf("version %d: %v", version, err)
			}
		}
		if err := s.ChooseOther(ctx, d.ID, d.Version, "Claire"); err != nil {
			t.Fatal(err)
		}
		if got, err := s.Dispute(ctx, d.ID); err != nil || got.Current.Phone != firstPhone || got.Verdict != cards.VerdictOther {
			t.Errorf("%+v, %v", got, err)
		}
	})
}

// A change of another field is none of the dispute's business.
func TestADisputeLooksAtItsOwnFieldAlone(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		_, peyrins := disputed(t, s, "A1")
		seen := onlyDispute(t, s)
		storetest.Send(t, s, peyrins, storetest.Card("A1", phone(secondPhone), func(c *cards.Card) { c.FirstName = "Hélène Marie" }))
		if err := s.ChooseOther(ctx, seen.ID, seen.Version, "Claire"); err != nil {
			t.Fatal(err)
		}
		got, err := s.Dispute(ctx, seen.ID)
		if err != nil || got.Current.Phone != firstPhone {
			t.Errorf("%+v, %v", got, err)
		}
	})
}

func TestOfTwoWhoDecideADisputeAtOnceOneWins(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		disputed(t, s, "A1")
		d := onlyDispute(t, s)
		wantOneWinner(t, 8, func(i int) error {
			if i%2 == 0 {
				return s.KeepValue(ctx, d.ID, "Claire")
			}
			return s.ChooseOther(ctx, d.ID, d.Version, "Paul")
		})
		got, err := s.Dispute(ctx, d.ID)
		want := map[cards.Verdict]string{cards.VerdictKept: secondPhone, cards.VerdictOther: firstPhone}
		if err != nil || got.Current.Phone != want[got.Verdict] {
			t.Errorf("%+v, %v", got, err)
		}
	})
}

// wantOneWinner runs do n times at once: one ends well, the others in a
// conflict.
func wantOneWinner(t *testing.T, n int, do func(i int) error) {
	t.Helper()
	ended := make(chan error, n)
	for i := range n {
		go func() { ended <- do(i) }()
	}
	won := 0
	for range n {
		switch err := <-ended; {
		case err == nil:
			won++
		case cards.CodeOf(err) != cards.Conflict:
			t.Error(err)
		}
	}
	if won != 1 {
		t.Errorf("%d decisions were taken", won)
	}
}

// Two libraries replaced one lost card by two new ones.
func TestOfTwoNewNumbersStaffChooseOne(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		mours, peyrins := storetest.Library(t, s, "mours"), storetest.Library(t, s, "peyrins")
		storetest.Send(t, s, mours, storetest.Card("OLD"))
		replaces := func(number string) cards.Incoming {
			in := storetest.Card(number, func(c *cards.Card) { c.Former = []string{"OLD"} })
			in.Given = in.Given.With(cards.FormerNumbers)
			return in
		}
		storetest.Send(t, s, mours, replaces("NEW1"))
		storetest.Send(t, s, peyrins, replaces("NEW2"))
		d := onlyDispute(t, s)
		if d.Field != cards.NumberField || d.Number != "NEW2" || d.Kept.Value.Number != "NEW2" || d.Lost.Value.Number != "NEW1" || d.Overtaken() {
			t.Fatalf("dispute %+v", d)
		}
		if err := s.ChooseOther(ctx, d.ID, d.Version, "Claire"); err != nil {
			t.Fatal(err)
		}
		if got, err := s.Dispute(ctx, d.ID); err != nil || got.Number != "NEW1" || !got.Overtaken() {
			t.Errorf("%+v, %v", got, err)
		}
		wantWaiting(t, s, cards.Waiting{})
		if out := storetest.Send(t, s, peyrins, storetest.Card("NEW2")); out[0].NewNumber != "NEW1" {
			t.Errorf("who sends the number that was not chosen is told %+v", out[0])
		}
	})
}

// What a library was handed before it sent something else explains nothing it
// sends later, though that other value went out as the hub's.
func TestPutBackAfterItsOwnChangeIsADoubt(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		mours, peyrins := storetest.Library(t, s, "mours"), storetest.Library(t, s, "peyrins")
		mail := func(address string) func(*cards.Incoming) {
			return func(in *cards.Incoming) { in.Card.Email, in.Given = address, in.Given.With(cards.Email) }
		}
		with := func(in cards.Incoming, change func(*cards.Incoming)) cards.Incoming {
			change(&in)
			return in
		}
		storetest.Send(t, s, peyrins, storetest.Card("A1", phone(firstPhone)))
		fetch(t, s, mours, 0)
		storetest.Send(t, s, peyrins, with(storetest.Card("A1", phone(firstPhone)), mail("helene@example.org")))
		storetest.Send(t, s, mours, storetest.Card("A1", phone(secondPhone))) // unaware of the address
		const thirdPhone = "04 75 33 33 33"
		storetest.Send(t, s, peyrins, storetest.Card("A1", phone(thirdPhone)))
		storetest.Send(t, s, mours, storetest.Card("A1", phone(firstPhone)))
		list, err := s.Disputes(ctx, cards.DisputeQuery{Limit: 10})
		if err != nil {
			t.Fatal(err)
		}
		if !slices.ContainsFunc(list, func(d cards.Dispute) bool {
			return d.Kind == cards.NoteDoubt && d.Sender == "mours" && d.Kept.Value.Phone == thirdPhone && d.Lost.Value.Phone == firstPhone
		}) {
			t.Errorf("open disputes %+v", list)
		}
	})
}
