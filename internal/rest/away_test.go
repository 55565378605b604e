package rest_test

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/carte-reseau/hub/internal/cards"
	"github.com/carte-reseau/hub/internal/intake"
	"github.com/carte-reseau/hub/internal/rest"
)

// gate lets an integration begin when the test says so.
type gate struct {
	*intake.Inbox
	reached chan struct{}
	open    chan struct{}
}

func (g *gate) Take(ctx context.Context, d cards.Deposit, body io.Reader, lib *cards.Library) (int64, *cards.Deposit, error) {
	id, err := g.Receive(ctx, d, body)
	if err != nil {
		return 0, nil, err
	}
	close(g.reached)
	select {
	case <-g.open:
		done, err := g.Integrate(ctx, id, lib)
		return id, done, err
	case <-ctx.Done():
		return id, nil, fmt.Errorf("integrate deposit %d: %w", id, ctx.Err())
	}
}

func gated(g *gate) setup {
	return func(o *rest.Options) { g.Inbox, o.Inbox = o.Inbox.(*intake.Inbox), g }
}

func TestADocumentIsIntegratedThoughItsSenderLeft(t *testing.T) {
	g := &gate{reached: make(chan struct{}), open: make(chan struct{})}
	h := newHub(t, gated(g))
	h.library("mours")
	conn := h.dial()
	h.send(conn, documentOf("mours", cardXML("A1")), 0)
	<-g.reached
	if err := conn.Close(); err != nil {
		t.Fatal(err)
	}
	close(g.open)
	h.until(func() bool {
		d, err := h.db.Deposit(context.Background(), 1)
		return err == nil && d.Status == cards.Integrated && d.Counts.Created == 1
	})
}

// The patience is with the body alone: an integration that takes longer costs nobody the connection.
func TestALongIntegrationOutlastsTheBodysPatience(t *testing.T) {
	const patience = 50 * time.Millisecond
	g := &gate{reached: make(chan struct{}), open: make(chan struct{})}
	h := newHub(t, gated(g), func(o *rest.Options) { o.BodyPatience = patience })
	h.library("mours")
	conn := h.dial()
	defer func() { _ = conn.Close() }()
	h.send(conn, documentOf("mours", cardXML("A1")), 0)
	<-g.reached
	time.Sleep(3 * patience)
	close(g.open)
	answers := bufio.NewReader(conn)
	for _, next := range []string{"", "GET /healthz HTTP/1.1\r\nHost: hub\r\n\r\n"} {
		if _, err := io.WriteString(conn, next); err != nil {
			t.Fatal(err)
		}
		answer, err := http.ReadResponse(answers, nil)
		if err != nil {
			t.Fatalf("after %q: %v", next, err)
		}
		if _, err := io.Copy(io.Discard, answer.Body); err != nil || answer.StatusCode != http.StatusOK || answer.Close {
			t.Errorf("after %q: %s, %v, the connection closes: %t", next, answer.Status, err, answer.Close)
		}
		_ = answer.Body.Close()
	}
}

func TestAServerThatStopsSaysSo(t *testing.T) {
	g := &gate{reached: make(chan struct{}), open: make(chan struct{})}
	h := newHub(t, gated(g))
	h.library("mours")
	go func() {
		<-g.reached
		h.stop()
	}()
	a := h.post("mours", documentOf("mours", cardXML("A1")))
	a.wantReport(http.StatusServiceUnavailable, cards.Refused, `code="indisponible"`)
	if a.header.Get("Retry-After") == "" || a.header.Get("Location") != "/depots/1" {
		t.Errorf("header %v", a.header)
	}
	if d, err := h.db.Deposit(t.Context(), 1); err != nil || d.Status != cards.Received {
		t.Errorf("deposit %+v, error %v: it must be there for the next start", d, err)
	}
}

func TestABodyThatStopsIsGivenUp(t *testing.T) {
	const patience = 50 * time.Millisecond
	h := newHub(t, func(o *rest.Options) { o.BodyPatience = patience })
	mours := h.library("mours")
	conn := h.dial()
	defer func() { _ = conn.Close() }()
	h.send(conn, documentOf("mours", cardXML("A1")), 10)
	read, err := io.ReadAll(conn)
	if err != nil {
		t.Fatal(err)
	}
	if answer := string(read); !strings.HasPrefix(answer, "HTTP/1.1 408 ") || !strings.Contains(answer, `code="tronque"`) {
		t.Errorf("answer:\n%s", answer)
	}
	h.wantNoDeposit(mours)
}

func TestABodyThatBreaksOffLeavesNothing(t *testing.T) {
	h := newHub(t)
	mours := h.library("mours")
	conn := h.dial()
	const pieces = 3 << 19 // what is more than one is kept while it comes
	h.send(conn, documentOf("mours", cardXML("A1"), strings.Repeat(" ", pieces)), 10)
	h.until(func() bool {
		list, err := h.db.Deposits(context.Background(), cards.DepositQuery{Library: mours.Code, Limit: 1})
		return err == nil && len(list) == 1 // it is being received
	})
	if err := conn.Close(); err != nil {
		t.Fatal(err)
	}
	h.until(func() bool {
		list, err := h.db.Deposits(context.Background(), cards.DepositQuery{Library: mours.Code, Limit: 1})
		return err == nil && len(list) == 0
	})
}

func TestExpectContinue(t *testing.T) {
	h := newHub(t)
	h.library("mours")
	expect := header("Expect", "100-continue")
	h.post("mours", documentOf("mours", cardXML("A1")), expect).wantReport(http.StatusOK, cards.Integrated)
	h.post("mours", documentOf("mours", cardXML("A1")), expect, func(r *http.Request) { r.SetBasicAuth("mours", "wrong") }).
		wantReport(http.StatusUnauthorized, cards.Refused)
}

// breaking breaks every report off behind its beginning.
type breaking struct{ rest.Inbox }

func (breaking) WriteReport(_ context.Context, _ *cards.Deposit, _ bool, w io.Writer) error {
	if _, err := io.WriteString(w, "<rapport>"); err != nil {
		return err
	}
	return errors.New("the database went away")
}

func TestAReportThatBreaksOffDoesNotLookWhole(t *testing.T) {
	h := newHub(t, func(o *rest.Options) { o.Inbox = breaking{o.Inbox} })
	h.library("mours")
	request, err := http.NewRequestWithContext(t.Context(), http.MethodPost, h.url+"/cartes", strings.NewReader(documentOf("mours", cardXML("A1"))))
	if err != nil {
		t.Fatal(err)
	}
	as("mours")(request)
	response, err := http.DefaultTransport.RoundTrip(request)
	if err == nil {
		_, err = io.ReadAll(response.Body)
		_ = response.Body.Close()
	}
	if err == nil {
		t.Error("the client could not tell that the report was cut short")
	}
}

func (h *hub) dial() net.Conn {
	h.t.Helper()
	conn, err := new(net.Dialer).DialContext(h.t.Context(), "tcp", strings.TrimPrefix(h.url, "http://"))
	if err != nil {
		h.t.Fatal(err)
	}
	if err := conn.SetDeadline(time.Now().Add(20 * time.Second)); err != nil {
		h.t.Fatal(err)
	}
	return conn
}

// send posts a document but for its last bytes.
func (h *hub) send(conn net.Conn, document string, held int) {
	h.t.Helper()
	request, err := http.NewRequestWithContext(h.t.Context(), http.MethodPost, h.url+"/cartes", nil)
	if err != nil {
		h.t.Fatal(err)
	}
	as("mours")(request)
	_, err = fmt.Fprintf(conn, "POST /cartes HTTP/1.1\r\nHost: hub\r\nAuthorization: %s\r\nContent-Length: %d\r\n\r\n%s",
		request.Header.Get("Authorization"), len(document), document[:len(document)-held])
	if err != nil {
		h.t.Fatal(err)
	}
}

// until waits for a condition, and fails where it does not come about.
func (h *hub) until(met func() bool) {
	h.t.Helper()
	for deadline := time.Now().Add(20 * time.Second); !met(); time.Sleep(5 * time.Millisecond) {
		if time.Now().After(deadline) {
			h.t.Fatal("the condition did not come about")
		}
	}
}
