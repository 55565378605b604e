package rest

import (
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
	confirmation, err := r.read(c, lib, charset)
	if err == nil {
		err = r.confirmations.ConfirmPull(c.Request().Context(), lib.ID, confirmation)
	}
	if err != nil {
		return r.fail(c, lib, err)
	}
	return c.NoContent(http.StatusNoContent)
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
	confirmation := cards.Confirmation{Date: report.Summary.Date, Counts: report.Summary.Counts}
	met := make(map[string]bool)
	for {
		refused, err := report.Next()
		if errors.Is(err, io.EOF) {
			return confirmation, nil
		}
		if err != nil {
			return cards.Confirmation{}, err
		}
		if key := cards.NumberKey(refused.Number); met[key] {
			continue
		} else if met[key] = true; len(met) > maxRefused {
			return cards.Confirmation{}, cards.Errorf(cards.TooLarge, "Le rapport refuse plus de %d cartes ; rien n’en a été retenu. "+
				"Signalez-le à l’administrateur du réseau.", maxRefused)
		}
		confirmation.Refused = append(confirmation.Refused, cards.NumberRefusal{Number: refused.Number, Reason: reason(refused.Faults)})
	}
}

// reason puts what a library's system finds wrong with a card into one text.
func reason(faults []cards.Fault) cards.Sentence {
	sentences := make([]string, len(faults))
	for i, fault := range faults {
		sentences[i] = fault.Message
	}
	return cards.Quote(strings.Join(sentences, " "))
}
