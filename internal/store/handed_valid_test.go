package store_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/carte-reseau/hub/internal/cards"
	"github.com/carte-reseau/hub/internal/store"
	"github.com/carte-reseau/hub/internal/store/storetest"
)

// endingCard is a network whose card A1 is sent with an end some days after its first day.
type endingCard struct {
	t              *testing.T
	s              *store.Store
	mours, l       *cards.Library
	first          time.Time
	stamps         map[int64]int64
	wait           func(time.Duration)
	newcomers, day int
}

func (n *endingCard) send(l *cards.Library, phone string, end int, change ...func(*cards.Card)) cards.Outcome {
	n.t.Helper()
	in := withPhone(storetest.Card("A1", change...), phone)
	in.Enrolment.Renewed, in.Enrolment.End = "", n.first.AddDate(0, 0, end).Format(time.DateOnly)
	n.wait(time.Hour)
	out, err := n.s.Apply(ctx, cards.Batch{Library: l, Door: cards.DoorPost, Moment: cards.Moment{Arrived: timeOf(n.t, n.s)}, Items: itemsOf(in)})
	must(n.t, err)
	return out[0]
}

// reach hands both libraries all there is on a day, and a new card with it.
func (n *endingCard) reach(day int) {
	n.t.Helper()
	n.wait(time.Duration(day-n.day) * 24 * time.Hour)
	n.day, n.newcomers = day, n.newcomers+1
	storetest.Send(n.t, n.s, n.mours, storetest.Card(fmt.Sprint("B", n.newcomers)))
	settle(n.t, n.s)
	_, n.stamps[n.mours.ID] = fetch(n.t, n.s, n.mours, n.stamps[n.mours.ID]+1)
	if !n.l.Pushed() {
		_, n.stamps[n.l.ID] = fetch(n.t, n.s, n.l, n.stamps[n.l.ID]+1)
		return
	}
	work, err := n.s.PushWork(ctx, cards.PushQuery{LibraryID: n.l.ID, Place: time.UTC, Limit: 9})
	must(n.t, err)
	must(n.t, n.s.SettlePush(ctx, n.l.ID, work.Feed[len(work.Feed)-1].Seq, work.Feed, nil))
}

func (n *endingCard) wantLost(want ...string) {
	n.t.Helper()
	notes, err := n.s.Disputes(ctx, cards.DisputeQuery{Limit: 9})
	must(n.t, err)
	var lost []string
	for _, note := range notes {
		lost = append(lost, note.Lost.Value.Phone)
	}
	if fmt.Sprint(lost) != fmt.Sprint(want) {
		n.t.Errorf("noted as lost: %v, want %v", lost, want)
	}
}

// A card that came while it was valid may have ended when its library is reached at last: it is in no list then and in no
// push, though the mark passes it.
func TestWhatHadEndedWhenAMarkPassedItWasNotHanded(t *testing.T) {
	const older, newer, typed = "04 00 00 00 01", "04 00 00 00 02", "04 00 00 00 03"
	another := func(c *cards.Card) { c.LastName, c.FirstName, c.BirthDate = "Lopez", "Inès", "2001-01-01" }
	for how, play := range map[string]func(n *endingCard){
		"it replaced what it did not know": func(n *endingCard) {
			n.send(n.l, older, 5)
			n.reach(1)
			n.send(n.mours, newer, 5)
			n.reach(10)
			n.send(n.l, typed, 400)
			n.wantLost(newer)
		},
		"it says what it was handed before": func(n *endingCard) {
			n.send(n.mours, older, 5)
			n.reach(1)
			n.send(n.mours, newer, 5)
			n.reach(10)
			n.send(n.l, older, 5)
			n.wantLost()
		},
		"it says what it was handed last": func(n *endingCard) {
			n.send(n.mours, older, 5)
			n.reach(1)
			n.send(n.mours, newer, 5)
			n.reach(2)
			n.send(n.mours, typed, 5)
			n.reach(10)
			n.send(n.l, newer, 5)
			n.wantLost()
		},
		"it was handed it in time": func(n *endingCard) {
			n.send(n.mours, newer, 5)
			n.reach(1)
			n.reach(10)
			n.send(n.l, typed, 400)
			n.wantLost()
		},
		"an end moved forward is pushed": func(n *endingCard) {
			n.send(n.mours, older, 400)
			n.reach(1)
			n.send(n.mours, newer, -1)
			n.reach(10)
			n.send(n.l, typed, 400)
			if n.l.Pushed() {
				n.wantLost()
			} else {
				n.wantLost(newer)
			}
		},
		"it meets a card it never had": func(n *endingCard) {
			n.send(n.mours, newer, 5)
			n.reach(10)
			if out := n.send(n.l, typed, 400, another); out.Result != cards.Rejected {
				n.t.Errorf("one number is given to two people: %+v", out)
			}
		},
	} {
		for door, change := range map[string]func(*cards.Library){"fetches": func(*cards.Library) {}, "is pushed to": withPush} {
			t.Run(how+"/"+door, func(t *testing.T) {
				later(t, func(t *testing.T, s *store.Store, wait func(time.Duration)) {
					play(&endingCard{
						t: t, s: s, mours: storetest.Library(t, s, "mours"), l: storetest.Library(t, s, "monnaie", change),
						first: timeOf(t, s), stamps: map[int64]int64{}, wait: wait,
					})
				})
			})
		}
	}
}
