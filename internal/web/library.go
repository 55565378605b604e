package web

import (
	"context"
	"net/http"
	"strings"
	"time"

	"github.com/carte-reseau/hub/internal/cards"
)

// Libraries is what the page of one library shows, and what is done there.
type Libraries interface {
	Library(ctx context.Context, code string) (*cards.Library, error)
	LibraryStatus(ctx context.Context, code string) (*cards.LibraryStatus, error)
	Runs(ctx context.Context, q cards.RunQuery) ([]cards.Run, error)
	Deposits(ctx context.Context, q cards.DepositQuery) ([]cards.Deposit, error)
	Activity(ctx context.Context, from, to string) (map[int64][]cards.Activity, error)
	// RefusedBy lists the cards a library's own system did not take, with its reasons; before, by CardID.
	RefusedBy(ctx context.Context, libraryID, before int64, limit int) ([]cards.HandAgain, error)
	PauseLibrary(ctx context.Context, id int64, reason cards.Sentence) error
	// ResumeLibrary takes the exchange up again, and settles what asked for a person.
	ResumeLibrary(ctx context.Context, id int64) error
	// OpenLibrary ends a library's preparation: from now on it is handed what it is owed.
	OpenLibrary(ctx context.Context, id int64) error
	DeliverAgain(ctx context.Context, id int64, by string) (int, error)
	// RunNow has work of the library's done now, whatever its schedule; cards.Conflict where its settings give no reason for it, or
	// it is not in the plan yet.
	RunNow(ctx context.Context, kind cards.JobKind, l *cards.Library) error
}

// LibraryPage makes the page of one library: what it exchanges, what is wrong, and the buttons to act.
func LibraryPage(store Libraries) Page { return libraryPage{store: store} }

type libraryPage struct{ store Libraries }

func (p libraryPage) register(d desk) {
	const path = "/etablissements/:code"
	d.view(cards.RoleReader, path, p.show)
	d.view(cards.RoleReader, path+"/passages", p.runs)
	d.view(cards.RoleReader, path+"/depots", p.deposits)
	d.personal(cards.RoleReader, "view-refused", path+"/refusees", p.refused)
	for _, a := range []struct {
		role         cards.Role
		action, last string
		do           func(*visit, *cards.Library) (string, error)
	}{
		{cards.RoleOperator, "pause-library", "suspendre", p.pause},
		{cards.RoleOperator, "resume-library", "reprendre", p.resume},
		{cards.RoleAdministrator, "open-library", "ouvrir", p.open}, // what was handed over cannot be taken back
		{cards.RoleOperator, "harvest-library", "moissonner", p.harvest},
		{cards.RoleOperator, "push-library", "livrer", p.push},
		{cards.RoleOperator, "deliver-again", "tout-redonner", p.again},
	} {
		d.act(a.role, a.action, "bibliotheque", path+"/"+a.last, p.doing(a.do))
	}
}

const fewRows = 8

type libraryView struct {
	Row      libraryRow
	Status   *cards.LibraryStatus
	Runs     []cards.Run
	Deposits []cards.Deposit
	// Fault is why what was asked for was not done, Reason what was typed with it.
	Fault  words
	Reason string
}

// Job finds the library's job of a kind; nil where it has none.
func (l libraryView) Job(kind string) *cards.Job {
	for i := range l.Status.Jobs {
		if string(l.Status.Jobs[i].Kind) == kind {
			return &l.Status.Jobs[i]
		}
	}
	return nil
}

// MayRunNow reports whether a job of the library's may run now: there is no button for what would be refused.
func (l libraryView) MayRunNow(kind string) bool {
	return l.Status.Library.MayRunNow(cards.JobKind(kind)) == nil
}

// Path is the page's address.
func (l libraryView) Path() string { return libraryPath(l.Status.Library.Code) }

func libraryPath(code string) string { return "/etablissements/" + code }

func (p libraryPage) show(v *visit) error {
	code, err := v.code()
	if err != nil {
		return err
	}
	return p.shown(v, code, http.StatusOK, words{})
}

func (p libraryPage) shown(v *visit, code string, status int, fault words) (err error) {
	ctx := v.Request().Context()
	view := libraryView{Fault: fault, Reason: v.Request().PostFormValue("motif")}
	if view.Status, err = p.store.LibraryStatus(ctx, code); err != nil {
		return err
	}
	now, place := v.door.options.Now(), v.door.options.Location
	today := now.In(place).Format(time.DateOnly)
	activity, err := p.store.Activity(ctx, firstDrawn(now, place), today)
	if err != nil {
		return err
	}
	view.Row = rowOf(v, view.Status, activity[view.Status.Library.ID], today)
	if view.Runs, err = p.store.Runs(ctx, cards.RunQuery{Library: code, Limit: fewRows}); err != nil {
		return err
	}
	if view.Deposits, err = p.store.Deposits(ctx, cards.DepositQuery{Library: code, Limit: fewRows}); err != nil {
		return err
	}
	return v.render(status, "library", view)
}

type rowsView[T any] struct {
	Library *cards.Library
	Rows    []T
	Next    int64
}

// Path is the library's page.
func (r rowsView[T]) Path() string { return libraryPath(r.Library.Code) }

func (p libraryPage) runs(v *visit) error {
	l, err := p.library(v)
	if err != nil {
		return err
	}
	rows, err := p.store.Runs(v.Request().Context(), cards.RunQuery{Library: l.Code, Before: v.before(), Limit: pageRows + 1})
	if err != nil {
		return err
	}
	view := rowsView[cards.Run]{Library: l}
	view.Rows, view.Next = cut(rows, pageRows, func(r cards.Run) int64 { return r.ID })
	return v.render(http.StatusOK, "runs", view)
}

func (p libraryPage) deposits(v *visit) error {
	l, err := p.library(v)
	if err != nil {
		return err
	}
	rows, err := p.store.Deposits(v.Request().Context(), cards.DepositQuery{Library: l.Code, Before: v.before(), Limit: pageRows + 1})
	if err != nil {
		return err
	}
	view := rowsView[cards.Deposit]{Library: l}
	view.Rows, view.Next = cut(rows, pageRows, func(d cards.Deposit) int64 { return d.ID })
	return v.render(http.StatusOK, "deposits", view)
}

func (p libraryPage) refused(v *visit) error {
	l, err := p.library(v)
	if err != nil {
		return err
	}
	rows, err := p.store.RefusedBy(v.Request().Context(), l.ID, v.before(), pageRows+1)
	if err != nil {
		return err
	}
	view := rowsView[cards.HandAgain]{Library: l}
	view.Rows, view.Next = cut(rows, pageRows, func(row cards.HandAgain) int64 { return row.CardID })
	ids := make([]string, len(view.Rows))
	for i, row := range view.Rows {
		ids[i] = row.OAIID
	}
	if err := v.shows(ids...); err != nil {
		return err
	}
	return v.render(http.StatusOK, "refused", view)
}

func (p libraryPage) library(v *visit) (*cards.Library, error) {
	code, err := v.code()
	if err != nil {
		return nil, err
	}
	return p.store.Library(v.Request().Context(), code)
}

// doing is an action on the library in the address, after which its page is shown with a word of what was done, or why it was not.
func (p libraryPage) doing(do func(*visit, *cards.Library) (string, error)) handler {
	return func(v *visit) error {
		l, err := p.library(v)
		if err != nil {
			return err
		}
		done, err := do(v, l)
		if isTheirs(err) {
			status, _ := statusOf(err)
			return p.shown(v, l.Code, status, v.again(err))
		}
		if err != nil {
			return err
		}
		return v.after(libraryPath(l.Code), done)
	}
}

func (p libraryPage) pause(v *visit, l *cards.Library) (string, error) {
	const longest = 200
	reason := strings.TrimSpace(v.FormValue("motif"))
	if reason == "" || len([]rune(reason)) > longest {
		return "", v.refuse(cards.Invalid, "etablissement.motif-manque")
	}
	return "suspendue", p.store.PauseLibrary(v.Request().Context(), l.ID, cards.Quote(reason))
}

func (p libraryPage) resume(v *visit, l *cards.Library) (string, error) {
	done := "reprise"
	if !l.Paused {
		done = "regle" // what asked for a person
	}
	return done, p.store.ResumeLibrary(v.Request().Context(), l.ID)
}

func (p libraryPage) open(v *visit, l *cards.Library) (string, error) {
	return "ouverte", p.store.OpenLibrary(v.Request().Context(), l.ID)
}

func (p libraryPage) harvest(v *visit, l *cards.Library) (string, error) {
	return "demande", p.store.RunNow(v.Request().Context(), cards.JobHarvest, l)
}

func (p libraryPage) push(v *visit, l *cards.Library) (string, error) {
	return "demande", p.store.RunNow(v.Request().Context(), cards.JobPush, l)
}

func (p libraryPage) again(v *visit, l *cards.Library) (string, error) {
	_, err := p.store.DeliverAgain(v.Request().Context(), l.ID, v.user().Name)
	return "redonne", err
}
