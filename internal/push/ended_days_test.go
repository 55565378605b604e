package push_test

import (
	"context"
	"fmt"
	"path/filepath"
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

	number string
	end    string         // as the network has it
	held   string         // as peyrins was handed it; empty: never
	told   map[string]int // letters to peyrins about an end of this card
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
func (c *calendar) renew() {
	days := rapid.SampledFrom([]int{-400, -2, -1, 0, 1, 2, 30, 365, 366, 800}).Draw(c.T, "ends in days")
	c.end = c.today().AddDate(0, 0, days).Format(time.DateOnly)
	now, err := c.s.Now(context.Background())
	c.must(err)
	in := storetest.Card(c.number, func(card *cards.Card) { card.Enrolment = cards.Registration{First: "2020-02-29", End: c.end} })
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
	items, err := c.s.Feed(ctx, r)
	c.must(err)
	for _, item := range items {
		if item.Number == c.number {
			c.held = c.end
		}
	}
	c.must(c.s.FinishList(ctx, cards.List{LibraryID: c.peyrins.ID, Until: closed, UpperSeq: upper}))
}

// tell runs the daily job, and reads the letters.
func (c *calendar) tell() {
	ctx := context.Background()
	c.must(push.TellEnded(ctx, c.s, c.place))
	letters, err := c.s.DueMail(ctx, 100)
	c.must(err)
	for _, letter := range letters {
		c.must(c.s.MailSent(ctx, letter.ID))
		if letter.To != c.peyrins.Email || !strings.Contains(letter.Body, c.number) {
			continue
		}
		if c.told[c.end]++; c.held == c.end || c.end >= c.day() {
			c.Fatalf("on %s peyrins, which holds the end %q, is told of the end %s", c.day(), c.held, c.end)
		}
	}
}

// check is after a day on which peyrins fetched or was told.
func (c *calendar) check() {
	if c.end >= c.day() {
		if c.fetch(); c.held != c.end {
			c.Fatalf("on %s peyrins holds the end %q, the network %s", c.day(), c.held, c.end)
		}
		return
	}
	if c.held >= c.day() && c.told[c.end] == 0 {
		c.Fatalf("on %s peyrins takes the card for valid until %s; it ended on %s, and nobody said so", c.day(), c.held, c.end)
	}
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
				Database: "sqlite:" + filepath.Join(t.TempDir(), "hub.db"), Secret: storetest.Secret, Location: place, Ahead: func() time.Duration { return ahead },
			})
			if err != nil {
				t.Fatal(err)
			}
			t.Cleanup(func() { _ = s.Close() })
			mours, peyrins := storetest.Library(t, s, "mours"), storetest.Library(t, s, "peyrins")
			n := 0
			rapid.Check(t, func(t *rapid.T) {
				n++
				c := &calendar{T: t, s: s, place: place, ahead: &ahead, mours: mours, peyrins: peyrins, number: fmt.Sprintf("N%06d", n), told: map[string]int{}}
				c.renew()
				for range rapid.IntRange(1, 8).Draw(t, "steps") {
					switch rapid.SampledFrom([]string{"renew", "fetch", "tell", "hours", "days"}).Draw(t, "step") {
					case "renew":
						c.renew()
					case "fetch":
						c.fetch()
					case "tell":
						c.tell()
					case "hours":
						ahead += time.Duration(rapid.IntRange(1, 20).Draw(t, "hours")) * time.Hour
					case "days":
						ahead += time.Duration(rapid.IntRange(1, 40).Draw(t, "days")) * 24 * time.Hour
					}
				}
				c.tell()
				c.check()
			})
		})
	}
}
