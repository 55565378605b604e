package store_test

import (
	"testing"

	"github.com/carte-reseau/hub/internal/cards"
	"github.com/carte-reseau/hub/internal/store"
	"github.com/carte-reseau/hub/internal/store/storetest"
)

// Nor was what had ended before it came handed because the card was renewed since:
// until the renewal has been, who sends the number meets the card.
func TestACardRenewedBeforeAnybodyWasHandedItIsMet(t *testing.T) {
	const stands = "06 11 11 11 11"
	first := func(c *cards.Card) { c.Phone, c.Email = stands, "lectrice@example.org" }
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		mours, fetching := storetest.Library(t, s, "mours"), storetest.Library(t, s, "peyrins")
		pushed := storetest.Library(t, s, "monnaie", withPush)
		storetest.Send(t, s, mours, storetest.Card("A1", early, first), storetest.Card("A2"))
		settle(t, s)
		fetch(t, s, fetching, 0)
		feed, err := s.PushFeed(ctx, cards.FeedRange{LibraryID: pushed.ID, Day: today, Limit: 10})
		must(t, err)
		must(t, s.SettlePush(ctx, pushed.ID, feed[len(feed)-1].Seq, feed, nil))
		storetest.Send(t, s, mours, storetest.Card("A1", first)) // renewed
		for _, l := range []*cards.Library{fetching, pushed} {
			another := func(c *cards.Card) { c.LastName, c.FirstName, c.BirthDate = "Lopez", "Inès", "2001-01-01" }
			if out := storetest.Send(t, s, l, storetest.Card("A1", another))[0]; out.Result != cards.Rejected {
				t.Errorf("%s gives one number to two people: %+v", l.Code, out)
			}
			own := func(c *cards.Card) { c.Phone, c.Email = "06 99 99 99 99", "" }
			storetest.Send(t, s, l, storetest.Card("A1", own))
			file, err := s.CardFile(ctx, "A1")
			must(t, err)
			if file.Card.Phone != stands || file.Card.Email == "" {
				t.Errorf("%s wins over the library of enrolment: %+v", l.Code, file.Card)
			}
		}
	})
}

// A card that had ended before it came was in nobody's list, though marks have
// passed it: a library that sends its number meets it for the first time. Where
// it is another person's, one number was given to two.
func TestACardThatWasNeverListedIsMet(t *testing.T) {
	otherPerson := func(c *cards.Card) { c.LastName, c.FirstName, c.BirthDate = "Lopez", "Inès", "2001-01-01" }
	otherPhone := func(c *cards.Card) { c.Phone = "06 99 99 99 99" }
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		mours, fetching := storetest.Library(t, s, "mours"), storetest.Library(t, s, "peyrins")
		pushed := storetest.Library(t, s, "monnaie", withPush)
		storetest.Send(t, s, mours, storetest.Card("A1", early), storetest.Card("A2"))
		settle(t, s)
		if items, _ := fetch(t, s, fetching, 0); numbers(items) != "[A2]" {
			t.Fatal(numbers(items))
		}
		feed, err := s.PushFeed(ctx, cards.FeedRange{LibraryID: pushed.ID, Day: today, Limit: 10})
		if err != nil || numbers(feed) != "[A2]" {
			t.Fatal(numbers(feed), err)
		}
		must(t, s.SettlePush(ctx, pushed.ID, feed[0].Seq, feed, nil))
		for _, l := range []*cards.Library{fetching, pushed} {
			if out := storetest.Send(t, s, l, storetest.Card("A1", otherPerson, otherPhone))[0]; out.Result != cards.Rejected {
				t.Errorf("%s gives one number to two people: %+v", l.Code, out)
			}
		}
		for _, l := range []*cards.Library{fetching, pushed} {
			if out := storetest.Send(t, s, l, storetest.Card("A1", early, otherPhone))[0]; out.Result != cards.Unchanged {
				t.Errorf("%s wins over the library of enrolment: %+v", l.Code, out)
			}
		}
	})
}
