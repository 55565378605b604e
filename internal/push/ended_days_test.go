package push_test

import (
	"context"
	"fmt"
	"math"
	"os"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/carte-reseau/hub/internal/cards"
	"github.com/carte-reseau/hub/internal/push"
	"github.com/carte-reseau/hub/internal/store"
	"github.com/carte-reseau/hub/internal/store/storetest"
)

// calendar is a network that fetches, over years that go by in an instant.
type calendar struct {
	*rapid.T
	s              *store.Store
	place          *time.Location
	ahead          *time.Duration
	mours, peyrins *cards.Library

	cards []*ending
}

// ending is a card as far as its end goes.
type ending struct {
	number string
	end    string // as the network has it
	held   string // as peyrins was handed it; empty: never
	fresh  bool   // the end has not moved since peyrins fetched it
	told   bool   // peyrins has a letter about this end
}

func (c *calendar) must(err error) {
	if err != nil {
		c.Fatal(err)
	}
}

func (c *calendar) today() time.Time {
	now, err := c.s.Now(context.Background())
	c.must(err)
	y, m, d := now.In(c.place).Date()
	return time.Date(y, m, d, 0, 0, 0, 0, time.UTC)
}

func (c *calendar) day() string { return c.today().Format(time.DateOnly) }

// renew gives the card another end: years ahead, near, today, or past.
func (c *calendar) renew(card *ending) {
	days := rapid.SampledFrom([]int{-400, -1, 0, 1, 2, 366, 800}).Draw(c.T, "ends in days")
	end := c.today().AddDate(0, 0, days).Format(time.DateOnly)
	if end != card.end {
		card.end, card.told, card.fresh = end, false, false
	}
	now, err := c.s.Now(context.Background())
	c.must(err)
	in := storetest.Card(card.number, func(c *cards.Card) { c.Enrolment = cards.Registration{First: "2020-02-29", End: end} })
	outcomes, err := c.s.Apply(context.Background(), cards.Batch{
		Library: c.mours, Door: cards.DoorPost, Moment: cards.Moment{Arrived: now}, Items: []cards.Item{{Ordinal: 1, Incoming: in}},
	})
	c.must(err)
	if len(outcomes) != 1 || outcomes[0].Result == cards.Rejected || outcomes[0].Result == cards.Stale {
		c.Fatalf("%+v", outcomes)
	}
}

// fetch has peyrins harvest what it is owed.
func (c *calendar) fetch() {
	ctx := context.Background()
	*c.ahead += 2 * time.Second // what was just written can be listed
	closed, err := c.s.CloseSecond(ctx)
	c.must(err)
	mark, err := c.s.Mark(ctx, c.peyrins.ID, cards.DoorPull)
	c.must(err)
	r := cards.FeedRange{LibraryID: c.peyrins.ID, After: mark.Seq, Until: closed, Day: c.day(), Limit: 100}
	upper, _, err := c.s.ListBounds(ctx, r)
	c.must(err)
	if upper == 0 {
		return
	}
	r.Upper = upper
	items, err := storetest.Feed(ctx, c.s, r)
	c.must(err)
	for _, item := range items {
		for _, card := range c.cards {
			if item.Number == card.number {
				card.held, card.fresh = card.end, true
			}
		}
	}
	c.must(c.s.FinishList(ctx, cards.List{LibraryID: c.peyrins.ID, Until: closed, UpperSeq: upper}))
	for _, card := range c.cards {
		if card.end >= c.day() && card.held != card.end {
			c.Fatalf("on %s peyrins was not handed the end: %+v", c.day(), *card)
		}
	}
}

// tell runs the daily job, and reads the letters.
func (c *calendar) tell() {
	ctx := context.Background()
	c.must(push.TellEnded(ctx, c.s, c.place))
	letters, err := c.s.DueMail(ctx, 100)
	c.must(err)
	for _, letter := range letters {
		c.must(c.s.MailSent(ctx, &letter))
		for _, card := range c.cards {
			if letter.To != c.peyrins.Email || !strings.Contains(letter.Body, card.number) {
				continue
			}
			if card.fresh || card.end >= c.day() || card.told {
				c.Fatalf("on %s peyrins is told of what it knows: %+v", c.day(), *card)
			}
			card.told = true
		}
	}
	for _, card := range c.cards {
		if card.end < c.day() && card.held >= c.day() && !card.told {
			c.Fatalf("on %s peyrins takes the card for valid, and nobody says otherwise: %+v", c.day(), *card)
		}
	}
}

// networksOf is how many of rapid's runs are played: each is years of days on a real database. The long proof plays all.
func networksOf() int {
	if os.Getenv("HUB_PROVE") != "" {
		return math.MaxInt
	}
	return 25
}

// A library that only fetches learns of every end: in its set while the card is valid, by one letter where the end came
// earlier than it knew and it did not fetch in time; and it is told of nothing it knows.
func TestEveryEndIsLearntByTheLibrariesThatFetch(t *testing.T) {
	for _, zone := range []string{"Europe/Paris", "Pacific/Noumea", "America/Martinique"} {
		t.Run(zone, func(t *testing.T) {
			t.Parallel()
			place, err := time.LoadLocation(zone)
			if err != nil {
				t.Fatal(err)
			}
			var ahead time.Duration
			s, err := store.Open(t.Context(), store.Options{
				Database: storetest.SQLiteDatabase(t), Secret: storetest.Secret, Location: place, Ahead: func() time.Duration { return ahead },
			})
			if err != nil {
				t.Fatal(err)
			}
			t.Cleanup(func() { _ = s.Close() })
			mours, peyrins := storetest.Library(t, s, "mours"), storetest.Library(t, s, "peyrins")
			n := 0
			rapid.Check(t, func(t *rapid.T) {
				if n++; n > networksOf() {
					return
				}
				c := &calendar{T: t, s: s, place: place, ahead: &ahead, mours: mours, peyrins: peyrins}
				for i := range 2 {
					c.cards = append(c.cards, &ending{number: fmt.Sprintf("N%06d-%d", n, i)})
					c.renew(c.cards[i])
				}
				for range rapid.IntRange(1, 40).Draw(t, "steps") {
					switch rapid.SampledFrom([]string{"renew", "renew", "fetch", "tell", "day", "days"}).Draw(t, "step") {
					case "renew":
						c.renew(rapid.SampledFrom(c.cards).Draw(t, "card"))
					case "fetch":
						c.fetch()
					case "tell":
						c.tell()
					case "day":
						ahead += time.Duration(rapid.IntRange(8, 24).Draw(t, "hours")) * time.Hour
					case "days":
						ahead += time.Duration(rapid.SampledFrom([]int{1, 1, 2, 20}).Draw(t, "days")) * 24 * time.Hour
					}
				}
				c.tell()
				c.fetch()
			})
		})
	}
}
