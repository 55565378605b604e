package main

import (
	"net/http"
	"net/url"
	"testing"
	"time"

	"github.com/carte-reseau/hub/internal/pgtest"
	"github.com/carte-reseau/hub/internal/sigb"

	"github.com/carte-reseau/hub/internal/store/storetest"
)

// Whatever the network does between the hub and its PostgreSQL, nobody who
// asks waits for ever, what was acknowledged is there once, and the hub goes on
// by itself once the network is well.
func TestABadNetworkToTheDatabaseLosesNothing(t *testing.T) {
	storetest.WithoutRace(t)
	t.Parallel()
	database := pgtest.URL(t)
	n := newBadNetwork(t, database)
	n.db = n.openDatabase(t)
	n.wire = newBadWire(t, anyPort, hostOf(t, database))
	n.Database = through(t, n.wire, database)
	n.limits.store.Silence = peerTimeout
	n.begin(t)
	busy := badPeer{busy: "E\x00\x00\x00\x27SFATAL\x00C57P03\x00Mtrop de connexions\x00\x00"}
	for _, trouble := range troubles {
		began := time.Now()
		if trouble.instead != nil {
			n.wire.lead(t, stranger(t, trouble.instead(&busy)))
		} else {
			n.wire.poison(t, trouble.toxics...)
		}
		number := badNumber(n.rounds)
		n.rounds++
		tries, longest := n.insist(t, number, trouble.slow)
		n.arrives(t, number)
		t.Logf("%-26s %d tries, the longest %s; all well after %s", trouble.name, tries, longest.Round(time.Millisecond), time.Since(began).Round(time.Millisecond))
	}
	if err := n.oneVersionEach(n.rounds); err != nil {
		t.Error(err)
	}
}

// through replaces the server of a PostgreSQL address by a wire to it, and has
// connections made in good time.
func through(t *testing.T, w *badWire, address string) string {
	t.Helper()
	u, err := url.Parse(address)
	if err != nil {
		t.Fatal(err)
	}
	u.Host = w.addr
	query := u.Query()
	query.Set("connect_timeout", "1")
	u.RawQuery = query.Encode()
	return u.String()
}

// insist gives a card until the hub has acknowledged it. After a while of
// trouble the wire is healed. Only where bytes come, but slowly, may the hub
// keep a library longer than its own patience.
func (n *badNetwork) insist(t *testing.T, number string, slow bool) (tries int, longest time.Duration) {
	t.Helper()
	const patience, trouble, most = 5 * peerTimeout, peerTimeout, 2 * time.Minute
	n.mours.client.Timeout = patience
	began, healed := time.Now(), false
	document := documentOf("mours", testCard{number: number, phone: phoneOf(n.rounds)})
	for {
		asked := time.Now()
		status, report, err := n.mours.post(t.Context(), document)
		tries++
		took := time.Since(asked)
		longest = max(longest, took)
		switch {
		case took >= patience && !slow && !healed:
			t.Fatalf("a deposit waited %s for its answer", took)
		case err == nil && status == http.StatusOK && report.Status == sigb.StatusIntegrated:
			if !healed {
				n.wire.heal(t)
			}
			return tries, longest
		case !healed && time.Since(began) > trouble:
			n.wire.heal(t)
			healed = true
		case time.Since(began) > most:
			t.Fatalf("not acknowledged long after the network is well: status %d, %v", status, err)
		}
		time.Sleep(harvestLook)
	}
}

// arrives waits until the good library has the card, over whatever leases the
// trouble has left behind.
func (n *badNetwork) arrives(t *testing.T, number string) {
	t.Helper()
	eventually(t, 30*time.Second, "the good library has its card", func() bool {
		if _, has := n.good.Patron(number); has {
			return true
		}
		n.ahead.Add(int64(time.Second))
		return false
	})
}
