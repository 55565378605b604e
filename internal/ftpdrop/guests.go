package ftpdrop

import (
	"sync"

	"github.com/carte-reseau/hub/internal/cards"
)

// guests are the clients of the hub's own server, who never take all its places:
// neither strangers who do not sign in, be they from one network or from many,
// nor one library. The poller comes from this machine, where there are a few
// places more.
type guests struct {
	places int

	mu     sync.Mutex
	list   map[uint32]guest
	closed bool
}

type guest struct {
	stranger bool
	network  string // where a stranger came from
	library  string // that it signed in as; empty: the poller
}

// What part of the places may be taken: by strangers, by those of one network,
// and by one library.
const (
	strangersPart = 2
	networkPart   = 4
	libraryPart   = 8
	fewestOfOne   = 2 // sessions a library may always have
	ownPlaces     = 2 // there are more for who comes from this machine: the poller has two connections
)

func newGuests(places int) *guests { return &guests{places: places, list: map[uint32]guest{}} }

// enter lets a client in, but where there are too many.
func (g *guests) enter(id uint32, host string) bool {
	network := cards.CallerOf(host)
	g.mu.Lock()
	defer g.mu.Unlock()
	all := g.count(func(guest) bool { return true })
	strangers := g.count(func(c guest) bool { return c.stranger })
	neighbours := g.count(func(c guest) bool { return c.stranger && c.network == network })
	full := all >= g.places || strangers >= max(1, g.places/strangersPart)
	if loopback(host) {
		full = all >= g.places+ownPlaces
	}
	if g.closed || full || neighbours >= max(1, g.places/networkPart) {
		return false
	}
	g.list[id] = guest{stranger: true, network: network}
	return true
}

// welcome notes that a client has signed in as a library, or as the poller where
// there is none. It reports whether the library has room for one more session.
func (g *guests) welcome(id uint32, library string) bool {
	g.mu.Lock()
	defer g.mu.Unlock()
	sessions := g.count(func(c guest) bool { return !c.stranger && c.library == library })
	if library != "" && sessions >= max(fewestOfOne, g.places/libraryPart) {
		return false
	}
	g.list[id] = guest{library: library}
	return true
}

func (g *guests) leave(id uint32) {
	g.mu.Lock()
	defer g.mu.Unlock()
	delete(g.list, id)
}

// close lets nobody in any more. It reports whether anybody could enter before.
func (g *guests) close() bool {
	g.mu.Lock()
	defer g.mu.Unlock()
	open := !g.closed
	g.closed = true
	return open
}

func (g *guests) isClosed() bool {
	g.mu.Lock()
	defer g.mu.Unlock()
	return g.closed
}

func (g *guests) left() int {
	g.mu.Lock()
	defer g.mu.Unlock()
	return len(g.list)
}

func (g *guests) count(counts func(guest) bool) (n int) {
	for _, c := range g.list {
		if counts(c) {
			n++
		}
	}
	return n
}
