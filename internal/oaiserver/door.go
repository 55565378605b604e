package oaiserver

import (
	"context"
	"errors"
	"log/slog"
	"net/http"
	"time"

	"github.com/labstack/echo/v4"

	"github.com/carte-reseau/hub/internal/cards"
	"github.com/carte-reseau/hub/internal/exchange"
	"github.com/carte-reseau/hub/internal/oai"
)

// Path is where the door is found below the public URL.
const Path = "/oai"

// The one metadata format of the network.
const (
	prefix    = "carte"
	namespace = exchange.Namespace
)

// finishTime bounds moving the mark, which goes on when the client has left.
const finishTime = 10 * time.Second

// placesEach is how many answers to one library are under way at a time. A
// harvester asks for one page after the other; a slow client has the hub hold
// the page it is given, and one that asks for hundreds at once would have it
// hold as many, and keep the others from the database.
const placesEach = 8

// Door answers OAI-PMH requests. It may be used by several goroutines.
type Door struct {
	store   Store
	opt     Options
	log     *slog.Logger
	signIn  signIn
	tokens  sealer
	origins origins
	places  *cards.Places
	metrics *metrics
	baseURL string
	schema  string
}

// New makes the door.
func New(store Store, o Options) (*Door, error) {
	o = o.withDefaults()
	if err := o.check(); err != nil {
		return nil, err
	}
	m, err := newMetrics(o.Metrics)
	if err != nil {
		return nil, err
	}
	return &Door{
		store: store, opt: o, log: o.Log,
		signIn:  signIn{store: store, limiter: o.Limiter, log: o.Log},
		tokens:  newSealer(o.Key),
		origins: origins{load: store.LibraryCodes, hub: o.HubCode},
		places:  cards.NewPlaces(placesEach, o.PlacePatience),
		metrics: m,
		baseURL: o.PublicURL + Path,
		schema:  o.PublicURL + "/schemas/" + exchange.CardSchema,
	}, nil
}

// Register hangs the door into e. It compresses by itself: no middleware
// should do so again.
func (d *Door) Register(e *echo.Echo) { e.Any(Path, d.handle) }

// call is one request of a library that signed in.
type call struct {
	oai.Request
	library *cards.Library
	now     int64 // the second that was closed for it
	again   bool  // cards may wait to be handed to the library again
}

// answer is what a call comes to, complete but for being written.
type answer struct {
	date int64 // responseDate
	echo oai.Request
	// write says what the verb calls for, with a fault of the protocol instead
	// of the first word if need be. A list is read from the database meanwhile.
	write   func(ctx context.Context, w *oai.Writer) error
	records int
	// finish, where set, is to be done once the answer was handed over.
	finish *cards.List
}

func (d *Door) handle(c echo.Context) error {
	// Nor HEAD: who fetches the last page of a list is taken to have it.
	if method := c.Request().Method; method != http.MethodGet && method != http.MethodPost {
		return d.refuse(c, methodNotAllowed())
	}
	admitted, err := d.signIn.library(c)
	if err != nil {
		return d.refuse(c, err)
	}
	leave, free := d.places.Enter(c.Request().Context(), admitted.Library.ID)
	if !free {
		return d.refuse(c, tooManyAtOnce())
	}
	defer leave()
	a, err := d.receive(c.Request(), admitted)
	if err != nil {
		return d.refuse(c, err)
	}
	return d.hand(c, a)
}

// receive does everything up to the first byte of the answer.
func (d *Door) receive(r *http.Request, admitted cards.Admission) (*answer, error) {
	values, malformed, err := arguments(r)
	if err != nil {
		return nil, err
	}
	request, wrong := oai.ParseRequest(values)
	if admitted.Library.Preparing && handsOver(request.Verb) {
		return nil, notOpen()
	}
	now, err := d.closeSecond(r.Context(), request, admitted)
	if err != nil {
		return nil, err
	}
	err = wrong
	if err == nil && malformed {
		request, err = oai.Request{}, oai.Errorf(oai.BadArgument, "La requête n’est pas encodée comme un formulaire (%%XX).")
	}
	var a *answer
	if err == nil {
		a, err = d.answer(r.Context(), &call{Request: request, library: admitted.Library, now: now, again: admitted.Again})
	}
	if fault, ok := errors.AsType[*oai.Error](err); ok {
		return faulty(now, request, fault), nil
	}
	return a, err
}

// faulty is the answer to what cannot be answered.
func faulty(date int64, echo oai.Request, fault *oai.Error) *answer {
	return &answer{date: date, echo: echo, write: func(context.Context, *oai.Writer) error { return fault }}
}

// handsOver reports whether the answer would bring a library cards, or headers
// of them. Its set is kept back as a whole while it is in preparation: an empty
// list would be taken for the truth, and the harvester would go on from there.
func handsOver(v oai.Verb) bool {
	return v == oai.ListRecords || v == oai.ListIdentifiers || v == oai.GetRecord
}

// closeSecond closes a second for the answer, but where it is the one that was
// known to be closed. It first sees to it that a list that is going to begin
// skips nothing. A wrong request has no verb.
func (d *Door) closeSecond(ctx context.Context, r oai.Request, a cards.Admission) (int64, error) {
	from, _, hasFrom, _ := r.Bounds()
	if r.Verb == oai.ListRecords && hasFrom && (r.Set == "" || r.Set == a.Library.Code) {
		if err := d.store.BridgeGap(ctx, a.Library.ID, from); err != nil {
			return 0, err
		}
		a.Closed = 0 // what was handed again is stamped later
	}
	if a.Closed > 0 {
		return a.Closed, nil
	}
	return d.store.CloseSecond(ctx)
}

func (d *Door) answer(ctx context.Context, c *call) (*answer, error) {
	switch c.Verb {
	case oai.Identify:
		return d.identify(ctx, c)
	case oai.ListMetadataFormats:
		return d.listFormats(ctx, c)
	case oai.ListSets:
		return d.listSets(c)
	case oai.GetRecord:
		return d.getRecord(ctx, c)
	default: // ListIdentifiers and ListRecords: ParseRequest knows no other
		return d.list(ctx, c)
	}
}

// answered is an answer to the call as it stands.
func (c *call) answered(write func(w *oai.Writer)) *answer {
	return &answer{date: c.now, echo: c.Request, write: func(_ context.Context, w *oai.Writer) error {
		write(w)
		return nil
	}}
}

// day is the network's calendar day of a moment.
func (d *Door) day(unix int64) string {
	return time.Unix(unix, 0).In(d.opt.Location).Format(time.DateOnly)
}
