package proof_test

import (
	"bytes"
	"context"
	"errors"
	"net/http"
	"strconv"
	"time"

	"github.com/carte-reseau/hub/internal/cards"
	"github.com/carte-reseau/hub/internal/exchange"
	"github.com/carte-reseau/hub/internal/intake"
	"github.com/carte-reseau/hub/internal/oaiclient"
	"github.com/carte-reseau/hub/internal/oaiserver"
	"github.com/carte-reseau/hub/internal/push"
	"github.com/carte-reseau/hub/internal/rest"
	"github.com/carte-reseau/hub/internal/sigb"
	"github.com/carte-reseau/hub/internal/store"
	"github.com/carte-reseau/hub/internal/store/storetest"
	"github.com/labstack/echo/v4"
)

var ctx = context.Background()

func number(n int64) string { return strconv.FormatInt(n, 10) }

const (
	hubCode = "reseau"
	hubHost = "hub.example.org"
	hubURL  = "http://" + hubHost
	// hubPage is small, so that lists have several pages.
	hubPage = 3
)

// hub is the hub as the roof joins it, without its jobs: the play says when they run.
type hub struct {
	database string
	clock    *clock
	wire     *wire

	store     *store.Store
	inbox     *intake.Inbox
	harvester *oaiclient.Harvester
	pusher    *push.Pusher
	// harvestFirst is what the pusher asks for before it sends.
	harvestFirst func(ctx context.Context, lib *cards.Library) error
	stop         context.CancelFunc
}

func (h *hub) open(t tester) {
	t.Helper()
	var err error
	h.store, err = store.Open(ctx, store.Options{
		Database: h.database, Secret: storetest.Secret, Location: paris, Ahead: h.clock.ahead,
	})
	if err != nil {
		t.Fatal(err)
	}
	h.inbox = intake.New(h.store, intake.Options{MaxDocument: 1 << 24, Location: paris, Owner: "proof", Now: h.clock.now})
	h.harvester = oaiclient.New(h.store, oaiclient.Options{
		Now: h.clock.now, Location: paris, Transport: h.wire, Attempts: 1, Backoff: time.Nanosecond, Logger: silent,
	})
	h.pusher, err = push.New(h.store, push.Options{
		HubCode: hubCode, Location: paris, Transport: h.wire, BatchCards: hubPage,
		HarvestFirst: func(ctx context.Context, lib *cards.Library) error { return h.harvestFirst(ctx, lib) },
	})
	if err != nil {
		t.Fatal(err)
	}
	if h.wire.hub, err = h.routes(); err != nil {
		t.Fatal(err)
	}
}

func (h *hub) routes() (http.Handler, error) {
	e := echo.New()
	limiter := rest.NewSignInLimiter(h.clock.now)
	lists, err := oaiserver.New(h.store, oaiserver.Options{
		PublicURL: hubURL, HubCode: hubCode, Domain: hubHost, AdminEmail: "admin@example.org", Location: paris,
		Key: storetest.Secret, PageSize: hubPage, Limiter: limiter,
	})
	if err != nil {
		return nil, err
	}
	lists.Register(e)
	lifetime, stop := context.WithCancel(ctx)
	h.stop = stop
	door, err := rest.New(lifetime, rest.Options{
		Keys: h.store, Limiter: limiter, Inbox: h.inbox, Deposits: h.store, Confirmations: h.store, Overview: h.store, Audit: h.store, Readiness: h.store,
		MaxDocument: 1 << 24, Now: h.clock.now,
	})
	if err != nil {
		return nil, err
	}
	return e, door.Register(e)
}

func (h *hub) close(t tester) {
	t.Helper()
	h.stop()
	h.pusher.Close()
	h.harvester.Close()
	if err := h.store.Close(); err != nil {
		t.Fatal(err)
	}
}

// restart is the hub stopped and started again, on the same database.
func (h *hub) restart(t tester) {
	t.Helper()
	h.close(t)
	h.open(t)
}

// receive stores a file as the FTP drop does, and integrates it unless the hub dies in between.
func (h *hub) receive(t tester, lib *cards.Library, body []byte) int64 {
	t.Helper()
	id, err := h.inbox.Receive(ctx, cards.Deposit{LibraryID: lib.ID, Door: cards.DoorFTP, Name: "f.xml", Arrived: h.clock.now()}, bytes.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	return id
}

func (h *hub) integrate(t tester, lib *cards.Library, id int64) {
	t.Helper()
	if _, err := h.inbox.Integrate(ctx, id, lib); err != nil {
		t.Fatal(err)
	}
}

// report reads what became of a deposit.
func (h *hub) report(t tester, deposit int64) sigb.Report {
	t.Helper()
	d, err := h.store.Deposit(ctx, deposit)
	if err != nil {
		t.Fatal(err)
	}
	var b bytes.Buffer
	if err := h.inbox.WriteReport(ctx, d, false, &b); err != nil {
		t.Fatal(err)
	}
	r, err := sigb.ReadReport(&b)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func (h *hub) library(t tester, code string) *cards.Library {
	t.Helper()
	lib, err := h.store.Library(ctx, code)
	if err != nil {
		t.Fatal(err)
	}
	return lib
}

// holds is what the network holds, ended cards too, by the hub's own export.
func (h *hub) holds(t tester) []sigb.Card {
	t.Helper()
	var document bytes.Buffer
	w, err := exchange.NewWriter(&document, exchange.Envelope{Establishment: hubCode, Mode: exchange.Complete, Made: h.clock.now()})
	for card, failed := range h.store.Cards(ctx, "") {
		if err = errors.Join(err, failed, w.WriteRendered(card)); err != nil {
			t.Fatal(err)
		}
	}
	if err = errors.Join(err, w.Close()); err != nil {
		t.Fatal(err)
	}
	list, err := sigb.ReadCards(&document)
	if err != nil {
		t.Fatal(err)
	}
	return list
}
