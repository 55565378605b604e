package main

import (
	"database/sql"
	"net"
	"slices"
	"sync/atomic"
	"testing"
	"time"

	"github.com/carte-reseau/hub/internal/cards"
	"github.com/carte-reseau/hub/internal/sigb"

	"github.com/carte-reseau/hub/internal/store/storetest"
)

// trouble is one way for a network, or for a peer, to be bad.
type trouble struct {
	name   string
	toxics []string
	// instead, where set, is who answers in the peer's place.
	instead func(p *badPeer) func(net.Conn)
	// slow wires bring everything, in the end.
	slow bool
}

var troubles = []trouble{
	{name: "latency", slow: true, toxics: []string{`{"type":"latency","attributes":{"latency":100,"jitter":80}}`}},
	{name: "cut in the question", toxics: []string{`{"type":"limit_data","stream":"upstream","attributes":{"bytes":200}}`}},
	{name: "cut in the answer", toxics: []string{`{"type":"limit_data","attributes":{"bytes":100}}`}},
	{name: "reset", toxics: []string{`{"type":"reset_peer","attributes":{"timeout":0}}`}},
	{name: "reset behind the question", toxics: []string{`{"type":"reset_peer","attributes":{"timeout":200}}`}},
	{name: "half closed", toxics: []string{`{"type":"timeout","attributes":{"timeout":0}}`}},
	{name: "deaf", toxics: []string{`{"type":"timeout","stream":"upstream","attributes":{"timeout":0}}`}},
	{name: "slow bytes", slow: true, toxics: []string{`{"type":"bandwidth","attributes":{"rate":1}}`, `{"type":"bandwidth","stream":"upstream","attributes":{"rate":1}}`}},
	{name: "slices", slow: true, toxics: []string{`{"type":"slicer","attributes":{"average_size":32,"size_variation":16,"delay":10000}}`}},
	{name: "a storm of refusals", instead: func(p *badPeer) func(net.Conn) { return turnAway(p.busy, p.greets) }},
	{name: "no answer ever", instead: func(*badPeer) func(net.Conn) { return silence }},
}

// badNetwork is a hub with a good library, a library that gives, and one peer
// behind a wire that turns bad.
type badNetwork struct {
	*site
	hub   *hub
	ahead atomic.Int64
	db    *sql.DB // the database past the hub's own code

	mours *caller      // gives
	good  *sigb.System // is pushed to over a good wire
	given int          // changes for it so far

	wire   *badWire
	system *sigb.System // behind it
	folder string
	box    *postbox
	rounds int
}

// Whatever the network or a peer does, no job hangs past its timeouts, nothing
// is lost or doubled, and the other libraries notice nothing.
func TestABadNetworkLosesNothingAndSlowsNobody(t *testing.T) {
	storetest.WithoutRace(t)
	t.Parallel()
	for _, peer := range badPeers {
		t.Run(peer.name, func(t *testing.T) {
			t.Parallel()
			eachBadDatabase(t, func(t *testing.T, database string) {
				n := newBadNetwork(t, database)
				kind, library := peer.enter(n)
				n.begin(t)
				usual := n.usual(t)
				for _, trouble := range troubles {
					began := time.Now()
					took, others := n.endure(t, &peer, trouble, kind, library, usual)
					n.recover(t, &peer, kind, library)
					t.Logf("%-26s the job ended after %s, the good library had its change after %s (usually %s); all well after %s", trouble.name,
						took.Round(time.Millisecond), others.Round(time.Millisecond), usual.Round(time.Millisecond), time.Since(began).Round(time.Millisecond))
				}
			})
		})
	}
}

// eachBadDatabase takes SQLite alone where time is short: what is bad here is
// not the database.
func eachBadDatabase(t *testing.T, test func(t *testing.T, database string)) {
	t.Helper()
	if proving() {
		eachDatabase(t, test)
		return
	}
	test(t, storetest.SQLiteDatabase(t))
}

func newBadNetwork(t *testing.T, database string) *badNetwork {
	t.Helper()
	n := &badNetwork{site: newSite(t, database)}
	n.FTPSchedule = "@every 1h" // the test says when
	n.limits.store.Ahead = func() time.Duration { return time.Duration(n.ahead.Load()) }
	n.limits.push.Timeout = peerTimeout
	h := &n.limits.harvest
	h.ConnectTimeout, h.HeaderTimeout, h.IdleTimeout, h.RequestTimeout = peerTimeout, peerTimeout, peerTimeout, 2*peerTimeout
	h.Attempts, h.Backoff, h.MaxWait = 2, 10*time.Millisecond, 2*peerTimeout
	n.limits.drop.Timeout, n.limits.drop.Settle, n.limits.drop.Patience = peerTimeout, time.Millisecond, time.Millisecond
	n.limits.mail.Timeout, n.limits.mail.Patience = peerTimeout, peerTimeout
	n.library("mours")
	n.good = sigb.New(sigb.Config{Code: "monnaie"})
	server := sigb.NewServer(n.good, sigb.ServerOptions{})
	if err := server.Start(t.Context(), "127.0.0.1:0"); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = server.Close() })
	n.library("monnaie", "--push-url="+server.URL(sigb.REST))
	return n
}

func (n *badNetwork) begin(t *testing.T) {
	t.Helper()
	n.hub = n.boot()
	if n.db == nil {
		n.db = n.openDatabase(t)
	}
	n.mours = newCaller(t, n.hub.publicURL, "mours")
}

// change gives a card and waits until the good library has it.
func (n *badNetwork) change(t *testing.T, patience time.Duration) time.Duration {
	t.Helper()
	number := manyCardNumber("G", n.given)
	n.given++
	began := time.Now()
	n.mours.mustPost(t, documentOf("mours", testCard{number: number, phone: phoneOf(n.given)}))
	const look = 5 * time.Millisecond
	for {
		if _, has := n.good.Patron(number); has {
			return time.Since(began)
		}
		if time.Since(began) > patience {
			t.Fatalf("a change has not reached the good library within %s", patience)
		}
		time.Sleep(look)
	}
}

// usual is how long a change takes to the good library while all is well.
func (n *badNetwork) usual(t *testing.T) time.Duration {
	t.Helper()
	const changes, patience = 4, 30 * time.Second
	var times []time.Duration
	for range changes {
		times = append(times, n.change(t, patience))
	}
	return slices.Max(times)
}

// endure spoils the wire, has something cross it, and wants the job to end in
// time and the good library to have its change as fast as ever.
func (n *badNetwork) endure(t *testing.T, peer *badPeer, trouble trouble, kind cards.JobKind, library string, usual time.Duration) (took, others time.Duration) {
	t.Helper()
	// A run that is under way would take the wake for its own, and fail.
	eventually(t, 30*time.Second, "the job rests", func() bool { return !n.job(t, kind, library).Running })
	if trouble.instead != nil {
		n.wire.lead(t, stranger(t, trouble.instead(peer)))
	} else {
		n.wire.poison(t, trouble.toxics...)
	}
	before := n.job(t, kind, library)
	peer.give(n, n.rounds)
	n.rounds++
	began := time.Now()
	n.wake(t, kind, library)
	const times, least = 10, 5 * time.Second
	others = n.change(t, max(times*usual, least))
	const slack = 5 * time.Second // for a busy machine
	bound := peer.bound + slack
	if trouble.slow { // each question is answered in time, but there are many
		bound *= 3
	}
	for {
		job := n.job(t, kind, library)
		if job.LastStart.After(before.LastStart) && !job.Running {
			return time.Since(began), others
		}
		if time.Since(began) > bound {
			t.Fatalf("%s: the job still runs after %s", trouble.name, time.Since(began))
		}
		time.Sleep(harvestLook)
	}
}

// recover heals the wire and wants all to arrive, once.
func (n *badNetwork) recover(t *testing.T, peer *badPeer, kind cards.JobKind, library string) {
	t.Helper()
	n.wire.heal(t)
	const patience, look = 30 * time.Second, 100 * time.Millisecond
	for deadline := time.Now().Add(patience); ; time.Sleep(look) {
		err := peer.missing(n)
		if err == nil {
			return
		}
		if time.Now().After(deadline) {
			t.Fatalf("not within %s after the network is well again: %v", patience, err)
		}
		if job := n.job(t, kind, library); !job.Running {
			n.ahead.Add(int64(time.Minute)) // what waits for its next attempt waits no longer
			n.wake(t, kind, library)
		}
	}
}

func (n *badNetwork) id(t *testing.T, library string) int64 {
	t.Helper()
	if library == "" {
		return cards.HubID
	}
	l, err := n.hub.store.Library(t.Context(), library)
	if err != nil {
		t.Fatal(err)
	}
	return l.ID
}

func (n *badNetwork) job(t *testing.T, kind cards.JobKind, library string) *cards.Job {
	t.Helper()
	var job *cards.Job
	eventually(t, 30*time.Second, "the job is planned", func() bool {
		var err error
		job, err = n.hub.store.Job(t.Context(), kind, n.id(t, library))
		return err == nil
	})
	return job
}

func (n *badNetwork) wake(t *testing.T, kind cards.JobKind, library string) {
	t.Helper()
	if err := n.hub.store.Wake(t.Context(), kind, n.id(t, library)); err != nil {
		t.Fatal(err)
	}
	n.hub.parts.runner.Kick()
}

func (n *badNetwork) status(code string) *cards.LibraryStatus {
	n.t.Helper()
	status, err := n.hub.store.LibraryStatus(n.t.Context(), code)
	if err != nil {
		n.t.Fatal(err)
	}
	return status
}
