package push

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

// wire passes bytes on to a server, until what was connected is cut without a word, as by a firewall that forgot it.
type wire struct {
	net.Listener
	server string
	cut    atomic.Bool
	ends   sync.WaitGroup
	mu     sync.Mutex
	conns  []net.Conn
}

func newWire(t *testing.T, server string) *wire {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	w := &wire{Listener: listener, server: server}
	w.ends.Go(func() { w.accept(t.Context()) })
	t.Cleanup(func() {
		_ = listener.Close()
		w.mu.Lock()
		for _, conn := range w.conns {
			_ = conn.Close()
		}
		w.mu.Unlock()
		w.ends.Wait()
	})
	return w
}

func (w *wire) accept(ctx context.Context) {
	for first := true; ; first = false {
		near, err := w.Accept()
		if err != nil {
			return
		}
		far, err := (&net.Dialer{}).DialContext(ctx, "tcp", w.server)
		if err != nil {
			_ = near.Close()
			return
		}
		w.mu.Lock()
		w.conns = append(w.conns, near, far)
		w.mu.Unlock()
		dead := func() bool { return first && w.cut.Load() }
		w.ends.Go(func() { pass(near, far, dead) })
		w.ends.Go(func() { pass(far, near, dead) })
	}
}

func pass(to, from net.Conn, dead func() bool) {
	buffer := make([]byte, 16<<10)
	for {
		n, err := from.Read(buffer)
		if err != nil {
			_ = to.Close()
			return
		}
		if dead() {
			continue
		}
		if _, err := to.Write(buffer[:n]); err != nil {
			return
		}
	}
}

// Over HTTP/2 a request that comes to no end leaves its connection in use for the next one.
func TestADeadConnectionIsNotUsedAgain(t *testing.T) {
	server := httptest.NewUnstartedServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		if r.ProtoMajor != 2 {
			t.Errorf("the client speaks %s", r.Proto)
		}
		_, _ = io.Copy(io.Discard, r.Body)
	}))
	server.EnableHTTP2 = true
	server.StartTLS()
	t.Cleanup(server.Close)
	w := newWire(t, server.Listener.Addr().String())
	c := newClient(Options{PingAfter: 50 * time.Millisecond})
	pool := x509.NewCertPool()
	pool.AddCert(server.Certificate())
	c.http.Transport.(*http.Transport).TLSClientConfig = &tls.Config{RootCAs: pool, MinVersion: tls.VersionTLS12}
	t.Cleanup(c.http.CloseIdleConnections)

	post := func(patience time.Duration) error {
		ctx, cancel := context.WithTimeout(t.Context(), patience)
		defer cancel()
		request, err := http.NewRequestWithContext(ctx, http.MethodPost, "https://"+w.Addr().String()+"/cartes", strings.NewReader("<cartes/>"))
		if err != nil {
			return err
		}
		response, err := c.http.Do(request)
		if err == nil {
			err = response.Body.Close()
		}
		return err
	}
	const long = 10 * time.Second
	if err := post(long); err != nil {
		t.Fatal(err)
	}
	w.cut.Store(true)
	if err := post(long); err == nil || errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("over the dead wire: %v", err)
	}
	if err := post(long); err != nil {
		t.Errorf("the next request: %v", err)
	}
}
