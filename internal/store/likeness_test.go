package store_test

import (
	"fmt"
	"slices"
	"testing"

	"github.com/carte-reseau/hub/internal/cards"
	"github.com/carte-reseau/hub/internal/store"
	"github.com/carte-reseau/hub/internal/store/storetest"
)

// lookForLikenesses runs the job until it has seen all there is.
func lookForLikenesses(t *testing.T, s *store.Store) {
	t.Helper()
	for more := true; more; {
		var err error
		if more, err = s.FindLikenesses(ctx); err != nil {
			t.Fatal(err)
		}
	}
}

// pairs lists the open likenesses by their numbers, each pair and all of them
// in order.
func pairs(t *testing.T, s *store.Store) string {
	t.Helper()
	lookForLikenesses(t, s)
	list, err := s.Likenesses(ctx, cards.LikenessQuery{Limit: 100})
	if err != nil {
		t.Fatal(err)
	}
	var texts []string
	for _, l := range list {
		a, b := l.Cards[0].Card.Number, l.Cards[1].Card.Number
		texts = append(texts, min(a, b)+"="+max(a, b))
	}
	slices.Sort(texts)
	return fmt.Sprint(texts)
}

func wantPairs(t *testing.T, s *store.Store, want string) {
	t.Helper()
	if got := pairs(t, s); got != want {
		t.Errorf("likenesses %s, want %s", got, want)
	}
}

func named(last, first, birth string) func(*cards.Card) {
	return func(c *cards.Card) { c.LastName, c.FirstName, c.BirthDate = last, first, birth }
}

func TestOnePersonUnderTwoNumbersIsFound(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		mours, peyrins := storetest.Library(t, s, "mours"), storetest.Library(t, s, "peyrins")
		storetest.Send(t, s, mours,
			storetest.Card("A1"), storetest.Card("A2", named("Dupré", "Hélène", "1980-03-01")), storetest.Card("A3", named("Dupré", "Helen", "1980-02-29")),
			storetest.Card("A4", named("Dupré", "", "1980-02-29")), storetest.Card("A5", named("Dupré", "", "1980-02-29")))
		wantPairs(t, s, "[]")
		storetest.Send(t, s, peyrins, storetest.Card("B1", named("DUPRE", "HELENE", "1980-02-29")))
		wantPairs(t, s, "[A1=B1]")
		list, err := s.Likenesses(ctx, cards.LikenessQuery{Limit: 10})
		if err != nil || len(list) != 1 || list[0].Found.IsZero() {
			t.Fatalf("%+v, %v", list, err)
		}
		a, b := list[0].Cards[0], list[0].Cards[1]
		if a.Card.Address.Town != "Romans-sur-Isère" || a.Card.EnrolledAt != "mours" || a.Created.IsZero() || a.Changed.IsZero() ||
			!slices.Equal(a.Senders, []string{"mours"}) || !slices.Equal(b.Senders, []string{"peyrins"}) {
			t.Errorf("%+v\n%+v", a, b)
		}
		wantWaiting(t, s, cards.Waiting{Likenesses: 1})
	})
}

func TestCardsThatNoLongerLookAlikeAreNotListed(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		mours := storetest.Library(t, s, "mours")
		roux := named("Roux", "Jean", "1990-01-01")
		storetest.Send(t, s, mours, storetest.Card("A1"), storetest.Card("A2"), storetest.Card("R1", roux), storetest.Card("R2", roux))
		wantPairs(t, s, "[A1=A2 R1=R2]")
		storetest.Send(t, s, mours, storetest.Card("A2", func(c *cards.Card) { c.BirthDate = "" }))
		wantPairs(t, s, "[R1=R2]")
		wantWaiting(t, s, cards.Waiting{Likenesses: 1})
		for _, other := range []string{"A2", "R1"} {
			if err := s.SamePerson(ctx, "A1", other, "Claire"); cards.CodeOf(err) != cards.Conflict {
				t.Errorf("A1 and %s, which are not alike, were made one: %v", other, err)
			}
		}
		storetest.Send(t, s, mours, storetest.Card("A2"))
		wantPairs(t, s, "[A1=A2 R1=R2]")
	})
}

func TestTwoPersonsAreNeverAskedAgain(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		mours := storetest.Library(t, s, "mours")
		storetest.Send(t, s, mours, storetest.Card("A1"), storetest.Card("A2"))
		wantPairs(t, s, "[A1=A2]")
		if err := s.TwoPersons(ctx, "a2", "A1", "Claire"); err != nil {
			t.Fatal(err)
		}
		for _, name := range []string{"Duprez", "Dupré"} {
			storetest.Send(t, s, mours, storetest.Card("A1", named(name, "Hélène", "1980-02-29")))
			wantPairs(t, s, "[]")
		}
		if err := s.SamePerson(ctx, "A1", "A2", "Paul"); cards.CodeOf(err) != cards.Conflict {
			t.Errorf("decided twice: %v", err)
		}
		for _, number := range []string{"A1", "A9", "\x00"} {
			if err := s.TwoPersons(ctx, "A1", number, "Paul"); cards.CodeOf(err) != cards.Conflict {
				t.Errorf("A1 and %q: %v", number, err)
			}
		}
	})
}

func TestOnePersonKeepsOneCard(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		mours, peyrins := storetest.Library(t, s, "mours"), storetest.Library(t, s, "peyrins")
		storetest.Send(t, s, mours, storetest.Card("A1", func(c *cards.Card) { c.Phone = "" }))
		storetest.Send(t, s, peyrins, storetest.Card("B1", phone(firstPhone)))
		wantPairs(t, s, "[A1=B1]")
		if err := s.SamePerson(ctx, "A1", "B1", "Claire"); err != nil {
			t.Fatal(err)
		}
		wantPairs(t, s, "[]")
		settle(t, s)
		for _, l := range []*cards.Library{mours, peyrins} {
			items, _ := fetch(t, s, l, 0)
			if numbers(items) != "[A1]" || !contains(string(items[0].XML), "<ancien-numero>B1<") || !contains(string(items[0].XML), firstPhone) {
				t.Errorf("%s is handed %s", l.Code, numbers(items))
			}
		}
		if out := storetest.Send(t, s, peyrins, storetest.Card("B1", phone(firstPhone))); out[0].NewNumber != "A1" {
			t.Errorf("who sends the old number is told %+v", out[0])
		}
	})
}

// Whoever is not the one is not the other either, once both are one.
func TestWhatWasDecidedOfACardThatGoesIsNotAskedAgain(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		mours := storetest.Library(t, s, "mours")
		storetest.Send(t, s, mours, storetest.Card("TWIN"), storetest.Card("A1"))
		wantPairs(t, s, "[A1=TWIN]")
		if err := s.TwoPersons(ctx, "TWIN", "A1", "Claire"); err != nil {
			t.Fatal(err)
		}
		storetest.Send(t, s, mours, storetest.Card("A2"))
		wantPairs(t, s, "[A1=A2 A2=TWIN]")
		if err := s.SamePerson(ctx, "A2", "A1", "Claire"); err != nil {
			t.Fatal(err)
		}
		wantPairs(t, s, "[]")
	})
}

func TestOfTwoWhoDecideAPairAtOnceOneWins(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		mours := storetest.Library(t, s, "mours")
		storetest.Send(t, s, mours, storetest.Card("A1"), storetest.Card("A2"))
		wantPairs(t, s, "[A1=A2]")
		wantOneWinner(t, 9, func(i int) error {
			switch i % 3 {
			case 0:
				return s.TwoPersons(ctx, "A1", "A2", "Claire")
			case 1:
				return s.SamePerson(ctx, "A1", "A2", "Paul")
			}
			return s.SamePerson(ctx, "A2", "A1", "Anne")
		})
		wantPairs(t, s, "[]")
	})
}

// A name and date many cards share are no person: the pairs must not grow with
// the square of the cards.
func TestACrowdOfOneNameIsBounded(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		mours := storetest.Library(t, s, "mours")
		const crowd = 2100 // three portions
		list := make([]cards.Incoming, crowd)
		for i := range list {
			list[i] = storetest.Card(fmt.Sprintf("C%05d", i))
		}
		storetest.Send(t, s, mours, list...)
		lookForLikenesses(t, s)
		w, err := s.Waiting(ctx)
		if err != nil || w.Likenesses < crowd || w.Likenesses > 6*crowd {
			t.Errorf("%d pairs of %d cards, %v", w.Likenesses, crowd, err)
		}
		var met []int64
		for q := (cards.LikenessQuery{Limit: 500}); ; {
			page, err := s.Likenesses(ctx, q)
			if err != nil {
				t.Fatal(err)
			}
			for _, l := range page {
				met = append(met, l.ID)
			}
			if len(page) < q.Limit {
				break
			}
			q.Before = page[len(page)-1].ID
		}
		slices.Sort(met)
		if n := int64(len(slices.Compact(met))); n != w.Likenesses {
			t.Errorf("%d pairs listed page by page, %d in all", n, w.Likenesses)
		}
	})
}

// The job reads beside writers: whatever they bring is looked at.
func TestLikenessesBesideWritersMissNone(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		const writers, each = 4, 40
		libraries := make([]*cards.Library, writers)
		for w := range libraries {
			libraries[w] = storetest.Library(t, s, fmt.Sprintf("l%d", w))
		}
		done := make(chan struct{})
		for w := range writers {
			go func() {
				defer func() { done <- struct{}{} }()
				for i := range each {
					storetest.Send(t, s, libraries[w], storetest.Card(fmt.Sprintf("W%dN%d", w, i), named("Dupré", "Hélène", fmt.Sprint(1900+i))))
				}
			}()
		}
		for left := writers; left > 0; {
			select {
			case <-done:
				left--
			default:
				lookForLikenesses(t, s)
			}
		}
		lookForLikenesses(t, s)
		const want = each * writers * (writers - 1) / 2
		if w, err := s.Waiting(ctx); err != nil || w.Likenesses != want {
			t.Errorf("%d pairs, want %d; %v", w.Likenesses, want, err)
		}
	})
}

// The job looks at cards that go while it does.
func TestLikenessesBesideDecisionsEndWell(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		const couples = 30
		mours := storetest.Library(t, s, "mours")
		names := func(i int) (keep, gone string) { return fmt.Sprintf("K%d", i), fmt.Sprintf("G%d", i) }
		for i := range couples {
			keep, gone := names(i)
			person := named("Dupré", "Hélène", fmt.Sprint(1900+i))
			storetest.Send(t, s, mours, storetest.Card(keep, person), storetest.Card(gone, person))
		}
		lookForLikenesses(t, s)
		done := make(chan error, 1)
		go func() {
			for i := range couples {
				keep, gone := names(i)
				if err := s.SamePerson(ctx, keep, gone, "Claire"); err != nil {
					done <- err
					return
				}
			}
			done <- nil
		}()
		for deciding := true; deciding; {
			select {
			case err := <-done:
				if err != nil {
					t.Error(err)
				}
				deciding = false
			default: // every card is looked at anew
				if err := s.Exec(ctx, "UPDATE marks SET seq = 0 WHERE library_id = 0"); err != nil {
					t.Fatal(err)
				}
				lookForLikenesses(t, s)
			}
		}
		wantPairs(t, s, "[]")
	})
}
