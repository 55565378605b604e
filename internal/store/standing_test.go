package store_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/carte-reseau/hub/internal/cards"
	"github.com/carte-reseau/hub/internal/store"
	"github.com/carte-reseau/hub/internal/store/storetest"
	"pgregory.net/rapid"
)

func standingOf(t interface {
	Helper()
	Fatal(...any)
}, s *store.Store, number, library string) cards.Standing {
	t.Helper()
	list, err := s.Standing(ctx, number)
	if err != nil {
		t.Fatal(err)
	}
	for _, standing := range list {
		if standing.Library == library {
			return standing
		}
	}
	t.Fatal("no standing of " + library)
	return cards.Standing{}
}

func wantStanding(t *testing.T, got cards.Standing, state cards.StandingState, why string) {
	t.Helper()
	if got.State != state || (why == "") != (got.Why == "") || !strings.Contains(got.Why, why) {
		t.Errorf("%s is %s (%s), want %s (%s)", got.Library, got.State, got.Why, state, why)
	}
}

// One card on its way through a network: who made it, who fetched it, who was
// sent it, who was not, and why.
func TestStandingSaysSinceWhenAndWhyNot(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		mours, peyrins := storetest.Library(t, s, "mours"), storetest.Library(t, s, "peyrins")
		monnaie := storetest.Library(t, s, "monnaie", withPush)
		storetest.Send(t, s, mours, storetest.Card("A1"))
		wantStanding(t, standingOf(t, s, "a1", "mours"), cards.StandsCurrent, "")
		wantStanding(t, standingOf(t, s, "A1", "peyrins"), cards.StandsOwed, "jamais")
		wantStanding(t, standingOf(t, s, "A1", "monnaie"), cards.StandsOwed, "prochain envoi")
		settle(t, s)
		before := time.Now().Add(-time.Minute)
		_, stamp := fetch(t, s, peyrins, 0)
		got := standingOf(t, s, "A1", "peyrins")
		wantStanding(t, got, cards.StandsCurrent, "")
		if got.Since.Before(before) || got.Has.Seq != 1 || got.Confirmed {
			t.Errorf("fetched: %+v", got)
		}
		if err := s.ConfirmPull(ctx, peyrins.ID, cards.Confirmation{}); err != nil {
			t.Fatal(err)
		}
		if got := standingOf(t, s, "A1", "peyrins"); !got.Confirmed {
			t.Errorf("confirmed: %+v", got)
		}
		storetest.Send(t, s, mours, storetest.Card("A1", func(c *cards.Card) { c.Phone = "04 75 11 11 11" }))
		got = standingOf(t, s, "A1", "peyrins")
		wantStanding(t, got, cards.StandsOwed, "moissonnage depuis le")
		if got.Has.Seq != 1 {
			t.Errorf("it has version %+v, want the first", got.Has)
		}
		refuse(t, s, monnaie, "code postal inconnu")
		got = standingOf(t, s, "A1", "monnaie")
		wantStanding(t, got, cards.StandsRefused, "refusée une fois : « code postal inconnu »")
		if got.Attempts != 1 || !got.Next.After(time.Now()) || got.Has.Seq != 0 {
			t.Errorf("refused: %+v", got)
		}
		if err := s.PauseLibrary(ctx, monnaie.ID, cards.Quote("déménagement")); err != nil {
			t.Fatal(err)
		}
		wantStanding(t, standingOf(t, s, "A1", "monnaie"), cards.StandsRefused, "déménagement")
		settle(t, s)
		closed, err := s.CloseSecond(ctx)
		if err == nil {
			err = s.BeginList(ctx, cards.List{LibraryID: peyrins.ID, From: stamp + 1, Until: closed, UpperSeq: got.Has.Seq + 9})
		}
		if err != nil {
			t.Fatal(err)
		}
		wantStanding(t, standingOf(t, s, "A1", "peyrins"), cards.StandsOwed, "en cours : commencée le")
		fetch(t, s, peyrins, stamp+1)
		wantStanding(t, standingOf(t, s, "A1", "peyrins"), cards.StandsCurrent, "")
		if _, err := s.Standing(ctx, "B9"); cards.CodeOf(err) != cards.NotFound {
			t.Errorf("unknown number: %v", err)
		}
	})
}

func refuse(t *testing.T, s *store.Store, l *cards.Library, reason string) {
	t.Helper()
	feed, err := s.PushFeed(ctx, cards.FeedRange{LibraryID: l.ID, Day: "2026-01-01", Limit: 9})
	if err != nil || len(feed) != 1 {
		t.Fatal(feed, err)
	}
	if err := s.SettlePush(ctx, l.ID, feed[0].Seq, nil, []cards.Refusal{{CardID: feed[0].CardID, Reason: cards.Quote(reason)}}); err != nil {
		t.Fatal(err)
	}
}

// A card its system took at the second attempt is there since then, not since
// the mark first passed it.
func TestStandingSinceTheAttemptThatSucceeded(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		mours, monnaie := storetest.Library(t, s, "mours"), storetest.Library(t, s, "monnaie", withPush)
		storetest.Send(t, s, mours, storetest.Card("A1"))
		refuse(t, s, monnaie, "non")
		if err := s.Exec(ctx, "UPDATE mark_moves SET moved = moved - 3600000000"); err != nil { // an hour goes by
			t.Fatal(err)
		}
		if err := s.Exec(ctx, "UPDATE hand_again SET due = 0"); err != nil {
			t.Fatal(err)
		}
		due, err := s.HandAgainDue(ctx, monnaie.ID, "2026-01-01", 9)
		if err != nil || len(due) != 1 {
			t.Fatal(due, err)
		}
		if err := s.SettlePush(ctx, monnaie.ID, 0, []cards.FeedItem{due[0].FeedItem}, nil); err != nil {
			t.Fatal(err)
		}
		got := standingOf(t, s, "A1", "monnaie")
		wantStanding(t, got, cards.StandsCurrent, "")
		if time.Since(got.Since) > 10*time.Minute || !got.Confirmed {
			t.Errorf("since %v, confirmed %v", got.Since, got.Confirmed)
		}
	})
}

// A card that had ended when the library came to fetch was in no set: it does
// not have it, though its mark passed it.
func TestStandingOfEndedCards(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		mours, peyrins := storetest.Library(t, s, "mours"), storetest.Library(t, s, "peyrins")
		ended := func(c *cards.Card) { c.Enrolment.Renewed, c.Enrolment.End = "", "2024-10-01" }
		storetest.Send(t, s, mours, storetest.Card("A1", ended), storetest.Card("A2"))
		settle(t, s)
		fetch(t, s, peyrins, 0)
		wantStanding(t, standingOf(t, s, "A1", "peyrins"), cards.StandsEnded, "01/10/2024")
		wantStanding(t, standingOf(t, s, "A1", "mours"), cards.StandsCurrent, "")
		// as time does: it was fetched while it was valid, and has ended since
		if err := s.Exec(ctx, "UPDATE cards SET ends = '2026-01-01' WHERE number = 'A2'"); err != nil {
			t.Fatal(err)
		}
		if err := s.Exec(ctx, "UPDATE mark_moves SET moved = ?", time.Date(2025, 6, 1, 12, 0, 0, 0, time.UTC).UnixMicro()); err != nil {
			t.Fatal(err)
		}
		wantStanding(t, standingOf(t, s, "A2", "peyrins"), cards.StandsCurrent, "")
		if err := s.Exec(ctx, "DELETE FROM mark_moves"); err != nil { // their keeping time has run out
			t.Fatal(err)
		}
		wantStanding(t, standingOf(t, s, "A2", "peyrins"), cards.StandsUnknown, "trop ancienne")
	})
}

// An end that a library sends in vain is told to that library. To one whose mark had passed the ended card nothing was pushed by
// it.
func TestAnEndSentInVainIsNoPush(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		mours, peyrins, monnaie := storetest.Library(t, s, "mours"), storetest.Library(t, s, "peyrins"), storetest.Library(t, s, "monnaie", withPush)
		storetest.Send(t, s, mours, storetest.Card("A1", early), storetest.Card("A2"))
		feed, err := s.PushFeed(ctx, cards.FeedRange{LibraryID: monnaie.ID, Day: today, Limit: 9})
		if err != nil || numbers(feed) != "[A2]" {
			t.Fatal(feed, err)
		}
		must(t, s.SettlePush(ctx, monnaie.ID, feed[0].Seq, feed, nil))
		storetest.Send(t, s, peyrins, storetest.Card("A1"))
		wantStanding(t, standingOf(t, s, "A1", "monnaie"), cards.StandsEnded, "01/10/2024")
	})
}

// Over random feeds and pushes: who is said to have the current version has it,
// since the moment it got it; and what libraries are owed, card by card, is
// what they are behind.
func TestStandingIsTrue(t *testing.T) {
	storetest.WithoutRace(t)
	t.Parallel()
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		rapid.Check(t, func(t *rapid.T) {
			n := newNetwork(t, s)
			seen := map[string]sight{}
			t.Repeat(map[string]func(*rapid.T){
				"edit": n.edit, "resend": n.resend, "tick": n.tick, "begin": n.begin, "page": n.page, "page on": n.page,
				"give up": n.giveUp, "skip": n.skip, "take a batch": n.takeBatch, "deliver": n.deliver,
				"look": func(t *rapid.T) { n.checkStandings(t, seen) },
			})
			n.checkStandings(t, seen)
			n.everyoneCatchesUp()
			n.checkStandings(t, seen)
		})
	})
}

// sight is what one look at a standing found, and when.
type sight struct {
	current bool
	version int64
	at      time.Time
}

func (n *network) checkStandings(t *rapid.T, seen map[string]sight) {
	now, err := n.s.Now(ctx)
	if err != nil {
		t.Fatal(err)
	}
	var rows []struct {
		Number string
		Seq    int64
		XML    []byte `gorm:"column:xml"`
	}
	if err := n.s.Read(ctx, &rows, "SELECT number, seq, xml FROM cards"); err != nil {
		t.Fatal(err)
	}
	owed := map[string]int64{}
	for _, row := range rows {
		list, err := n.s.Standing(ctx, row.Number)
		if err != nil {
			t.Fatal(err)
		}
		want := held{phone: between(string(row.XML), "<telephone>", "</telephone>"), end: between(string(row.XML), "<fin>", "</fin>")}
		for i, y := range n.systems {
			got := list[i]
			if got.State == cards.StandsOwed || got.State == cards.StandsRefused {
				owed[y.lib.Code]++
			}
			if got.State != cards.StandsCurrent != (got.Why != "") {
				t.Fatalf("%s of %s: %+v", y.lib.Code, row.Number, got)
			}
			key := fmt.Sprint(y.lib.Code, row.Number)
			last, current := seen[key], got.State == cards.StandsCurrent
			seen[key] = sight{current: current, version: row.Seq, at: now}
			if !current || y.missed {
				continue
			}
			if y.cards[row.Number] != want {
				t.Fatalf("%s is said to have %s, but holds %+v instead of %+v", y.lib.Code, row.Number, y.cards[row.Number], want)
			}
			handed := got.Since.Nanosecond() != 0 // its own sending counts from its datestamp
			if handed && (got.Since.After(now) || (!last.at.IsZero() && !last.current && got.Since.Before(last.at))) {
				t.Fatalf("%s has %s since %v, looked at %v and %v", y.lib.Code, row.Number, got.Since, last.at, now)
			}
		}
	}
	for _, y := range n.systems {
		status, err := n.s.LibraryStatus(ctx, y.lib.Code)
		if err != nil || status.Behind != owed[y.lib.Code] {
			t.Fatalf("%s is behind by %d, but owed %d cards, %v", y.lib.Code, status.Behind, owed[y.lib.Code], err)
		}
	}
}
