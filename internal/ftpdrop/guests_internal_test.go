package ftpdrop

import (
	"fmt"
	"net"
	"net/netip"
	"testing"

	ftpserver "github.com/fclairamb/ftpserverlib"
)

// Whoever comes, and from however many addresses, others find a place.
func TestNobodyTakesAllPlaces(t *testing.T) {
	const places = 16
	entered := func(g *guests, from func(int) string) (in int) {
		for i := range 4 * places {
			if g.enter(uint32(1000+i), from(i)) {
				in++
			}
		}
		return in
	}
	for what, c := range map[string]struct {
		from func(int) string
		in   int
	}{
		"one address":                    {func(int) string { return "192.0.2.1" }, places / 4},
		"many addresses":                 {func(i int) string { return fmt.Sprintf("192.0.2.%d", i) }, places / 2},
		"many addresses of a subscriber": {func(i int) string { return fmt.Sprintf("2001:db8::%x", i+1) }, places / 4},
		"many subscribers":               {func(i int) string { return fmt.Sprintf("2001:db8:0:%x::1", i+1) }, places / 2},
	} {
		g := newGuests(places)
		if in := entered(g, c.from); in != c.in {
			t.Errorf("%s: %d strangers, want %d", what, in, c.in)
		}
		if !g.enter(1, "127.0.0.1") {
			t.Errorf("%s: the poller finds no place", what)
		}
		if !g.welcome(1, "") {
			t.Errorf("%s: the poller is not let in", what)
		}
	}

	g := newGuests(places)
	sessions := uint32(0)
	for g.enter(sessions, "192.0.2.1") && g.welcome(sessions, "mours") {
		sessions++
	}
	if sessions != places/8 {
		t.Errorf("one library has %d sessions, want %d", sessions, places/8)
	}
	g.leave(sessions)
	if !g.enter(99, "192.0.2.1") || !g.welcome(99, "peyrins") {
		t.Error("another library finds no place")
	}
	g.leave(0)
	if !g.enter(0, "192.0.2.1") || !g.welcome(0, "mours") {
		t.Error("a library that left one of its sessions does not come in again")
	}
	for i := uint32(100); g.enter(i, fmt.Sprintf("198.51.100.%d", i)); i++ {
		g.welcome(i, fmt.Sprint("bib-", i))
	}
	if !g.enter(2, "::1") || !g.enter(4, "::1") {
		t.Error("where libraries have taken all places, the poller finds none for its two connections")
	}
	if !g.close() || g.close() || g.enter(3, "127.0.0.1") {
		t.Error("it is not closed once and for good")
	}
}

// client is one that is connected from an address.
type client struct {
	ftpserver.ClientContext
	address string
}

func (c client) RemoteAddr() net.Addr {
	return net.TCPAddrFromAddrPort(netip.MustParseAddrPort(c.address))
}

func TestFailuresCountForAllAddressesOfASubscriber(t *testing.T) {
	of := func(address string) string { return limiterKey(client{address: address}, "mours") }
	if one, other := of("[2001:db8:1:2::3]:40000"), of("[2001:db8:1:2:ffff::4]:40001"); one != other {
		t.Errorf("one subscriber counts as %s and as %s", one, other)
	}
	if one, other := of("[2001:db8:1:2::3]:40000"), of("[2001:db8:1:3::3]:40000"); one == other {
		t.Errorf("two subscribers count as %s", one)
	}
	if one, other := of("192.0.2.1:40000"), of("192.0.2.2:40000"); one == other {
		t.Errorf("two addresses count as %s", one)
	}
}
