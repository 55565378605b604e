package main

import (
	"fmt"
	"os"
	"reflect"
	"slices"
	"testing"
	"time"

	"github.com/carte-reseau/hub/internal/store/storetest"
)

// Harvesters made by others fetch a library's set from `hub serve`, and what
// they end up with is compared with the database: Debian's oai_pmh and
// catmandu, npm's oai-pmh. `make peers` installs them.

// peerAsked is read before the package's tests put HUB_* settings out of reach.
var peerAsked = os.Getenv("HUB_PEERS") == "1"

// peerWindow is a harvest's from and until, and which cards that stands for.
type peerWindow struct {
	name, from, until string
	within            func(stamp int64) bool
}

func TestPeersHarvest(t *testing.T) {
	if !peerAsked {
		t.Skip("harvesters made by others are tried with HUB_PEERS=1 (make peers installs them)")
	}
	databases := map[string]func(testing.TB) string{"sqlite": storetest.SQLiteDatabase, "postgres": storetest.PostgresDatabase}
	for name, database := range databases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			n := newPeerNetwork(t, database(t))
			if !t.Run("post", n.fill) {
				return
			}
			t.Run("pages of 500", func(t *testing.T) {
				at := n.serve(t, 500)
				n.compare(t, at, n.everything(), n.between(), n.since(), n.upTo())
				n.compare(t, at, n.outside()...)
				n.compareHeaders(t, at)
				n.compareSingle(t, at)
				peerDescriptions(t, at)
			})
			t.Run("pages of 100", func(t *testing.T) { n.compare(t, n.serve(t, 100), n.days(), n.between()) })
			n.mustBeUpToDate(t)
		})
	}
}

// everything comes before any other window: a list that begins beyond what the
// library has fetched makes the hub hand it the rest once more.
func (n *peerNetwork) everything() peerWindow {
	return peerWindow{name: "everything", within: func(int64) bool { return true }}
}

// between is the second part of the cards, so that both bounds must be right.
func (n *peerNetwork) between() peerWindow {
	from, until := n.ends[0]+1, n.ends[1]
	return peerWindow{
		name: "from and until", from: peerStamp(from), until: peerStamp(until),
		within: func(stamp int64) bool { return from <= stamp && stamp <= until },
	}
}

// since is the last part.
func (n *peerNetwork) since() peerWindow {
	from := n.ends[len(n.ends)-2] + 1
	return peerWindow{name: "from", from: peerStamp(from), within: func(stamp int64) bool { return from <= stamp }}
}

// upTo is the first part.
func (n *peerNetwork) upTo() peerWindow {
	until := n.ends[0]
	return peerWindow{name: "until", until: peerStamp(until), within: func(stamp int64) bool { return stamp <= until }}
}

// days is the whole set, bounded by the days it came in.
func (n *peerNetwork) days() peerWindow {
	w := n.everything()
	w.name, w.from, w.until = "days", peerDay(n.cards[0].stamp, 0), peerDay(n.cards[len(n.cards)-1].stamp, 0)
	return w
}

// outside is where there is no card.
func (n *peerNetwork) outside() []peerWindow {
	none := func(int64) bool { return false }
	return []peerWindow{
		{name: "until the day before", until: peerDay(n.cards[0].stamp, -1), within: none},
		{name: "from a day to come", from: peerDay(n.cards[len(n.cards)-1].stamp, 2), within: none},
	}
}

func peerDay(stamp int64, later int) string {
	return time.Unix(stamp, 0).UTC().AddDate(0, 0, later).Format(time.DateOnly)
}

// compare lets every client harvest every window.
func (n *peerNetwork) compare(t *testing.T, at peerAddress, windows ...peerWindow) {
	t.Helper()
	for _, client := range peerClients(t) {
		for _, w := range windows {
			t.Run(client.name+"/"+w.name, func(t *testing.T) {
				start := time.Now()
				got := client.ask(t, at, peerQuestion{verb: "ListRecords", from: w.from, until: w.until})
				t.Logf("%d cards in %s", len(got), time.Since(start).Round(time.Millisecond))
				peerMustEqual(t, got, n.expected(w, true))
			})
		}
	}
}

// compareHeaders does the same for ListIdentifiers.
func (n *peerNetwork) compareHeaders(t *testing.T, at peerAddress) {
	t.Helper()
	w := n.between()
	for _, client := range peerClients(t) {
		t.Run(client.name+"/ListIdentifiers", func(t *testing.T) {
			got := client.ask(t, at, peerQuestion{verb: "ListIdentifiers", from: w.from, until: w.until})
			want := n.expected(w, false)
			for i := range want {
				if !client.headerSets {
					want[i].Sets = nil
				}
			}
			peerMustEqual(t, got, want)
		})
	}
}

// compareSingle fetches one card by its identifier.
func (n *peerNetwork) compareSingle(t *testing.T, at peerAddress) {
	t.Helper()
	all := n.expected(n.everything(), true)
	for _, client := range peerClients(t) {
		t.Run(client.name+"/GetRecord", func(t *testing.T) {
			for _, want := range []peerRecord{all[0], all[len(all)-1]} {
				got := client.ask(t, at, peerQuestion{verb: "GetRecord", identifier: want.Identifier})
				peerMustEqual(t, got, []peerRecord{want})
			}
		})
	}
}

// peerDescriptions asks what the repository says of itself, where a client can
// read it: oai_pmh fails over any ListSets, npm's over one with a single set.
func peerDescriptions(t *testing.T, at peerAddress) {
	t.Helper()
	url := at.plain()
	format := fmt.Sprintf("carte %s/schemas/carte-reseau-1.xsd urn:carte-reseau:1", at.origin)
	identity := url + " 2.0 no YYYY-MM-DDThh:mm:ssZ"
	for _, client := range peerClients(t) {
		for verb, want := range map[string]string{"Identify": identity, "ListMetadataFormats": format, "ListSets": peerReader} {
			if !slices.Contains(client.describes, verb) {
				continue
			}
			t.Run(client.name+"/"+verb, func(t *testing.T) {
				if got := client.describe(t, at, verb); got != want {
					t.Errorf("it understood %q, want %q", got, want)
				}
			})
		}
	}
}

// peerMustEqual compares in order, and shows the first difference only.
func peerMustEqual(t *testing.T, got, want []peerRecord) {
	t.Helper()
	for i := range min(len(got), len(want)) {
		if !reflect.DeepEqual(got[i], want[i]) {
			t.Fatalf("record %d of %d is\n%+v\nthe database has\n%+v", i, len(got), got[i], want[i])
		}
	}
	if len(got) != len(want) {
		t.Errorf("%d records came, the database has %d", len(got), len(want))
	}
}
