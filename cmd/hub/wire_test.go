package main

import (
	"context"
	"io"
	"net"
	"strings"
	"sync"
	"testing"

	"github.com/Shopify/toxiproxy/v2"
	"github.com/prometheus/client_golang/prometheus"
	"github.com/rs/zerolog"
)

// badWire is the line between the hub and one of its peers, which can be
// poisoned.
type badWire struct {
	addr   string
	server string // the peer at its end
	proxy  *toxiproxy.Proxy
	also   []*badWire // further lines to the same peer, which share its fate
}

// wires serves all lines of the process.
var wires = sync.OnceValue(func() *toxiproxy.ApiServer {
	zerolog.SetGlobalLevel(zerolog.Disabled)
	return toxiproxy.NewServer(toxiproxy.NewMetricsContainer(prometheus.NewRegistry()), zerolog.Nop())
})

// newBadWire lays a line from an address, of which the port may be open.
func newBadWire(t *testing.T, from, server string) *badWire {
	t.Helper()
	w := &badWire{addr: from, server: server}
	w.lay(t, server)
	w.addr = w.proxy.Listen
	t.Cleanup(func() { w.proxy.Stop() })
	return w
}

// lay cuts all connections and lays the line anew: taking a toxic away from
// connections that live is more than the library can do without hanging.
func (w *badWire) lay(t *testing.T, server string, toxics ...string) {
	t.Helper()
	if w.proxy != nil {
		w.proxy.Stop()
	}
	w.proxy = toxiproxy.NewProxy(wires(), t.Name(), w.addr, server)
	for _, toxic := range toxics {
		if _, err := w.proxy.Toxics.AddToxicJson(strings.NewReader(toxic)); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.proxy.Start(); err != nil {
		t.Fatal(err)
	}
}

// poison spoils the line.
func (w *badWire) poison(t *testing.T, toxics ...string) {
	t.Helper()
	w.lay(t, w.server, toxics...)
	for _, other := range w.also {
		other.poison(t, toxics...)
	}
}

// lead puts somebody else at the end of the line.
func (w *badWire) lead(t *testing.T, server string) {
	t.Helper()
	w.lay(t, server)
}

// heal gives the peer back as it was.
func (w *badWire) heal(t *testing.T) {
	t.Helper()
	w.poison(t)
}

// anyPort of this machine.
const anyPort = "127.0.0.1:0"

// stranger listens where a peer should be, and treats every caller alike.
func stranger(t *testing.T, treat func(net.Conn)) (addr string) {
	t.Helper()
	var listen net.ListenConfig
	listener, err := listen.Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	ctx, closing := context.WithCancel(context.WithoutCancel(t.Context()))
	var all sync.WaitGroup
	all.Go(func() {
		for {
			conn, err := listener.Accept()
			if err != nil {
				return
			}
			all.Go(func() {
				defer context.AfterFunc(ctx, func() { _ = conn.Close() })()
				defer func() { _ = conn.Close() }()
				treat(conn)
			})
		}
	})
	t.Cleanup(func() {
		closing()
		_ = listener.Close()
		all.Wait()
	})
	return listener.Addr().String()
}

// silence takes all that is said and never answers.
func silence(conn net.Conn) { _, _ = io.Copy(io.Discard, conn) }

// turnAway answers the first word with no, before one is said where the
// protocol has the server greet.
func turnAway(no string, greets bool) func(net.Conn) {
	return func(conn net.Conn) {
		first := make([]byte, 1)
		if !greets {
			if _, err := io.ReadFull(conn, first); err != nil {
				return
			}
		}
		_, _ = io.WriteString(conn, no)
		if half, ok := conn.(*net.TCPConn); ok {
			_ = half.CloseWrite()
		}
		silence(conn)
	}
}
