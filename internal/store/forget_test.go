package store_test

import (
	"fmt"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/carte-reseau/hub/internal/cards"
	"github.com/carte-reseau/hub/internal/store"
	"github.com/carte-reseau/hub/internal/store/storetest"
)

// keeping is a network that keeps its cards for two years after their end.
type keeping struct {
	t     *testing.T
	s     *store.Store
	mours *cards.Library
	ahead atomic.Int64
}

func eachKeeping(t *testing.T, months int, test func(n *keeping)) {
	t.Helper()
	for name, database := range map[string]func(testing.TB) string{"sqlite": storetest.SQLiteDatabase, "postgres": storetest.PostgresDatabase} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			n := &keeping{t: t}
			var err error
			n.s, err = store.Open(ctx, store.Options{
				Database: database(t), Secret: storetest.Secret, PasswordCost: storetest.Cheap, KeepMonths: months,
				Ahead: func() time.Duration { return time.Duration(n.ahead.Load()) },
			})
			if err != nil {
				t.Fatal(err)
			}
			t.Cleanup(func() { _ = n.s.Close() })
			n.mours = storetest.Library(t, n.s, "mours")
			test(n)
		})
	}
}

const twoYears = 24

var byHub = cards.AuditEntry{Actor: cards.AuditHub, Door: cards.AuditHub}

func (n *keeping) now() time.Time { return time.Now().Add(time.Duration(n.ahead.Load())) }

// end is a day so many months and days from now.
func (n *keeping) end(months, days int) string {
	return n.now().UTC().AddDate(0, months, days).Format(time.DateOnly)
}

func (n *keeping) pass(d time.Duration) { n.ahead.Add(int64(d)) }

const quiet = 91 * 24 * time.Hour

// ending makes a card that ends on a day.
func ending(number, end string, change ...func(*cards.Card)) cards.Incoming {
	return enrolled(number, "2010-01-05", "", end, change...)
}

func (n *keeping) send(l *cards.Library, incoming ...cards.Incoming) []cards.Outcome {
	n.t.Helper()
	out, err := n.s.Apply(ctx, cards.Batch{Library: l, Door: cards.DoorPost, Moment: cards.Moment{Arrived: n.now()}, Items: itemsOf(incoming...)})
	if err != nil {
		n.t.Fatal(err)
	}
	return out
}

// wantForgotten forgets what is to be forgotten, and looks at what is left.
func (n *keeping) wantForgotten(count int, left ...string) {
	n.t.Helper()
	foreseen, err := n.s.Forgettable(ctx)
	if err != nil || foreseen != int64(count) {
		n.t.Errorf("%d are to be forgotten, %v; want %d", foreseen, err, count)
	}
	forgotten, err := n.s.Forget(ctx, byHub)
	if err != nil || forgotten != count {
		n.t.Errorf("forgot %d, %v; want %d", forgotten, err, count)
	}
	n.wantLeft(left...)
}

func (n *keeping) wantLeft(left ...string) {
	n.t.Helper()
	var numbers []string
	if err := n.s.Read(ctx, &numbers, "SELECT number FROM cards ORDER BY number"); err != nil || fmt.Sprint(numbers) != fmt.Sprint(left) {
		n.t.Errorf("left are %v, %v; want %v", numbers, err, left)
	}
}

func TestACardIsForgottenSomeTimeAfterItsEnd(t *testing.T) {
	eachKeeping(t, twoYears, func(n *keeping) {
		n.send(n.mours, ending("A1", n.end(-24, 80)), ending("A2", n.end(-24, 100)), ending("A3", n.end(12, 0)))
		n.wantForgotten(0, "A1", "A2", "A3")
		n.pass(quiet)
		n.wantForgotten(1, "A2", "A3")
		n.pass(30 * 24 * time.Hour)
		n.wantForgotten(1, "A3")
		log, err := n.s.Audit(ctx, cards.AuditQuery{Action: "forget-cards", Limit: 9})
		if err != nil || len(log) != 2 || log[0].Actor != cards.AuditHub || log[0].Detail != "cartes : 1" {
			n.t.Errorf("%+v, %v", log, err)
		}
	})
}

// Whoever corrects a card whose time has run out, or has the end wrong, finds it
// for a while.
func TestACardJustChangedIsNotForgotten(t *testing.T) {
	eachKeeping(t, twoYears, func(n *keeping) {
		n.send(n.mours, ending("A1", n.end(6, 0)))
		n.send(n.mours, ending("A1", n.end(-30, 0)))
		n.wantForgotten(0, "A1")
		n.pass(quiet)
		n.wantForgotten(1)
	})
}

func TestNothingIsForgottenUnlessTheNetworkSaysSo(t *testing.T) {
	eachKeeping(t, 0, func(n *keeping) {
		out := n.send(n.mours, ending("A1", "2011-01-01"))
		n.pass(quiet)
		n.wantForgotten(0, "A1")
		if out[0].Result != cards.Created {
			t.Errorf("%+v", out)
		}
	})
}

// A library that exports its whole base every night brings a forgotten card
// every night; its reader may come back.
func TestAForgottenCardComesBackOnlyWithItsReader(t *testing.T) {
	eachKeeping(t, twoYears, func(n *keeping) {
		old := ending("A1", n.end(-24, 10))
		if out := n.send(n.mours, old); out[0].Result != cards.Created {
			n.t.Fatalf("%+v", out)
		}
		n.pass(quiet)
		n.wantForgotten(1)
		seq, err := n.s.Seq(ctx)
		if err != nil {
			n.t.Fatal(err)
		}
		out := n.send(n.mours, old, ending("A2", n.end(-24, 1)))
		if out[0].Result != cards.Stale || out[0].Number != "A1" || out[0].NewNumber != "" || len(out[0].Faults) > 0 || out[1].Result != cards.Created {
			n.t.Errorf("%+v", out)
		}
		if out := n.send(n.mours, old); out[0].Result != cards.Stale {
			n.t.Errorf("%+v", out)
		}
		if after, err := n.s.Seq(ctx); err != nil || after != seq+1 {
			n.t.Errorf("from %d to %d, %v", seq, after, err)
		}
		n.wantLeft("A2")
		if out := n.send(n.mours, ending("A1", n.end(12, 0))); out[0].Result != cards.Created {
			n.t.Errorf("%+v", out)
		}
		n.wantLeft("A1", "A2")
	})
}

// A new card that replaces one that ended long ago, and is known, is that one.
func TestAnEndedCardIsKnownUntilItIsForgotten(t *testing.T) {
	eachKeeping(t, twoYears, func(n *keeping) {
		n.send(n.mours, ending("A1", n.end(-24, 10)))
		n.pass(quiet)
		renumbered := ending("B1", n.end(-25, 0), func(c *cards.Card) { c.Former = []string{"A1"} })
		renumbered.Given = renumbered.Given.With(cards.FormerNumbers)
		if out := n.send(n.mours, renumbered); out[0].Result != cards.Modified {
			n.t.Errorf("%+v", out)
		}
		n.wantLeft("B1")
		n.pass(quiet)
		n.wantForgotten(1)
		if out := n.send(n.mours, renumbered); out[0].Result != cards.Stale {
			n.t.Errorf("%+v", out)
		}
		n.wantLeft()
	})
}

// A later end has been published: a library that is pushed to goes on lending
// until it hears of the earlier one.
func TestACardIsKeptUntilPushedLibrariesKnowItsEnd(t *testing.T) {
	eachKeeping(t, twoYears, func(n *keeping) {
		monnaie := storetest.Library(n.t, n.s, "monnaie", withPush)
		n.send(n.mours, ending("A1", n.end(12, 0)), ending("A2", n.end(12, 0)))
		n.send(n.mours, ending("A1", n.end(-25, 0)), ending("A2", n.end(-25, 0)))
		n.pass(quiet)
		n.wantForgotten(0, "A1", "A2")
		feed, err := n.s.PushFeed(ctx, cards.FeedRange{LibraryID: monnaie.ID, Day: n.end(0, 0), Limit: 9})
		if err != nil || len(feed) != 2 {
			n.t.Fatalf("%d cards, %v", len(feed), err)
		}
		refused := []cards.Refusal{{CardID: feed[1].CardID, Reason: cards.Quote("non")}}
		if err := n.s.SettlePush(ctx, monnaie.ID, feed[1].Seq, nil, refused); err != nil {
			n.t.Fatal(err)
		}
		n.wantForgotten(1, "A2")
		n.pass(time.Hour)
		waiting, err := n.s.HandAgainDue(ctx, monnaie.ID, n.end(0, 0), 9)
		if err != nil || len(waiting) != 1 {
			n.t.Fatalf("%d cards, %v", len(waiting), err)
		}
		if err := n.s.SettlePush(ctx, monnaie.ID, 0, []cards.FeedItem{waiting[0].FeedItem}, nil); err != nil {
			n.t.Fatal(err)
		}
		n.wantForgotten(1)
	})
}

// What an erasure leaves nowhere, what is forgotten leaves nowhere either, but in
// what has a keeping time of its own.
func TestAForgottenCardLeavesNoTrace(t *testing.T) {
	eachKeeping(t, twoYears, func(n *keeping) {
		peyrins := storetest.Library(n.t, n.s, "peyrins")
		end := n.end(-24, 10)
		old := goneCard(goneFormer, func(c *cards.Card) { c.Enrolment = cards.Registration{First: "2010-01-05", End: end} })
		renewed := goneCard(goneNumber, func(c *cards.Card) {
			c.Enrolment, c.Former = cards.Registration{First: "2010-01-05", End: end}, []string{goneFormer}
		})
		renewed.Given = renewed.Given.With(cards.FormerNumbers)
		n.harvested(old, "oai:mours:"+goneFormer)
		n.send(n.mours, renewed)
		n.send(peyrins, goneCard(goneNumber, func(c *cards.Card) {
			c.Enrolment, c.LastName = cards.Registration{First: "2010-01-05", End: end}, "Zwiebelmann-Ott"
		}))
		for _, library := range []*cards.Library{n.mours, peyrins} { // a record of another server's may be called the same
			if err := n.s.RecordDeleted(ctx, library.ID, "oai:mours:"+goneFormer, "2026-01-01", 1); err != nil {
				n.t.Fatal(err)
			}
		}
		countStatistics(n.t, n.s)
		if _, err := n.s.FindLikenesses(ctx); err != nil {
			n.t.Fatal(err)
		}
		before := n.statistics()
		n.pass(quiet)
		n.wantForgotten(1)
		if err := n.s.Exec(ctx, "DELETE FROM deleted_headers WHERE library_id = "+fmt.Sprint(peyrins.ID)); err != nil {
			n.t.Fatal(err)
		}
		wantNoTrace(n.t, dump(n.t, n.s))
		countStatistics(n.t, n.s)
		if after := n.statistics(); after != before || !strings.Contains(before, "Enrolled:1") {
			n.t.Errorf("counted %s, and then %s", before, after)
		}
	})
}

func (n *keeping) harvested(in cards.Incoming, identifier string) {
	n.t.Helper()
	items := itemsOf(in)
	items[0].Provenance = &cards.Provenance{BaseURL: "http://mours.example.org/oai", Identifier: identifier, Datestamp: "2026-01-01"}
	_, err := n.s.Apply(ctx, cards.Batch{Library: n.mours, Door: cards.DoorHarvest, Moment: cards.Moment{Arrived: n.now()}, Items: items})
	if err != nil {
		n.t.Fatal(err)
	}
}

// statistics are the years' totals.
func (n *keeping) statistics() string {
	var sum cards.Figures
	for _, row := range monthly(n.t, n.s, cards.ByTown, "2010-01", "2026-12").Rows {
		for _, month := range row.Figures {
			sum = sum.Plus(month)
		}
	}
	return fmt.Sprintf("%+v", sum)
}

// More than one portion, while they are renewed: a renewal that was accepted
// stands, whatever goes.
func TestRenewalsAreNotForgotten(t *testing.T) {
	const count = 1_100
	eachKeeping(t, twoYears, func(n *keeping) {
		old, renewed := n.end(-24, 10), n.end(12, 0)
		var first []cards.Incoming
		for i := range count {
			first = append(first, ending(fmt.Sprintf("A%03d", i), old))
		}
		n.send(n.mours, first...)
		n.pass(quiet)
		var wanted []string
		var renewing sync.WaitGroup
		for w := range 2 {
			var numbers []string
			for i := w * 20; i < count; i += 40 {
				numbers = append(numbers, fmt.Sprintf("A%03d", i))
			}
			wanted = append(wanted, numbers...)
			renewing.Go(func() {
				for _, number := range numbers {
					b := cards.Batch{Library: n.mours, Door: cards.DoorPost, Moment: cards.Moment{Arrived: n.now()}, Items: itemsOf(ending(number, renewed))}
					if _, err := n.s.Apply(ctx, b); err != nil {
						n.t.Error(err)
					}
				}
			})
		}
		if _, err := n.s.Forget(ctx, byHub); err != nil {
			n.t.Error(err)
		}
		renewing.Wait()
		var ends []string
		if err := n.s.Read(ctx, &ends, "SELECT ends FROM cards WHERE ends = '"+renewed+"'"); err != nil || len(ends) != len(wanted) {
			n.t.Errorf("%d renewals stand, %v; want %d", len(ends), err, len(wanted))
		}
		if _, err := n.s.Forget(ctx, byHub); err != nil {
			n.t.Error(err)
		}
		var left int
		if err := n.s.Read(ctx, &left, "SELECT count(*) FROM cards"); err != nil || left != len(wanted) {
			n.t.Errorf("%d cards are left, %v; want %d", left, err, len(wanted))
		}
	})
}
