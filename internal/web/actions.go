package web

import (
	"maps"
	"slices"
)

// named notes an action the pages record, so that it can be looked for.
func (d *Door) named(action string) { d.actions[action] = true }

// recorded lists all actions of the audit log: those of the pages, and of other doors.
func (d *Door) recorded() []string {
	all := maps.Clone(d.actions)
	for _, action := range otherActions {
		all[action] = true
	}
	return slices.Sorted(maps.Keys(all))
}

// otherActions are recorded without an address of their own here, or by the JSON interface and the command line. One that
// is missing is shown all the same, by its name.
var otherActions = []string{
	"sign-in", "export-audit", "get-card", "look-up-card", "search-cards", "list-erasures", "get-erasure",
	"list-conflicts", "get-conflict", "search-conflicts", "list-duplicates", "list-refused-cards", "list-refusals", "view-deposit", "get-deposit-document", "get-deposit-report",
	"clear-attention", "get-mail",
}
