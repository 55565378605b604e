package rest

import (
	"cmp"
	"errors"
	"io"
	"net/http"
	"strings"
	"time"

	"github.com/labstack/echo/v4"

	"github.com/carte-reseau/hub/internal/cards"
	"github.com/carte-reseau/hub/internal/exchange"
)

// Bounds of a confirmation. Each refused card is looked up in one transaction, and a few kilobytes that unpack to a million
// of them must not keep the other libraries' cards waiting.
const (
	maxConfirmation = 32 << 20
	maxRefused      = 50_000
)

// confirmRoute hears from a library what it integrated of what it fetched.
type confirmRoute struct {
	answers
	signIn        signIn
	confirmations Confirmations
	patience      time.Duration
	places        *cards.Places
}

func (r confirmRoute) register(e *echo.Echo) { r.only(e, "/rapports", r.post, http.MethodPost) }

// post records a confirmation. Nothing of it is kept before it was read to its end.
func (r confirmRoute) post(c echo.Context) error {
	lib, refused := r.signIn.library(c)
	if refused != nil {
		return r.refuse(c, refused)
	}
	if _, err := checkQuery(c.Request().URL.RawQuery); err != nil {
		return r.fail(c, lib, err)
	}
	charset, err := checkMedia(c.Request().Header)
	if err != nil {
		return r.unsupported(c, lib, err)
	}
	if err := r.take(c, lib, charset); err != nil {
		return r.fail(c, lib, err)
	}
	return c.NoContent(http.StatusNoContent)
}

func (r confirmRoute) take(c echo.Context, lib *cards.Library, charset string) error {
	ctx := c.Request().Context()
	leave, free := r.places.Enter(ctx, lib.ID)
	if !free {
		return tooManyAtOnce()
	}
	defer leave()
	confirmation, err := r.read(c, lib, charset)
	if err != nil {
		return err
	}
	return r.confirmations.ConfirmPull(ctx, lib.ID, confirmation)
}

// read reads a rapport. The refused cards alone are kept of its lines, each once.
func (r confirmRoute) read(c echo.Context, lib *cards.Library, charset string) (cards.Confirmation, error) {
	body, err := readBody(c.Response(), c.Request(), maxConfirmation, r.patience)
	defer body.done()
	if err != nil {
		return cards.Confirmation{}, err
	}
	return readConfirmation(limitUnpacked(body, maxConfirmation), lib, charset)
}

func readConfirmation(body io.Reader, lib *cards.Library, charset string) (cards.Confirmation, error) {
	report, err := exchange.NewReportReader(body, charset)
	if err != nil {
		return cards.Confirmation{}, err
	}
	if sender := report.Summary.Establishment; sender != "" && !lib.Speaks(sender) {
		return cards.Confirmation{}, cards.Errorf(cards.Forbidden,
			"Le rapport annonce l’établissement « %s », mais « %s » s’est identifié.", sender, lib.Code)
	}
	if report.DateUnread {
		return cards.Confirmation{}, errUndated
	}
	if status := report.Summary.Status; status != "" && !exchange.IsReportStatus(status) {
		return cards.Confirmation{}, errUnknownStatus
	}
	h := heard{Confirmation: cards.Confirmation{Date: report.Summary.Date, Counts: report.Summary.Counts}, met: make(map[string]bool)}
	for {
		refused, err := report.Next()
		if errors.Is(err, io.EOF) {
			h.Failed = notIntegrated(report.Summary, len(h.Refused))
			return h.Confirmation, h.check(report)
		}
		if err == nil {
			err = h.add(refused)
		}
		if err != nil {
			return cards.Confirmation{}, err
		}
	}
}

// heard is a confirmation as far as it was read.
type heard struct {
	cards.Confirmation
	met            map[string]bool
	lines, unnamed int
}

func (h *heard) add(refused cards.Outcome) error {
	h.lines++
	key := cards.NumberKey(refused.Number)
	if key == "" {
		h.unnamed++
	}
	if key == "" || h.met[key] {
		return nil
	}
	if h.met[key] = true; len(h.met) > maxRefused {
		return cards.Errorf(cards.TooLarge, "Le rapport refuse plus de %d cartes ; rien n’en a été retenu. "+
			"Signalez-le à l’administrateur du réseau.", maxRefused)
	}
	h.Refused = append(h.Refused, cards.NumberRefusal{Number: refused.Number, Reason: reason(refused.Faults)})
	return nil
}

// errUndated is told to whoever dates a report in a way that cannot be read: without a date it would confirm everything that
// was fetched, also what came after the list it speaks of.
var errUndated = cards.Errorf(cards.Invalid, "La date du rapport (« date ») n’est pas une date et heure avec son fuseau, de la forme "+
	"2026-11-21T08:30:02Z ; rien n’a été retenu de ce rapport. Recopiez le responseDate de la liste moissonnée, ou laissez l’attribut de côté.")

// errUnknownStatus is told to whoever gives a report a status of their own: « refusé » or « erreur » would confirm what was not taken.
var errUnknownStatus = cards.Errorf(cards.Invalid, "L’attribut « statut » du rapport n’est pas l’un de : integre, partiel, refuse, suspendu, simulation "+
	"(sans accent) ; rien n’a été retenu de ce rapport.")

// errMiscounted is told to whoever rejects cards without saying which: they would count as integrated.
var errMiscounted = cards.Errorf(cards.Invalid, "Le nombre de cartes rejetées (« rejetees ») n’est pas celui des cartes nommées par le rapport. "+
	"Nommez chaque carte rejetée par son numéro (« numero ») ; rien n’a été retenu de ce rapport.")

// check holds the number of rejected cards against those named; one may be named twice.
func (h *heard) check(r *exchange.ReportReader) error {
	rejected := r.Summary.Counts.Rejected
	agrees := !r.SaysRejected || rejected == h.lines || rejected == len(h.Refused)
	if !h.Failed.IsZero() || agrees && h.unnamed == 0 {
		return nil
	}
	return errMiscounted
}

// notIntegrated is why a report says that nothing was integrated; zero where it does not. One that refuses all its cards by
// name is heard card by card.
func notIntegrated(s exchange.Summary, named int) cards.Sentence {
	aside := s.Status == cards.Suspended || s.Status == cards.Simulated
	whole := s.Status == cards.Refused && (named == 0 || named < s.Counts.Received)
	if s.Fault == nil && !aside && !whole {
		return cards.Sentence{}
	}
	said := string(s.Status)
	if s.Fault != nil {
		said = cmp.Or(s.Fault.Message, s.Fault.Code, said, "erreur")
	}
	return cards.Quote(said)
}

// reason puts what a library's system finds wrong with a card into one text.
func reason(faults []cards.Fault) cards.Sentence {
	sentences := make([]string, len(faults))
	for i, fault := range faults {
		sentences[i] = fault.Message
	}
	return cards.Quote(strings.Join(sentences, " "))
}
