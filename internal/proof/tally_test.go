package proof_test

import "fmt"

// tally is counted over all runs of a test.
type tally struct {
	runs, edits, keptOut, conflicts, doubts, behind, rewritten, late, unsent, lostEnds int
	rounds                                                                             [10]int
}

func (a *tally) add(b tally) {
	a.runs += b.runs
	a.edits += b.edits
	a.keptOut += b.keptOut
	a.conflicts += b.conflicts
	a.doubts += b.doubts
	a.behind += b.behind
	a.rewritten += b.rewritten
	a.late += b.late
	a.unsent += b.unsent
	a.lostEnds += b.lostEnds
	for i := range a.rounds {
		a.rounds[i] += b.rounds[i]
	}
}

// String tells the shares the issue asks for.
func (a tally) String() string {
	of := func(n int) string { return fmt.Sprintf("%d (%.2f %%)", n, 100*float64(n)/float64(max(a.edits, 1))) }
	return fmt.Sprintf("%d networks, %d edits that reached the hub: %s kept out with a note; %d conflicts and %d doubts noted in all; "+
		"overwritten without one by a library that receives before it sends, or knew the value from before: %s; by a rewriting nobody declared: %s. "+
		"Out of date when they came: %d; replaced at home before they were sent: %d. Ends on a page that was lost until they were over: %d. "+
		"Rounds until nothing moved: %v",
		a.runs, a.edits, of(a.keptOut), a.conflicts, a.doubts, of(a.behind), of(a.rewritten), a.late, a.unsent, a.lostEnds, a.rounds[1:])
}
