package rest

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"time"

	"github.com/labstack/echo/v4"
	"github.com/prometheus/client_golang/prometheus"

	"github.com/carte-reseau/hub/internal/cards"
	"github.com/carte-reseau/hub/internal/exchange"
)

// Options are what the door is built from. All interfaces up to Readiness are required.
type Options struct {
	Keys          Keys
	Limiter       Limiter
	Inbox         Inbox
	Deposits      Deposits
	Confirmations Confirmations
	Overview      Overview
	Audit         Audit
	Readiness     Readiness
	// Passwords has passwords compared; nil: none that come by another door are counted with them.
	Passwords *cards.PasswordLine
	// Subjects are what staff look at and decide in over the JSON interface, besides the network's state.
	Subjects []Subject
	// Metrics serves /metrics; nil: the address does not exist.
	Metrics http.Handler
	// Registerer takes the door's own counters; nil: they are counted for nobody.
	Registerer prometheus.Registerer
	// Logger receives what clients are not told; nil: nobody.
	Logger *slog.Logger
	// MaxDocument is the largest body taken, in bytes, packed or unpacked.
	MaxDocument int64
	// Guide is for those who build libraries' systems, in Markdown; nil: the address does not exist.
	Guide []byte
	// BodyPatience is how long a body may stand still; one minute by default.
	BodyPatience time.Duration
	// PlacePatience is how long a document waits where as many of its library are under way as may be; cards.PlacePatience by default.
	PlacePatience time.Duration
	// Version of the hub, for the description of the JSON interface.
	Version string
	// Now is the clock; nil for the machine's.
	Now func() time.Time
}

// The guide is served as plain text: browsers show that, and would keep Markdown as a file.
const (
	guidePath = "/guide/sigb.md"
	guideType = "text/plain; charset=utf-8"
)

// longestLinger is how long the rest of a refused body may take to arrive.
const longestLinger = 5 * time.Second

// Door is the hub's REST door.
type Door struct {
	options  Options
	metrics  metrics
	lifetime context.Context //nolint:containedctx // the server's: documents are integrated under it when their sender has left
}

// New makes the door. lifetime is the server's own context: a document that is safe goes on being integrated until it
// ends, whether its sender waits or not.
func New(lifetime context.Context, o Options) (*Door, error) {
	if o.Keys == nil || o.Limiter == nil || o.Inbox == nil || o.Deposits == nil || o.Confirmations == nil ||
		o.Overview == nil || o.Audit == nil || o.Readiness == nil {
		return nil, errors.New("the REST door lacks one of what it is to be joined to")
	}
	if o.MaxDocument <= 0 {
		return nil, fmt.Errorf("a largest document of %d bytes lets nothing in", o.MaxDocument)
	}
	if o.Logger == nil {
		o.Logger = slog.New(slog.DiscardHandler)
	}
	if o.BodyPatience <= 0 {
		o.BodyPatience = time.Minute
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Passwords == nil {
		o.Passwords = cards.NewPasswordLine(o.Limiter, o.Now)
	}
	m, err := newMetrics(o.Registerer)
	if err != nil {
		return nil, fmt.Errorf("register the metrics of the REST door: %w", err)
	}
	return &Door{options: o, metrics: m, lifetime: lifetime}, nil
}

// Register joins the door's addresses to e.
func (d *Door) Register(e *echo.Echo) error {
	o := d.options
	sign := signIn{keys: o.Keys, limiter: o.Limiter, metrics: d.metrics, log: o.Logger}
	say := answers{log: o.Logger, now: o.Now, linger: min(o.BodyPatience, longestLinger)}
	postRoute{
		answers: say, signIn: sign, inbox: o.Inbox, metrics: d.metrics, maxDocument: o.MaxDocument,
		patience: o.BodyPatience, places: cards.NewPlaces(placesEach, o.PlacePatience), lifetime: d.lifetime,
	}.register(e)
	depositRoute{answers: say, signIn: sign, deposits: o.Deposits, inbox: o.Inbox}.register(e)
	confirmRoute{answers: say, signIn: sign, confirmations: o.Confirmations, patience: o.BodyPatience, places: cards.NewPlaces(placesEach, o.PlacePatience)}.register(e)
	healthRoutes{ready: o.Readiness, metrics: o.Metrics, signIn: sign, log: o.Logger}.register(e)
	subjects := append([]Subject{overview{store: o.Overview}}, o.Subjects...)
	apiRoutes{signIn: sign, audit: o.Audit, subjects: subjects, version: o.Version, passwords: o.Passwords, log: o.Logger}.register(e)
	if o.Guide != nil {
		say.only(e, guidePath, serve(guideType, o.Guide), reading...)
	}
	schemas := schemaRoutes{answers: say, files: exchange.Schemas, names: []string{exchange.CardSchema, exchange.ReportSchema}}
	return schemas.register(e)
}
