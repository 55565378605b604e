package oaiclient

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"os"
	"syscall"

	"github.com/carte-reseau/hub/internal/cards"
	"github.com/carte-reseau/hub/internal/xmlstream"
)

// What to do, or what the hub will do, where several failures leave the same.
var (
	goesOn       = cards.Say("La moisson reprendra à cette page au prochain passage.")
	beginsAnew   = cards.Say("La prochaine moisson recommencera au début.")
	askMaker     = cards.Say("Prévenez le fournisseur du SIGB.")
	correctIt    = cards.Say("Corrigez-la dans les réglages de la bibliothèque.")
	checkProxy   = cards.Say("Vérifiez HTTPS_PROXY, HTTP_PROXY et NO_PROXY dans l’environnement du concentrateur (deploy/README.md).")
	checkAddress = cards.Say("Vérifiez l’adresse de son serveur OAI-PMH dans les réglages de la bibliothèque.")
)

// unreachable tells a request that got no answer. The error of net/http holds the whole address, token included: only
// what lies below it may be logged.
func unreachable(ctx context.Context, err error) error {
	if cause := context.Cause(ctx); cause != nil && !errors.Is(cause, errTooSlow) {
		return cause
	}
	f := &failure{remedy: retry, what: cards.Say("Le serveur n’a pas pu être joint"), todo: goesOn, cause: networkCause(err)}
	var dns *net.DNSError
	wrong, mend, tls := cards.TLSFault(err)
	switch {
	case errors.Is(err, errRedirects):
		f.remedy, f.what = giveUp, cards.Say("Le serveur renvoie sans fin d’une adresse à une autre")
		f.todo = checkAddress
	case errors.Is(err, errDowngrade):
		f.remedy, f.what = giveUp, cards.Say("Le serveur renvoie de https vers http, où les cartes circuleraient en clair")
		f.todo = cards.Say("Demandez à la bibliothèque de corriger sa redirection, ou vérifiez l’adresse de son serveur OAI-PMH dans ses réglages.")
	case errors.Is(err, errElsewhere):
		f.remedy, f.what = later, cards.Say("Le serveur renvoie vers une autre machine, où le concentrateur ne va pas")
		f.todo = cards.Say("Ouvrez l’adresse de son serveur OAI-PMH dans un navigateur : si le SIGB a déménagé, donnez la nouvelle dans les réglages de la bibliothèque ; sinon, prévenez la bibliothèque.")
	case cards.ProxyFault(err):
		f.what, f.todo = cards.Say("Le mandataire par lequel le concentrateur sort n’a pas pu être joint"), checkProxy
	case errors.As(err, &dns) && dns.IsNotFound:
		f.what = cards.Say("Le nom du serveur est inconnu")
		f.todo = cards.OneAfterAnother(checkAddress, goesOn)
	case errors.Is(err, syscall.ECONNREFUSED):
		f.what = cards.Say("Le serveur refuse la connexion : il est sans doute arrêté")
	case tls:
		f.remedy, f.what = later, cards.Say("La connexion chiffrée au serveur échoue : %s", wrong)
		f.todo = cards.OneAfterAnother(mend, goesOn)
	case isTimeout(err), errors.Is(context.Cause(ctx), errTooSlow):
		f.what = cards.Say("Le serveur n’a pas répondu à temps")
	}
	return f
}

// cutOff tells an answer that broke off.
func (f *fetcher) cutOff(ctx context.Context, err error) error {
	var told *failure
	if errors.As(err, &told) {
		return told
	}
	cause := context.Cause(ctx)
	switch {
	case errors.Is(cause, errSilent):
		return &failure{
			remedy: retry, todo: goesOn, cause: cause,
			what: cards.Say("Le serveur s’est tu plus de %d s au milieu de sa réponse", int(f.opts.IdleTimeout.Seconds())),
		}
	case errors.Is(cause, errTooSlow):
		return &failure{
			remedy: retry, todo: goesOn, cause: cause,
			what: cards.Say("La réponse n’était pas complète après %d s", int(f.opts.RequestTimeout.Seconds())),
		}
	case cause != nil:
		return cause // the run itself is being stopped
	}
	if errors.Is(err, xmlstream.ErrBehindGzip) {
		return &failure{
			remedy: retry, todo: cards.OneAfterAnother(askMaker, goesOn), cause: err,
			what: cards.Say("Des octets qui ne sont pas du gzip suivent la réponse compressée"),
		}
	}
	return &failure{remedy: retry, what: cards.Say("La réponse s’est interrompue avant sa fin"), todo: goesOn, cause: networkCause(err)}
}

// networkCause keeps of an error what surely holds no address with its query.
func networkCause(err error) error {
	var op *net.OpError
	if errors.As(err, &op) {
		return op
	}
	for _, known := range []error{context.DeadlineExceeded, context.Canceled, os.ErrDeadlineExceeded, errTooSlow, errRedirects, errDowngrade, errElsewhere} {
		if errors.Is(err, known) {
			return known
		}
	}
	for next := errors.Unwrap(err); next != nil; next = errors.Unwrap(err) {
		err = next
	}
	return fmt.Errorf("%T", err)
}

func isTimeout(err error) bool {
	var timeout net.Error
	return errors.As(err, &timeout) && timeout.Timeout() || errors.Is(err, context.DeadlineExceeded)
}

// refusal tells, of an answer, what its HTTP status alone settles; nil if the body is worth reading, for servers answer
// OAI errors with any status.
func (p *page) refusal() error {
	switch p.status {
	case http.StatusUnauthorized, http.StatusProxyAuthRequired:
		return &failure{
			remedy: later, what: cards.Say("Le serveur refuse les identifiants du concentrateur (HTTP %d)", p.status),
			todo: cards.Say("Vérifiez le compte et le mot de passe du concentrateur dans les réglages de la bibliothèque."),
		}
	case http.StatusForbidden:
		return &failure{
			remedy: later, what: cards.Say("Le serveur interdit l’accès au concentrateur (HTTP 403)"),
			todo: cards.Say("La bibliothèque doit l’autoriser dans son SIGB (compte et adresse du concentrateur)."),
		}
	}
	if p.wait >= 0 && (p.status == http.StatusServiceUnavailable || p.status == http.StatusTooManyRequests) {
		return &failure{
			remedy: waitAsked, after: p.wait, todo: goesOn,
			what: cards.Say("Le serveur demande de revenir plus tard (HTTP %d)", p.status),
		}
	}
	return nil
}

// byStatus tells an answer that cannot be read by its HTTP status, where that is an error: whatever stands before the library
// system answers for it then, as it likes, and no harvest is to be given up over that.
func (p *page) byStatus(err error) error {
	var told *failure
	if errors.As(err, &told) && told.remedy == giveUp {
		if f := p.noOAI(); f != nil {
			return f
		}
	}
	return err
}

// noOAI tells an answer whose status is an error and whose body holds no OAI error, or a page for people.
func (p *page) noOAI() *failure {
	switch {
	case broken(p.status):
		return &failure{remedy: retry, what: cards.Say("Le serveur est en panne ou surchargé (HTTP %d)", p.status), todo: goesOn}
	case p.status == http.StatusNotFound || p.status == http.StatusGone:
		return &failure{
			remedy: later, what: cards.Say("Il n’y a pas de serveur OAI-PMH à cette adresse (HTTP %d)", p.status),
			todo: checkAddress,
		}
	case p.status >= http.StatusMultipleChoices:
		return &failure{remedy: later, what: cards.Say("Le serveur a refusé la demande (HTTP %d)", p.status), todo: askMaker}
	case p.html:
		return &failure{
			remedy: retry, what: cards.Say("Le serveur a répondu par une page web (HTML) au lieu d’une réponse OAI-PMH"),
			todo: cards.OneAfterAnother(cards.Say("Vérifiez l’adresse de son serveur OAI-PMH dans les réglages de la bibliothèque, et que le SIGB n’est pas en maintenance."), goesOn),
		}
	}
	return nil
}
