package oaiserver

import (
	"context"
	"errors"
	"log/slog"
	"net/http"
	"strconv"
	"time"

	"github.com/labstack/echo/v4"

	"github.com/carte-reseau/hub/internal/cards"
)

// retryUnavailable is when a harvester should come back to a hub whose
// database does not answer. Whole seconds: some clients read nothing else.
const retryUnavailable = 30 * time.Second

// retryPreparing is when a harvester should come back whose library is in
// preparation: staff open it on a day of their choosing.
const retryPreparing = time.Hour

// refusal is what HTTP itself answers, where the protocol has no word for it.
type refusal struct {
	status  int
	header  http.Header
	message string // French
}

// Error gives the sentence the client is shown.
func (r *refusal) Error() string { return r.message }

func methodNotAllowed() *refusal {
	return &refusal{status: http.StatusMethodNotAllowed, header: http.Header{"Allow": {"GET, POST"}},
		message: "OAI-PMH s’interroge par GET ou POST."}
}

// refuse answers what could not be answered in the protocol.
func (d *Door) refuse(c echo.Context, err error) error {
	r, ok := errors.AsType[*refusal](err)
	if !ok {
		d.logFailure(c.Request().Context(), err)
		r = &refusal{status: http.StatusServiceUnavailable, header: http.Header{"Retry-After": {seconds(retryUnavailable)}},
			message: "Le concentrateur est momentanément indisponible ; réessayez dans quelques instants."}
	}
	d.metrics.count("", strconv.Itoa(r.status))
	header := c.Response().Header()
	for name, values := range r.header {
		header[name] = values
	}
	return c.String(r.status, r.message+"\n")
}

// logFailure makes no alarm of a client that left before its answer.
func (d *Door) logFailure(ctx context.Context, err error) {
	level := slog.LevelError
	if errors.Is(err, context.Canceled) {
		level = slog.LevelInfo
	}
	d.log.Log(ctx, level, "an OAI-PMH request could not be answered", "code", cards.CodeOf(err), "error", err)
}

func seconds(d time.Duration) string {
	return strconv.FormatInt(int64((d+time.Second-1)/time.Second), 10)
}

// notYours refuses the set of another library, whether there is one of that
// name or not.
func notYours(own string) *refusal {
	return &refusal{status: http.StatusForbidden,
		message: "Une bibliothèque ne lit que son propre ensemble : le vôtre est « " + own + " »."}
}

// tooManyAtOnce keeps one library's requests from taking what the others need.
func tooManyAtOnce() *refusal {
	return &refusal{status: http.StatusServiceUnavailable, header: http.Header{"Retry-After": {seconds(retryUnavailable)}},
		message: "Trop de requêtes de votre bibliothèque à la fois ; demandez une page après l’autre."}
}

// notOpen keeps back the cards of a library in preparation.
func notOpen() *refusal {
	return &refusal{status: http.StatusServiceUnavailable, header: http.Header{"Retry-After": {seconds(retryPreparing)}},
		message: "Votre bibliothèque est en préparation : rien ne lui est remis avant que l’administrateur du réseau ouvre ses livraisons."}
}
