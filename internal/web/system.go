package web

import (
	"context"
	"net/http"
	"time"

	"github.com/carte-reseau/hub/internal/cards"
)

// Workings are the hub's own jobs and mails, and what goes wrong.
type Workings interface {
	HubJobs(ctx context.Context) ([]cards.Job, error)
	// Outbox counts the mails that wait, those given up, and when the oldest that waits was queued.
	Outbox(ctx context.Context) (waiting, failed int64, oldest time.Time, err error)
	Troubles(ctx context.Context, q cards.TroubleQuery) ([]cards.Trouble, error)
	Status(ctx context.Context) ([]cards.LibraryStatus, error)
	// Queued counts the documents that wait to be integrated, or are just being.
	Queued(ctx context.Context) (documents int64, err error)
}

// Machine tells of what the hub runs on.
type Machine interface {
	Facts(ctx context.Context) (Facts, error)
}

// Facts are what the hub runs on, as they are now. They hold no secret.
type Facts struct {
	Database     string // SQLite, PostgreSQL
	Schema       int64
	DatabaseSize int64 // bytes; 0 where it is not known
	// ClockBehind is by how many seconds the database's clock stepped back; 0 when all is well.
	ClockBehind int64
	DataFolder  string
	cards.Machine
	PublicURL string
	FTP       string // an address without its account; empty: off
	SMTP      string // the same
}

// SystemPage makes the page on the hub itself.
func SystemPage(store Workings, machine Machine) Page {
	return systemPage{store: store, machine: machine}
}

type systemPage struct {
	store   Workings
	machine Machine
}

func (p systemPage) register(d desk) { d.view(cards.RoleReader, "/systeme", p.show) }

type systemView struct {
	Facts           Facts
	Jobs            []cards.Job
	Troubles        []troubleRow
	Documents       int64 // that wait to be integrated
	Owed            int64 // cards that wait for their libraries
	MailWaiting     int64
	MailFailed      int64
	MailOldest      time.Time
	CertificateLow  bool
	CertificateDays int
	Well            bool
}

// troubleRow is something that goes wrong, in the visitor's language.
type troubleRow struct {
	cards.Trouble
	Title, Text, Advice string
}

func (v *visit) troubleRow(t cards.Trouble) troubleRow {
	named := t
	if t.Library != "" {
		named.Library = v.text("hub.cite", "nom", v.door.pages.library(t.Library))
	}
	return troubleRow{Trouble: t, Title: t.Kind.Title(v.lang), Text: bound(v.lang, named.Sentence(v.lang, v.door.options.Location)), Advice: bound(v.lang, t.Kind.Advice(v.lang))}
}

func (p systemPage) show(v *visit) error {
	ctx := v.Request().Context()
	var view systemView
	var err error
	if view.Facts, err = p.machine.Facts(ctx); err != nil {
		return err
	}
	if view.Jobs, err = p.store.HubJobs(ctx); err != nil {
		return err
	}
	if view.Documents, err = p.store.Queued(ctx); err != nil {
		return err
	}
	if view.Owed, err = p.owed(ctx); err != nil {
		return err
	}
	if view.MailWaiting, view.MailFailed, view.MailOldest, err = p.store.Outbox(ctx); err != nil {
		return err
	}
	troubles, err := p.store.Troubles(ctx, cards.TroubleQuery{Open: true, Limit: pageRows})
	if err != nil {
		return err
	}
	for i := range troubles {
		view.Troubles = append(view.Troubles, v.troubleRow(troubles[i]))
	}
	view.judge(v.door.options.Now())
	return v.render(http.StatusOK, "system", view)
}

func (p systemPage) owed(ctx context.Context) (n int64, err error) {
	libraries, err := p.store.Status(ctx)
	for i := range libraries {
		n += libraries[i].Behind
	}
	return n, err
}

// judge says whether anything asks for a person.
func (s *systemView) judge(now time.Time) {
	if ends := s.Facts.Certificate; !ends.IsZero() {
		s.CertificateDays = max(0, int(ends.Sub(now)/(24*time.Hour)))
	}
	s.CertificateLow = s.Facts.CertificateLow(now)
	s.Well = len(s.Troubles) == 0 && s.MailFailed == 0 && s.Facts.ClockBehind == 0 && !s.Facts.DiskLow() && !s.CertificateLow
	for i := range s.Jobs {
		s.Well = s.Well && s.Jobs[i].Failures == 0
	}
}
