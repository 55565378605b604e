package main

import (
	"context"
	"fmt"
	"math/rand/v2"
	"net/url"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/carte-reseau/hub/internal/cards"
)

const oaiTime = "2006-01-02T15:04:05Z"

// looper is a harvester that comes back again and again, and remembers what it
// saw.
type looper struct {
	*caller
	untilPlusOne bool
	from         string
	stated       string                     // the latest responseDate
	seen         map[string]map[string]bool // identifier → phones: each is a version
	held         map[string]string          // number → phone
	rounds       int
	broken       []string // laws
}

func newLooper(c *caller, untilPlusOne bool) *looper {
	return &looper{caller: c, untilPlusOne: untilPlusOne, seen: map[string]map[string]bool{}, held: map[string]string{}}
}

// harvest makes one round. Nothing that is new to the harvester may bear a
// stamp at or before a responseDate it was told in an earlier list.
func (l *looper) harvest(ctx context.Context) error {
	args := url.Values{}
	if l.from != "" {
		args.Set("from", l.from)
	}
	until := time.Now().UTC()
	if l.untilPlusOne {
		for l.from > until.Format(oaiTime) { // its last until was this very second
			const look = 20 * time.Millisecond
			time.Sleep(look)
			until = time.Now().UTC()
		}
		args.Set("until", until.Format(oaiTime))
	}
	before, date := l.stated, ""
	err := l.listAll(ctx, args, func(page *oaiPage) {
		if date != "" && date != page.Date {
			l.broken = append(l.broken, "one list states "+date+" and then "+page.Date)
		}
		date = page.Date
		for _, r := range page.Records {
			l.take(r, before, date)
		}
	})
	if err != nil {
		return err
	}
	l.rounds++
	l.from = date
	if l.untilPlusOne {
		date = min(date, until.Format(oaiTime)) // what came later it did not ask for
		l.from = until.Add(time.Second).Format(oaiTime)
	}
	l.stated = max(before, date)
	return nil
}

func (l *looper) take(r oaiRecord, before, date string) {
	versions := l.seen[r.Identifier]
	if versions == nil {
		versions = map[string]bool{}
		l.seen[r.Identifier] = versions
	}
	if !versions[r.Phone] && r.Stamp <= before {
		l.broken = append(l.broken, fmt.Sprintf("a version of %s is stamped %s, not after %s, which was closed", r.Number, r.Stamp, before))
	}
	if r.Stamp > date {
		l.broken = append(l.broken, fmt.Sprintf("a version of %s is stamped %s in a list that states %s", r.Number, r.Stamp, date))
	}
	versions[r.Phone] = true
	l.held[r.Number] = r.Phone
}

// writers are eight libraries that write at once: half of what they give are
// new cards, which nobody touches again, half are changes of cards they share.
type writers struct {
	store   *cardsStore
	next    atomic.Int64
	applied atomic.Int64
}

// cardsStore is what the writers need of the store.
type cardsStore struct {
	apply   func(context.Context, cards.Batch) ([]cards.Outcome, error)
	library func(context.Context, string) (*cards.Library, error)
}

const (
	writerCount = 8
	sharedCards = 40
	batchCards  = 6
)

func writerCode(i int) string { return fmt.Sprintf("ecrivain-%d", i) }

func (w *writers) write(ctx context.Context, i int) error {
	library, err := w.store.library(context.WithoutCancel(ctx), writerCode(i))
	if err != nil {
		return err
	}
	rng := rand.New(rand.NewPCG(uint64(i), 6))
	for ctx.Err() == nil {
		b := cards.Batch{Library: library, Door: cards.DoorPost, Moment: cards.Moment{Arrived: time.Now()}}
		for k := range 1 + rng.IntN(batchCards) {
			n := w.next.Add(1)
			number := fmt.Sprintf("N%08d", n)
			if rng.IntN(2) == 0 {
				number = fmt.Sprintf("P%04d", rng.IntN(sharedCards))
			}
			b.Items = append(b.Items, cards.Item{Ordinal: k + 1, Incoming: incomingCard(number, phoneOf(int(n)))})
		}
		// Not the writers' ctx: what has begun comes to its end.
		if _, err := w.store.apply(context.WithoutCancel(ctx), b); err != nil {
			return err
		}
		w.applied.Add(int64(len(b.Items)))
	}
	return nil
}

func incomingCard(number, phone string) cards.Incoming {
	return cards.Incoming{
		Card: cards.Card{
			Number: number, LastName: "Dupré", Phone: phone, Enrolment: cards.Registration{First: "2024-09-03", End: "2099-09-09"},
		},
		Given: cards.FieldsOf(cards.LastName, cards.Phone, cards.EnrolmentDates),
	}
}

// Law 6: a closed second stays closed.
func TestHarvestersBesideEightWritersMissNothing(t *testing.T) {
	t.Parallel()
	eachDatabase(t, func(t *testing.T, database string) {
		length := 6 * time.Second
		if proving() {
			length = 30 * time.Second
		}
		s := newSite(t, database)
		s.OAIPage = 37
		for i := range writerCount {
			s.library(writerCode(i))
		}
		s.library("repond")
		s.library("suivant")
		h := s.boot()
		w := &writers{store: &cardsStore{apply: h.store.Apply, library: h.store.Library}}
		loopers := []*looper{
			newLooper(newCaller(t, h.publicURL, "repond"), false),
			newLooper(newCaller(t, h.publicURL, "suivant"), true),
		}
		liveFor(t, length, w, loopers)
		t.Logf("%d cards written, %d and %d harvests", w.applied.Load(), loopers[0].rounds, loopers[1].rounds)
		checkLoopers(t, h, loopers)
	})
}

// leastRounds is how many harvests show something.
const leastRounds = 3

// liveFor lets writers and harvesters work side by side, for as long as asked for and until each harvester has come often
// enough, however busy the machine.
func liveFor(t *testing.T, length time.Duration, w *writers, loopers []*looper) {
	t.Helper()
	const patience = 3 * time.Minute
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	var group, often sync.WaitGroup
	often.Add(len(loopers))
	group.Go(func() {
		<-time.After(length)
		often.Wait()
		cancel()
	})
	for i := range writerCount {
		group.Go(func() {
			if err := w.write(ctx, i); err != nil {
				t.Error(err)
			}
		})
	}
	for _, l := range loopers {
		group.Go(func() {
			enough := sync.OnceFunc(often.Done)
			defer enough()
			for ctx.Err() == nil {
				if err := l.harvest(context.WithoutCancel(ctx)); err != nil {
					t.Error(err)
					return
				}
				if l.rounds >= leastRounds {
					enough()
				}
			}
		})
	}
	group.Wait()
}

func checkLoopers(t *testing.T, h *hub, loopers []*looper) {
	t.Helper()
	held := phonesHeld(t, h.foundation)
	for _, l := range loopers {
		// The last second may still be open for one that asks until now.
		eventually(t, 10*time.Second, l.code+" is no longer behind", func() bool {
			if err := l.harvest(t.Context()); err != nil {
				t.Fatal(err)
			}
			status, err := h.store.LibraryStatus(t.Context(), l.code)
			if err != nil {
				t.Fatal(err)
			}
			return status.Behind == 0
		})
		const shown = 5
		for i, broken := range l.broken {
			if i == shown {
				t.Errorf("%s: … and %d more", l.code, len(l.broken)-shown)
				break
			}
			t.Errorf("%s: %s", l.code, broken)
		}
		missed, stale := 0, 0
		for number, phone := range held {
			switch got, has := l.held[number]; {
			case !has:
				missed++
			case got != phone:
				stale++
			}
		}
		if missed+stale > 0 || len(l.held) != len(held) {
			t.Errorf("%s holds %d cards of %d: %d were missed, %d are not the last version", l.code, len(l.held), len(held), missed, stale)
		}
		if l.rounds < leastRounds {
			t.Errorf("%s made %d harvests only: they show nothing", l.code, l.rounds)
		}
	}
}
