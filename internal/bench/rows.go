package main

import (
	"context"
	"fmt"
)

// target is what a ratio has to reach.
type target struct {
	Bound  float64 `json:"bound"`
	AtMost bool    `json:"at_most"` // else at least
}

func atLeast(bound float64) target { return target{Bound: bound} }
func atMost(bound float64) target  { return target{Bound: bound, AtMost: true} }

func (t target) reached(ratio float64) bool {
	if t.AtMost {
		return ratio <= t.Bound
	}
	return ratio >= t.Bound
}

func (t target) String() string {
	if t.AtMost {
		return fmt.Sprintf("≤ %g", t.Bound)
	}
	return fmt.Sprintf("≥ %g", t.Bound)
}

// row is one line of the table. A ratio is of rates where it has to be at least something, else of times or sizes.
type row struct {
	name    string
	what    string
	against string
	unit    string
	target  target
	measure func(ctx context.Context, s *site) (finding, error)
}

// finding is what a row's measuring came to.
type finding struct {
	rounds
	// missed are conditions beside the ratio that do not hold.
	missed []string
	// notes are worth knowing and nothing has to come of them.
	notes []string
}

// rows are in the order they are measured: those that read a network come before those that people it.
var rows = []row{
	{
		name: "list", what: "ListRecords, pages of 1,000, one client", against: "one stream of the same column",
		unit: unitRate, target: atLeast(0.5), measure: measureList,
	},
	{
		name: "list-100", what: "ListRecords, pages of 100", against: "pages of 1,000",
		unit: unitRate, target: atLeast(0.7), measure: measureSmallPages,
	},
	{
		name: "list-gzip", what: "ListRecords, gzip", against: "without",
		unit: unitRate, target: atLeast(0.5), measure: measureGzip,
	},
	{
		name: "push", what: "push to one library that answers at once", against: "ListRecords of the same",
		unit: unitRate, target: atLeast(0.4), measure: measurePush,
	},
	{
		name: "post", what: "POST of new cards in one document", against: "the same rows copied to staging tables, INSERT ... SELECT",
		unit: unitRate, target: atLeast(0.5), measure: measurePost,
	},
	{
		name: "post-again", what: "the same document once more", against: "the first time",
		unit: unitTime, target: atMost(0.5), measure: measurePostAgain,
	},
	{
		name: "post-memory", what: "peak memory, POST of a huge document", against: "of one a hundredth of it",
		unit: unitSize, target: atMost(2), measure: measureMemory,
	},
	{
		name: "harvest", what: "harvest from another hub", against: "POST of the same cards",
		unit: unitRate, target: atLeast(0.8), measure: measureHarvest,
	},
	{
		name: "post-eight", what: "8 libraries posting at once", against: "one posting",
		unit: unitRate, target: atLeast(1.5), measure: measureEight,
	},
	{
		name: "change-200", what: "one change, until the last of 200 libraries has it", against: "200 bare POSTs",
		unit: unitTime, target: atMost(3), measure: measureNetwork,
	},
	{
		name: "change-one", what: "one POSTed card, until it is out at an idle library", against: "one bare POST and one commit",
		unit: unitTime, target: atMost(5), measure: measureOneCard,
	},
	{
		name: "costs", what: "room cards take in the database, with their history and indexes", against: "their XML",
		unit: unitSize, target: atMost(8), measure: measureCosts,
	},
	{
		name: "list-tenths", what: "the last tenth of the pages of a huge list", against: "the first tenth",
		unit: unitTime, target: atMost(1.1), measure: measureTenths,
	},
	{
		name: "list-changed", what: "harvest of 100 changed cards of a huge network", against: "of a small one",
		unit: unitTime, target: atMost(1.5), measure: measureIncremental,
	},
	{
		name: "pages", what: "the slowest page of the staff, huge network, 200 libraries", against: "the same page of one with twenty cards",
		unit: unitTime, target: atMost(10), measure: measurePages,
	},
	{
		name: "start", what: "start of hub serve, huge network, 200 libraries", against: "empty",
		unit: unitTime, target: atMost(2), measure: measureStart,
	},
	{
		name: "idle", what: "huge network, 200 libraries, nothing to do: processor time", against: "the time that passed",
		unit: unitTime, target: atMost(idleShare), measure: measureIdle,
	},
}

// Units of the figures.
const (
	unitRate = "cards/s"
	unitTime = "s"
	unitSize = "MiB"
)
