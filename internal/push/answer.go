package push

import (
	"context"
	"errors"
	"fmt"
	"io"
	"mime"
	"net"
	"net/http"
	"net/url"
	"os"
	"time"

	"github.com/carte-reseau/hub/internal/cards"
)

// judge turns an answer into what it means for the cards sent.
func (d *delivery) judge(resp *http.Response, body io.Reader, items []cards.FeedItem) (verdict, error) {
	switch status := resp.StatusCode; {
	case status >= 200 && status < 300:
		return d.readReport(resp, body, items)
	case status < 400:
		return verdict{}, later(statusError(resp), time.Time{},
			cards.Say("Le SIGB de %s renvoie vers une autre adresse (%s) ; le réseau ne suit pas. Donnez l’adresse définitive dans ses réglages.", d.where(), code(resp)))
	case status == http.StatusUnauthorized || status == http.StatusForbidden:
		return verdict{}, d.denied(resp)
	case passes(resp):
		return verdict{}, later(statusError(resp), retryAfter(resp.Header, d.now()),
			cards.Say("Le SIGB de %s demande de revenir plus tard (%s). Le réseau réessaie de lui-même.", d.where(), code(resp)))
	case wrongAddress(status):
		return verdict{}, later(statusError(resp), time.Time{},
			cards.Say("Le service d’intégration de %s n’est pas à l’adresse donnée, ou n’accepte pas ce qui lui est envoyé (%s). "+
				"Vérifiez avec l’éditeur du SIGB l’adresse de son service d’intégration, dans ses réglages.", d.where(), code(resp)))
	case status < 500:
		return verdict{}, d.documentRefused(statusError(resp), code(resp), d.reasonIn(resp, body))
	default:
		return verdict{}, d.failed(statusError(resp), cards.Say("est en erreur (%s)", code(resp)))
	}
}

// passes reports whether the system says itself that it is a matter of time.
func passes(resp *http.Response) bool {
	switch resp.StatusCode {
	case http.StatusRequestTimeout, http.StatusTooEarly, http.StatusTooManyRequests,
		http.StatusBadGateway, http.StatusServiceUnavailable, http.StatusGatewayTimeout:
		return true
	}
	return resp.StatusCode >= 500 && resp.Header.Get("Retry-After") != ""
}

// wrongAddress lists the refusals that speak of the service, never of a card:
// splitting would send every card alone, and blame each.
func wrongAddress(status int) bool {
	switch status {
	case http.StatusNotFound, http.StatusMethodNotAllowed, http.StatusNotAcceptable, http.StatusProxyAuthRequired,
		http.StatusGone, http.StatusUnsupportedMediaType, http.StatusMisdirectedRequest, http.StatusUpgradeRequired:
		return true
	}
	return false
}

func code(resp *http.Response) cards.Sentence { return cards.Say("réponse %d", resp.StatusCode) }

func statusError(resp *http.Response) error {
	return fmt.Errorf("push: HTTP status %d", resp.StatusCode)
}

func (d *delivery) denied(resp *http.Response) *failure {
	f := later(statusError(resp), time.Time{},
		cards.Say("Le SIGB de %s refuse l’accès du réseau (%s) : les échanges avec %s sont suspendus. Vérifiez le compte et le mot de passe "+
			"dans ses réglages, puis reprenez les échanges.", d.where(), code(resp), d.lib.Code))
	f.kind = denied
	return f
}

// documentRefused is told to staff where the system refuses every card alone
// too; answer is what it says to that.
func (d *delivery) documentRefused(err error, answer, reason cards.Sentence) *failure {
	return &failure{
		kind: documentRefused, err: err, reason: reason,
		message: cards.Say("Le service d’intégration de %s refuse tout ce qui lui est envoyé, même une carte seule (%s) : aucune carte n’est mise "+
			"en cause. Vérifiez avec l’éditeur du SIGB qu’il accepte toujours le format du réseau, surtout après une mise à jour. "+
			"Rien n’est perdu : le réseau réessaie de lui-même.", d.where(), answer),
	}
}

// failed is a failure that may be a card's doing; what completes "the ILS …".
func (d *delivery) failed(err error, what cards.Sentence) *failure {
	return &failure{
		kind: failed, err: err,
		reason: cards.Say("À la réception de cette carte, le SIGB %s.", what),
		message: cards.Say("Le SIGB de %s %s. Rien n’est perdu : le réseau réessaie de lui-même ; si cela dure, "+
			"prévenez l’éditeur du SIGB.", d.where(), what),
	}
}

// unanswered judges a request that got no answer at all.
func (d *delivery) unanswered(err error, connected bool) *failure {
	// The address in a url.Error might hold a secret in its query.
	var u *url.Error
	if errors.As(err, &u) {
		err = u.Err
	}
	if wrong, mend, tls := cards.TLSFault(err); tls && !connected {
		return later(unquoted(err), time.Time{}, cards.Say("La connexion chiffrée au SIGB de %s échoue : %s. %s Rien n’est perdu : le réseau réessaie de lui-même.",
			d.where(), wrong, mend))
	}
	if cards.ProxyFault(err) {
		return later(unquoted(err), time.Time{}, cards.Say("Rien n’a été envoyé à %s : le mandataire par lequel le concentrateur sort n’a pas pu être joint. "+
			"Vérifiez HTTPS_PROXY, HTTP_PROXY et NO_PROXY dans l’environnement du concentrateur (deploy/README.md).", d.where()))
	}
	if !connected {
		return later(err, time.Time{}, cards.Say("Le SIGB de %s est injoignable. Le réseau réessaie de lui-même ; si cela dure, vérifiez que le "+
			"serveur est en marche et que l’adresse de son service d’intégration, dans ses réglages, est juste.", d.where()))
	}
	return d.broken(err)
}

// broken judges an answer that stopped before its end, or is none.
func (d *delivery) broken(err error) *failure {
	var timeout net.Error
	err = unquoted(err)
	switch {
	case errors.Is(err, context.DeadlineExceeded), errors.As(err, &timeout) && timeout.Timeout():
		return d.failed(err, cards.Say("n’a pas fini de répondre en %s", d.opts.Timeout))
	case errors.Is(err, errTooLong):
		return d.failed(err, cards.Say("a envoyé une réponse démesurée"))
	}
	return d.failed(err, cards.Say("a coupé la connexion avant la fin de sa réponse"))
}

// unquoted keeps of an error what cannot hold words of the answer: net/http
// quotes what it cannot read, and a system that sends back what it was sent
// sends back cards.
func unquoted(err error) error {
	var op *net.OpError
	if errors.As(err, &op) {
		return op
	}
	for _, known := range []error{context.DeadlineExceeded, os.ErrDeadlineExceeded, errTooLong, io.ErrUnexpectedEOF, io.EOF} {
		if errors.Is(err, known) {
			return known
		}
	}
	for next := errors.Unwrap(err); next != nil; next = errors.Unwrap(err) {
		err = next
	}
	return fmt.Errorf("push: an answer that cannot be read (%T)", err)
}

// outcomeName is the label of a request in the metrics.
func outcomeName(err error) string {
	if err == nil {
		return "report"
	}
	var f *failure
	if !errors.As(err, &f) {
		return "interrupted"
	}
	return map[kind]string{unavailable: "unavailable", denied: "denied", documentRefused: "refused", failed: "failed"}[f.kind]
}

func charsetOf(resp *http.Response) string {
	_, params, err := mime.ParseMediaType(resp.Header.Get("Content-Type"))
	if err != nil {
		return ""
	}
	return params["charset"]
}
