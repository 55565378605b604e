package main

import (
	"slices"
	"testing"
	"time"

	"github.com/carte-reseau/hub/internal/cards"
	"github.com/carte-reseau/hub/internal/store/storetest"
)

// netSite is a network with one library of its own, joined to another network.
type netSite struct {
	*site
	hub     *hub
	library *caller
	other   string // the network it is joined to
}

func newNetSite(t *testing.T, code, library string) *netSite {
	t.Helper()
	n := &netSite{site: newSite(t, storetest.SQLiteDatabase(t))}
	n.Code = code
	n.site.library(library)
	n.hub = n.boot()
	n.library = newCaller(t, n.hub.publicURL, library)
	return n
}

// TestTwoNetworksKeepEachOtherInStep joins two networks: each hub is a library of the other. What one network's library changes
// reaches the library of the other, whichever way cards go, and when both have everything nothing moves between them any more.
func TestTwoNetworksKeepEachOtherInStep(t *testing.T) {
	t.Parallel()
	for way, flags := range map[string]func(n, other *netSite) []string{
		"harvest": func(n, other *netSite) []string {
			return []string{"--oai-url=" + other.hub.publicURL + "/oai", "--oai-set=" + n.Code, "--oai-prefix=carte", "--harvest=@every 1s"}
		},
		"push": func(_, other *netSite) []string { return []string{"--push-url=" + other.hub.publicURL + "/cartes"} },
	} {
		t.Run(way, func(t *testing.T) {
			t.Parallel()
			drome, isere := newNetSite(t, "drome", "mours"), newNetSite(t, "isere", "peyrins")
			drome.join(t, isere, flags(drome, isere))
			isere.join(t, drome, flags(isere, drome))
			planned := func() bool { return drome.planned(t) && isere.planned(t) }
			eventually(t, time.Minute, "the hubs know of each other", planned)
			keepInStep(t, drome, isere)
			for _, n := range []*netSite{drome, isere} {
				const all = 4 // the card of each, and what was changed
				if versions := rowsOf(t, n.openDatabase(t), "SELECT card_id, seq, origin FROM versions ORDER BY seq"); len(versions) != all {
					t.Errorf("%s has the versions %q, want %d", n.Code, versions, all)
				}
			}
		})
	}
}

// join makes the other network a library of this one.
func (n *netSite) join(t *testing.T, other *netSite, flags []string) {
	t.Helper()
	n.other = other.Code
	n.site.library(other.Code, append(flags, "--ils-user="+n.Code, "--ils-password-file="+writeFile(t, "key", keyOf(n.Code)))...)
}

// planned reports whether the hub has taken its new library into its plan.
func (n *netSite) planned(t *testing.T) bool {
	t.Helper()
	return len(rowsOf(t, n.openDatabase(t), "SELECT kind FROM jobs WHERE library_id > 0")) > 0
}

// gives has the network's library send a card, and waits until both networks and both libraries have it.
func (n *netSite) gives(t *testing.T, card testCard, all ...*netSite) {
	t.Helper()
	n.library.mustPost(t, documentOf(n.library.code, card))
	const patience = time.Minute
	for _, to := range all {
		eventually(t, patience, to.Code+" has "+card.String(), func() bool { return phonesHeld(t, to.hub.foundation)[card.number] == card.phone })
		if to != n {
			eventually(t, patience, to.library.code+" fetches "+card.String(), func() bool { return to.library.handed(t)[card.number].Phone == card.phone })
		}
		eventually(t, patience, "the other network has all of "+to.Code, func() bool { return to.owesNothing(t) })
	}
}

// owesNothing reports whether the other network has been handed all it is owed.
func (n *netSite) owesNothing(t *testing.T) bool {
	t.Helper()
	list, err := n.hub.store.Status(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return !slices.ContainsFunc(list, func(l cards.LibraryStatus) bool { return l.Library.Code == n.other && (l.Behind > 0 || l.Again > 0) })
}

func keepInStep(t *testing.T, drome, isere *netSite) {
	t.Helper()
	drome.gives(t, testCard{number: "D1", phone: phoneOf(1)}, drome, isere)
	isere.gives(t, testCard{number: "I1", phone: phoneOf(2)}, isere, drome)
	isere.gives(t, testCard{number: "D1", phone: phoneOf(3)}, isere, drome)
	drome.gives(t, testCard{number: "D1", phone: phoneOf(4)}, drome, isere)
}
