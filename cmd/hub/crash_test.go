package main

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/carte-reseau/hub/internal/store/storetest"
)

// A hub that dies at any point of any flow, and is started again, leaves
// behind what one leaves that never died. The points are not written down
// here: a flow is played until one comes to its end with nothing left to die
// at. What kinds of points it has is, or one that is lost would not be missed.
func TestADeathAtAnyPointChangesNothing(t *testing.T) {
	storetest.WithoutRace(t)
	t.Parallel()
	databases := map[string]func(testing.TB) string{"sqlite": storetest.SQLiteDatabase}
	played := slices.Concat(flows, decidedFlows)
	if proving() {
		databases["postgres"], played = storetest.PostgresDatabase, append(played, longFlows...)
	}
	for kind, database := range databases {
		for _, f := range played {
			t.Run(f.name+", "+kind, func(t *testing.T) {
				t.Parallel()
				f.everyPoint(t, database)
			})
		}
	}
}

func (f flow) everyPoint(t *testing.T, database func(testing.TB) string) {
	began := time.Now()
	var want outcome
	t.Run("no death", func(t *testing.T) { want, _ = f.play(t, database(t), death{}) })
	var met []string // the points died at
	dies := func(name string, at death) (fired bool) {
		t.Run(name, func(t *testing.T) {
			got, wire := f.play(t, database(t), at)
			if fired = wire.fired(); fired {
				met = append(met, last(wire.points()))
			}
			want.compare(t, got, wire)
		})
		return fired
	}
	for more := true; more && !t.Failed(); {
		point := len(met) + 1
		more = dies(fmt.Sprintf("death %d", point), death{count: point})
	}
	// Where things happen at once, the order of the points differs from play to
	// play, and those of a kind may all have been passed over.
	for _, kind := range f.kinds {
		known := slices.ContainsFunc(met, func(point string) bool { return strings.HasPrefix(point, kind) })
		if !known && !t.Failed() && !dies("death at "+kind, death{kind, 1}) {
			t.Errorf("the flow passes no point that begins with %q any more", kind)
		}
	}
	t.Logf("%d deaths in %s", len(met), time.Since(began).Round(time.Millisecond))
}

func last(points []string) string { return points[len(points)-1] }

// play plays the flow to its end.
func (f flow) play(t *testing.T, database string, at death) (outcome, *tripwire) {
	t.Helper()
	s := newStage(t, database)
	steps := f.begin(s)
	s.wire.arm(at)
	if s.hub == nil {
		s.born()
	}
	const most = 8
	for round := 1; ; round++ {
		for _, do := range steps {
			if do(s); s.wire.isDead() {
				break
			}
		}
		if s.wire.isDead() {
			s.bornAgain()
			continue
		}
		unrest := s.unrest(t)
		if unrest == "" {
			break
		}
		if round == most {
			t.Fatalf("not at rest after %d rounds: %s\n%s", most, unrest, f.story(s.wire))
		}
		s.goBy()
	}
	s.sweep()
	s.agree(t)
	return s.leaves(t), s.wire
}

// story tells how far the flow had come.
func (flow) story(w *tripwire) string {
	points := w.points()
	const shown = 12
	return "passed: …" + strings.Join(points[max(0, len(points)-shown):], ", ")
}

// compare wants what the hub without a death left. A letter comes twice where
// the hub died before it could note that the first had arrived, and only there.
func (o outcome) compare(t *testing.T, got outcome, wire *tripwire) {
	t.Helper()
	if !slices.Equal(o.state, got.state) {
		t.Errorf("died at %s\n%s", flow{}.story(wire), difference(o.state, got.state))
	}
	want := slices.Sorted(slices.Values(slices.Concat(o.letters, got.unnoted)))
	if !slices.Equal(want, got.letters) {
		t.Errorf("died at %s\nletters %q, want %q, those of %q for the second time", flow{}.story(wire), got.letters, want, got.unnoted)
	}
}

// difference lists what one holds and the other does not, or how it is ordered.
func difference(want, got []string) string {
	var b strings.Builder
	for _, line := range want {
		if !slices.Contains(got, line) {
			fmt.Fprintf(&b, "- %s\n", line)
		}
	}
	for _, line := range got {
		if !slices.Contains(want, line) {
			fmt.Fprintf(&b, "+ %s\n", line)
		}
	}
	if b.Len() == 0 {
		return "the same in another order:\n" + strings.Join(got, "\n")
	}
	return b.String()
}
