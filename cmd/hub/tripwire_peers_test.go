package main

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"regexp"
	"strings"
	"sync"
	"testing"
)

// around puts points before and behind a library's own server: a hub that dies
// there has asked in vain, or was answered in vain.
func (w *tripwire) around(name string, server http.Handler) http.Handler {
	return http.HandlerFunc(func(reply http.ResponseWriter, request *http.Request) {
		if w.pass(name+" asked") != nil {
			panic(http.ErrAbortHandler)
		}
		answer := httptest.NewRecorder()
		server.ServeHTTP(answer, request)
		if w.pass(name+" answered") != nil {
			panic(http.ErrAbortHandler)
		}
		copyAnswer(reply, answer.Code, answer.Header(), answer.Body.Bytes())
	})
}

func copyAnswer(reply http.ResponseWriter, status int, header http.Header, body []byte) {
	for name, values := range header {
		reply.Header()[name] = values
	}
	reply.WriteHeader(status)
	_, _ = reply.Write(body) // a caller that has left asks again
}

// gateway is the address at which the libraries know the hub, whichever of its
// lives it leads.
type gateway struct {
	wire *tripwire
	// hasty callers take an answer for whole that is whole to read, though the
	// connection broke before the server had ended it.
	hasty bool

	mu  sync.Mutex
	hub string // host:port

	transport *http.Transport
	server    *httptest.Server
}

func newGateway(t *testing.T, wire *tripwire) *gateway {
	t.Helper()
	g := &gateway{wire: wire, transport: &http.Transport{DisableCompression: true}}
	g.server = httptest.NewServer(g)
	t.Cleanup(func() {
		g.server.Close()
		g.transport.CloseIdleConnections()
	})
	return g
}

func (g *gateway) lead(hub string) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.hub = hub
}

// ServeHTTP passes a request on and its answer back.
func (g *gateway) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if g.wire.pass(r.URL.Path+" asked") != nil {
		panic(http.ErrAbortHandler)
	}
	g.mu.Lock()
	hub := g.hub
	g.mu.Unlock()
	onward := r.Clone(r.Context())
	onward.URL.Scheme, onward.URL.Host, onward.RequestURI = "http", hub, ""
	response, err := g.transport.RoundTrip(onward)
	if err != nil {
		panic(http.ErrAbortHandler)
	}
	body, err := io.ReadAll(response.Body)
	_ = response.Body.Close()
	whole := g.hasty && response.StatusCode == http.StatusOK && len(body) > 0
	if (err != nil || g.wire.pass(r.URL.Path+" answered") != nil) && !whole {
		panic(http.ErrAbortHandler)
	}
	copyAnswer(w, response.StatusCode, response.Header, body)
}

// ftpGate stands before an FTP server and lets the hub die before a command
// reaches it, and before the answer comes back. The connections of data go
// past it, or to other ports where it says so.
type ftpGate struct {
	wire   *tripwire
	server string
	data   map[string]string // by the port the server names; may be nil
	addr   string
}

// ftpPoints are the commands by which the hub takes a file.
var ftpPoints = map[string]bool{"RETR": true, "DELE": true}

func newFTPGate(t *testing.T, wire *tripwire, server string, data map[string]string) *ftpGate {
	t.Helper()
	var listen net.ListenConfig
	listener, err := listen.Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	g := &ftpGate{wire: wire, server: server, data: data, addr: listener.Addr().String()}
	ctx, closing := context.WithCancel(context.WithoutCancel(t.Context()))
	var all sync.WaitGroup
	all.Go(func() {
		for {
			conn, err := listener.Accept()
			if err != nil {
				return
			}
			all.Go(func() { g.serve(ctx, conn) })
		}
	})
	t.Cleanup(func() {
		closing()
		_ = listener.Close()
		all.Wait()
	})
	return g
}

// serve speaks FTP's way: one command, then its answers up to a final one.
func (g *ftpGate) serve(ctx context.Context, hub net.Conn) {
	defer func() { _ = hub.Close() }()
	server, err := (&net.Dialer{}).DialContext(ctx, "tcp", g.server)
	if err != nil || g.wire.isDead() {
		return
	}
	defer func() { _ = server.Close() }()
	defer context.AfterFunc(ctx, func() { _, _ = hub.Close(), server.Close() })()
	commands, answers := bufio.NewReader(hub), bufio.NewReader(server)
	if g.relay(answers, hub, nil) != nil {
		return
	}
	for {
		line, err := commands.ReadString('\n')
		if err != nil {
			return
		}
		verb, _, _ := strings.Cut(strings.ToUpper(strings.TrimSpace(line)), " ")
		point := func(what string) error {
			if !ftpPoints[verb] {
				return nil
			}
			return g.wire.pass(verb + what)
		}
		if point(" asked") != nil {
			return
		}
		if _, err := io.WriteString(server, line); err != nil {
			return
		}
		if g.relay(answers, hub, func() error { return point(" answered") }) != nil {
			return
		}
	}
}

// relay passes lines on up to the one that ends an answer; final is asked
// before that one.
func (g *ftpGate) relay(from *bufio.Reader, to io.Writer, final func() error) error {
	for {
		line, err := from.ReadString('\n')
		if err != nil {
			return err
		}
		const code = 3
		if len(line) <= code {
			return fmt.Errorf("no FTP answer: %q", line)
		}
		last := line[code] == ' ' && strings.Trim(line[:code], "0123456789") == "" && line[0] != '1'
		if last && final != nil {
			if err := final(); err != nil {
				return err
			}
		}
		if _, err := io.WriteString(to, g.otherPort(line)); err != nil || last {
			return err
		}
	}
}

// passive is the answer that names a port.
var passive = regexp.MustCompile(`^229 .*\(\|\|\|(\d+)\|\)`)

func (g *ftpGate) otherPort(line string) string {
	named := passive.FindStringSubmatch(line)
	if len(named) == 0 || g.data[named[1]] == "" {
		return line
	}
	return strings.Replace(line, "|"+named[1]+"|", "|"+g.data[named[1]]+"|", 1)
}
