package cards_test

import (
	"strings"
	"testing"

	"github.com/carte-reseau/hub/internal/cards"
)

// What is asked for now must be what the library's settings have done at all.
func TestWorkIsRefusedThatTheSettingsGiveNoReasonFor(t *testing.T) {
	t.Parallel()
	both := cards.Library{Code: "mours", OAIURL: "https://a.example.org/oai", PushURL: "https://a.example.org/cartes"}
	neither, paused, preparing := cards.Library{Code: "mours"}, both, both
	paused.Paused, preparing.Preparing = true, true
	for _, c := range []struct {
		why     string
		library cards.Library
		kind    cards.JobKind
		refused string // a piece of the reason; empty: not refused
	}{
		{"both", both, cards.JobHarvest, ""},
		{"both", both, cards.JobPush, ""},
		{"neither", neither, cards.JobHarvest, "n’est pas moissonnée"},
		{"neither", neither, cards.JobPush, "ne lui livre rien"},
		{"paused", paused, cards.JobHarvest, "suspendus"},
		{"paused", paused, cards.JobPush, "suspendus"},
		{"in preparation", preparing, cards.JobHarvest, ""}, // it gives its cards
		{"in preparation", preparing, cards.JobPush, "avant son ouverture"},
	} {
		err := c.library.MayRunNow(c.kind)
		if (err == nil) != (c.refused == "") || err != nil && (cards.CodeOf(err) != cards.Conflict || !strings.Contains(err.Error(), c.refused)) {
			t.Errorf("%s, %s: %v", c.why, c.kind, err)
		}
	}
}
