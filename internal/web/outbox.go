package web

import (
	"context"
	"net/http"

	"github.com/carte-reseau/hub/internal/cards"
)

// Outbox is the mails the hub writes.
type Outbox interface {
	Mails(ctx context.Context, q cards.OutboxQuery) ([]cards.OutboxMail, error)
	// Mail is one with its text.
	Mail(ctx context.Context, id int64) (*cards.OutboxMail, error)
	RetryMail(ctx context.Context, id int64) error
	DropMail(ctx context.Context, id int64) error
}

// OutboxPage makes the pages of the mails: what waits, what was given up, what has left.
func OutboxPage(store Outbox) Page { return outboxPage{store: store} }

type outboxPage struct{ store Outbox }

const pathOutbox = "/systeme/courriels"

func (p outboxPage) register(d desk) {
	d.view(cards.RoleOperator, pathOutbox, p.list)
	d.personal(cards.RoleOperator, "view-mail", pathOutbox+"/:id", p.letter)
	d.act(cards.RoleOperator, "retry-mail", "courriel", pathOutbox+"/:id/relancer", p.retry)
	d.act(cards.RoleOperator, "drop-mail", "courriel", pathOutbox+"/:id/supprimer", p.drop)
}

type outboxView struct {
	State  cards.MailState
	States []cards.MailState
	Mails  []cards.OutboxMail
	Next   int64
}

func (p outboxPage) list(v *visit) error {
	view := outboxView{State: cards.MailState(v.QueryParam("etat")), States: []cards.MailState{cards.MailWaiting, cards.MailFailed, cards.MailSent}}
	if view.State == "" {
		view.State = cards.MailWaiting
	}
	rows, err := p.store.Mails(v.Request().Context(), cards.OutboxQuery{State: view.State, Before: v.before(), Limit: pageRows + 1})
	if err != nil {
		return err
	}
	view.Mails, view.Next = cut(rows, pageRows, func(m cards.OutboxMail) int64 { return m.ID })
	return v.render(http.StatusOK, "outbox", view)
}

// letter shows one mail: what it says may name readers.
func (p outboxPage) letter(v *visit) error {
	id, err := v.id()
	if err != nil {
		return err
	}
	if err := v.record(v.watch, cards.SubjectMail(id), ""); err != nil {
		return err
	}
	v.recorded = true
	mail, err := p.store.Mail(v.Request().Context(), id)
	if err != nil {
		return err
	}
	return v.render(http.StatusOK, "letter", mail)
}

func (p outboxPage) retry(v *visit) error {
	id, err := v.id()
	if err != nil {
		return err
	}
	if err := p.store.RetryMail(v.Request().Context(), id); err != nil {
		return err
	}
	return v.after(pathOutbox, "courriel-relance")
}

func (p outboxPage) drop(v *visit) error {
	id, err := v.id()
	if err != nil {
		return err
	}
	if err := p.store.DropMail(v.Request().Context(), id); err != nil {
		return err
	}
	return v.after(pathOutbox+"?etat="+string(cards.MailFailed), "courriel-supprime")
}
