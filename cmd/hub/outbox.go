package main

import (
	"context"
	"fmt"
	"text/tabwriter"
	"time"

	"github.com/carte-reseau/hub/internal/cards"
	"github.com/carte-reseau/hub/internal/rest"
	"github.com/carte-reseau/hub/internal/store"
)

type outboxCommand struct {
	List  outboxList  `cmd:"" default:"withargs" help:"Lister les courriels abandonnés, puis ceux qui attendent, sans leur texte."`
	Show  outboxShow  `cmd:"" help:"Montrer un courriel, avec son texte tant qu’il n’est pas parti."`
	Retry outboxRetry `cmd:"" help:"Envoyer maintenant un courriel en attente ou abandonné."`
	Drop  outboxDrop  `cmd:"" help:"Supprimer un courriel abandonné."`
}

type outboxList struct {
	All   bool `name:"all" help:"Aussi ceux qui sont partis."`
	Limit int  `name:"limit" default:"50" help:"Nombre de courriels ; 0 : tous."`
	JSON  bool `name:"json" help:"Un document JSON par ligne, comme dans /api/v1/outbox."`
}

// Run lists the mails, those first that need somebody.
func (a outboxList) Run(ctx context.Context, s *Settings, c console) error {
	f, err := open(ctx, s, c)
	if err != nil {
		return err
	}
	defer f.close()
	rows, err := a.read(ctx, f)
	if err != nil {
		return err
	}
	return wholeList[cards.OutboxMail]{rest.MailDocument, printMails, "Aucun courriel n’attend, aucun n’a été abandonné."}.write(c, f, rows, a.JSON)
}

func (a outboxList) read(ctx context.Context, f *foundation) ([]cards.OutboxMail, error) {
	states := []cards.MailState{cards.MailFailed, cards.MailWaiting}
	if a.All {
		states = append(states, cards.MailSent)
	}
	var all []cards.OutboxMail
	for _, state := range states {
		wanted := a.Limit - len(all)
		if a.Limit > 0 && wanted == 0 {
			break
		}
		read := func(before int64) ([]cards.OutboxMail, error) {
			return f.store.Mails(ctx, cards.OutboxQuery{State: state, Before: before, Limit: pageOfRows})
		}
		some, err := newest(wanted, read, func(m cards.OutboxMail) int64 { return m.ID })
		if err != nil {
			return nil, err
		}
		all = append(all, some...)
	}
	return all, nil
}

func printMails(c console, rows []cards.OutboxMail, place *time.Location) error {
	w := tabwriter.NewWriter(c.out, 0, 0, 2, ' ', 0)
	_, _ = fmt.Fprintln(w, "N°\tPOUR\tOBJET\tÉCRIT LE\tESSAIS\tÉTAT\tDERNIÈRE ERREUR")
	for _, m := range rows {
		_, _ = fmt.Fprintf(w, "%d\t%s\t%s\t%s\t%d\t%s\t%s\n", m.ID, m.To, m.PublicSubject(), shown(m.Queued, place), m.Attempts, mailState(&m, place), m.LastErr)
	}
	return w.Flush()
}

func mailState(m *cards.OutboxMail, place *time.Location) string {
	switch {
	case m.State == cards.MailSent:
		return "envoyé le " + shown(m.Sent, place)
	case m.State == cards.MailFailed:
		return "abandonné le " + shown(m.Failed, place)
	case m.DueAt.IsZero():
		return "en attente"
	}
	return "en attente, prochain essai le " + shown(m.DueAt, place)
}

// onMail does something about one mail once it is recorded.
func onMail(ctx context.Context, s *Settings, c console, action string, id int64, do func(f *foundation) error) error {
	f, err := open(ctx, s, c)
	if err != nil {
		return err
	}
	defer f.close()
	return f.carryOut(ctx, action, cards.SubjectMail(id), "", func() error { return do(f) })
}

type outboxShow struct {
	ID   int64 `arg:"" help:"Numéro du courriel."`
	JSON bool  `name:"json" help:"Le document JSON, comme dans /api/v1/outbox."`
}

// Run shows one mail. What it says may name readers.
func (a outboxShow) Run(ctx context.Context, s *Settings, c console) error {
	return onMail(ctx, s, c, "get-mail", a.ID, func(f *foundation) error {
		m, err := f.store.Mail(ctx, a.ID)
		if err != nil {
			return err
		}
		if a.JSON {
			return eachAsJSON(c, []cards.OutboxMail{*m}, rest.WholeMailDocument)
		}
		return a.print(c, m, f.place)
	})
}

func (outboxShow) print(c console, m *cards.OutboxMail, place *time.Location) error {
	rows := [][2]string{
		{"pour", m.To}, {"objet", m.Subject}, {"écrit le", shown(m.Queued, place)}, {"essais", fmt.Sprint(m.Attempts)}, {"état", mailState(m, place)},
	}
	if !m.LastErr.IsZero() {
		rows = append(rows, [2]string{"dernière erreur", m.LastErr.String()})
	}
	for _, file := range m.Attachments {
		rows = append(rows, [2]string{"pièce jointe", file.Name})
	}
	w := tabwriter.NewWriter(c.out, 0, 0, 2, ' ', 0)
	writeFacts(w, rows)
	if err := w.Flush(); err != nil || m.Body == "" {
		return err
	}
	c.printf("\n%s\n", m.Body)
	return nil
}

type outboxRetry struct{ oneMail }

// Run has the hub that is running send a mail, whatever its next try.
func (a outboxRetry) Run(ctx context.Context, s *Settings, c console) error {
	return a.do(ctx, s, c, "retry-mail", (*store.Store).RetryMail, mailDone{ID: a.ID, State: cards.MailWaiting},
		"Courriel %d : hub serve l’envoie dans les secondes qui viennent. Suivi : hub outbox\n")
}

type outboxDrop struct{ oneMail }

// Run forgets a mail that was given up.
func (a outboxDrop) Run(ctx context.Context, s *Settings, c console) error {
	return a.do(ctx, s, c, "drop-mail", (*store.Store).DropMail, mailDone{ID: a.ID, Dropped: true}, "Courriel %d supprimé : il ne partira pas.\n")
}

// oneMail is a mail about which staff do something.
type oneMail struct {
	ID int64 `arg:"" help:"Numéro du courriel."`
	answers
}

// do does it, and says so in a sentence with the mail's number.
func (a oneMail) do(ctx context.Context, s *Settings, c console, action string, deed func(*store.Store, context.Context, int64) error, done mailDone, said string) error {
	err := onMail(ctx, s, c, action, a.ID, func(f *foundation) error { return deed(f.store, ctx, a.ID) })
	if err != nil {
		return err
	}
	return a.tell(c, done, said, a.ID)
}
