package rest

import (
	"context"
	"time"

	"github.com/carte-reseau/hub/internal/cards"
)

// Letters are the mails the hub sends.
type Letters interface {
	Mails(ctx context.Context, q cards.OutboxQuery) ([]cards.OutboxMail, error)
	Mail(ctx context.Context, id int64) (*cards.OutboxMail, error)
	// RetryMail and DropMail answer with cards.Conflict where the message's state does not allow it.
	RetryMail(ctx context.Context, id int64) error
	DropMail(ctx context.Context, id int64) error
}

// Outbox makes the subject of the hub's mails. Their text names readers: it is shown one by one, to operators.
func Outbox(store Letters) Subject { return outbox{store: store} }

type outbox struct {
	store Letters
}

func (s outbox) register(d desk) {
	on(d, get(cards.RoleReader, "list-mails", "/outbox", "Les courriels, du plus récent au plus ancien, sans leur texte"), s.list)
	on(d, get(cards.RoleOperator, "get-mail", "/outbox/{id}", "Un courriel, avec son texte tant qu’il n’est pas parti").personal(), s.one)
	on(d, post(cards.RoleOperator, "retry-mail", "/outbox/{id}/retry", "Envoyer maintenant un courriel en attente ou abandonné"), s.retry)
	on(d, remove(cards.RoleOperator, "drop-mail", "/outbox/{id}", "Supprimer un courriel abandonné"), s.drop)
}

type apiMail struct {
	ID        int64      `json:"id"`
	To        string     `json:"to" doc:"Adresse d’une bibliothèque ou de l’administrateur"`
	Subject   string     `json:"subject" doc:"Dans les listes, sans le nom des fichiers"`
	State     string     `json:"state" enum:"en-attente,abandonne,envoye"`
	QueuedAt  time.Time  `json:"queued_at"`
	Attempts  int        `json:"attempts"`
	DueAt     *time.Time `json:"due_at" doc:"Prochain essai ; null : aussitôt"`
	SentAt    *time.Time `json:"sent_at"`
	FailedAt  *time.Time `json:"failed_at" doc:"Quand il a été abandonné"`
	LastError string     `json:"last_error,omitempty"`
	Erasure   bool       `json:"erasure,omitempty" doc:"Il demande l’effacement d’une carte : il ne se supprime pas"`
	// Of one that is asked for by itself.
	Text        string   `json:"text,omitempty" doc:"Absent des listes, et une fois parti"`
	Attachments []string `json:"attachments,omitempty" doc:"Noms des pièces jointes ; comme le texte"`
}

// MailDocument is the document of one mail as lists hold it, for the command line.
func MailDocument(m cards.OutboxMail) any { return toMail(m) }

// WholeMailDocument is the document of one mail that was asked for by itself.
func WholeMailDocument(m cards.OutboxMail) any { return toWholeMail(m) }

func toWholeMail(m cards.OutboxMail) apiMail {
	whole := toMail(m)
	whole.Subject, whole.Text = m.Subject, m.Body
	whole.Attachments = each(m.Attachments, func(a cards.Attachment) string { return a.Name })
	return whole
}

func toMail(m cards.OutboxMail) apiMail {
	return apiMail{
		ID: m.ID, To: m.To, Subject: m.PublicSubject(), State: string(m.State), QueuedAt: m.Queued.UTC(), Attempts: m.Attempts, DueAt: moment(m.DueAt),
		SentAt: moment(m.Sent), FailedAt: moment(m.Failed), LastError: m.LastErr.String(), Erasure: m.Erasure,
	}
}

type mailList struct {
	Body struct {
		Mails      []apiMail `json:"mails"`
		NextBefore *int64    `json:"next_before" doc:"À redonner dans before pour la suite ; null à la fin"`
	}
}

func (s outbox) list(ctx context.Context, in *struct {
	State  string `query:"state" enum:"en-attente,abandonne,envoye" doc:"Absent : tous"`
	Before int64  `query:"before" minimum:"1" doc:"Ne rend que les numéros inférieurs : next_before de la page précédente"`
	Limit  int    `query:"limit" minimum:"1" maximum:"200" default:"50" doc:"Nombre de lignes"`
}) (*mailList, error) {
	rows, err := s.store.Mails(ctx, cards.OutboxQuery{State: cards.MailState(in.State), Before: in.Before, Limit: in.Limit + 1})
	if err != nil {
		return nil, err
	}
	out := &mailList{}
	rows, out.Body.NextBefore = cut(rows, in.Limit, func(m cards.OutboxMail) int64 { return m.ID })
	out.Body.Mails = each(rows, toMail)
	return out, nil
}

// MailID names a mail in a path. It is exported for the reason ListPage is.
type MailID struct {
	ID int64 `path:"id" minimum:"1" doc:"Numéro du courriel"`
}

type oneMail struct {
	Body apiMail
}

func (s outbox) one(ctx context.Context, in *MailID) (*oneMail, error) {
	m, err := s.store.Mail(ctx, in.ID)
	if err != nil {
		return nil, err
	}
	return &oneMail{Body: toWholeMail(*m)}, nil
}

func (s outbox) retry(ctx context.Context, in *MailID) (*struct{}, error) {
	return nil, s.store.RetryMail(ctx, in.ID)
}

func (s outbox) drop(ctx context.Context, in *MailID) (*struct{}, error) {
	return nil, s.store.DropMail(ctx, in.ID)
}
