package rest

import (
	"context"
	"io"
	"net/http"
	"strconv"
	"time"

	"github.com/labstack/echo/v4"

	"github.com/carte-reseau/hub/internal/cards"
)

// postRoute takes the cards a library gives.
type postRoute struct {
	answers
	signIn      signIn
	inbox       Inbox
	metrics     metrics
	maxDocument int64
	patience    time.Duration // between two pieces of a body
	places      *cards.Places
	lifetime    context.Context
}

func (r postRoute) register(e *echo.Echo) {
	r.only(e, "/cartes", r.metrics.countDocuments(r.post), http.MethodPost)
}

// post receives a document, integrates it and answers with its report. Who asks is settled before anything else is
// told, and before a byte of the body is read.
func (r postRoute) post(c echo.Context) error {
	lib, refused := r.signIn.library(c)
	if refused != nil {
		return r.refuse(c, refused)
	}
	query, err := checkQuery(c.Request().URL.RawQuery, paramSimulation, paramDetail)
	if err != nil {
		return r.fail(c, lib, err)
	}
	charset, err := checkMedia(c.Request().Header)
	if err != nil {
		return r.unsupported(c, lib, err)
	}
	ctx, stop := outlive(c.Request().Context(), r.lifetime)
	defer stop()
	id, d, err := r.take(ctx, c, lib, cards.Deposit{
		LibraryID: lib.ID, Library: lib.Code, Door: cards.DoorPost, Charset: charset, Simulate: query.Has(paramSimulation),
	})
	if id > 0 {
		c.Response().Header().Set(echo.HeaderLocation, "/depots/"+strconv.FormatInt(id, 10))
	}
	if d == nil && err != nil {
		return r.fail(c, lib, err)
	}
	return r.report(c, outcome(d, err), lib, func(w io.Writer) error {
		return r.inbox.WriteReport(ctx, d, query.Has(paramDetail), w)
	})
}

// take stores and integrates the body. The context is not the request's: a sender that leaves breaks the body off by itself,
// and one that leaves behind the last byte has given the document.
func (r postRoute) take(ctx context.Context, c echo.Context, lib *cards.Library, d cards.Deposit) (int64, *cards.Deposit, error) {
	if c.Request().ContentLength > r.maxDocument {
		return 0, nil, tooLarge()
	}
	leave, free := r.places.Enter(c.Request().Context(), lib.ID)
	if !free {
		return 0, nil, tooManyAtOnce()
	}
	defer leave()
	document, err := readBody(c.Response(), c.Request(), r.maxDocument, r.patience)
	defer document.done()
	if err != nil {
		return 0, nil, err
	}
	return r.inbox.Take(ctx, d, document, lib)
}

// placesEach is how many documents of one library are taken at a time. Each may be as large as a document can be, and keeps
// the database busy as long; a client that gives up waiting and sends its file again adds one more each time.
const placesEach = 4

func tooManyAtOnce() error {
	return cards.Errorf(cards.Unavailable, "%d documents de votre bibliothèque sont déjà en cours de réception ou d’intégration ; "+
		"rien n’a été lu de celui-ci. Attendez leurs rapports, puis renvoyez-le.", placesEach)
}

// outcome is the status of a report: the refusal of a whole document has its own, a card's has not.
func outcome(d *cards.Deposit, err error) int {
	switch {
	case err != nil:
		return statusOf(err)
	case d.Status == cards.Suspended:
		return http.StatusAccepted
	default:
		return http.StatusOK
	}
}

// outlive is the request's context, ended by the server's end instead of the client's leaving.
func outlive(request, lifetime context.Context) (context.Context, context.CancelFunc) {
	ctx, cancel := context.WithCancel(context.WithoutCancel(request))
	stop := context.AfterFunc(lifetime, cancel)
	return ctx, func() {
		stop()
		cancel()
	}
}
