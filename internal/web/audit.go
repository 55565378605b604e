package web

import (
	"context"
	"iter"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/carte-reseau/hub/internal/cards"
	"github.com/carte-reseau/hub/internal/sheet"
)

// Trail is what was recorded of who saw and did what.
type Trail interface {
	Audit(ctx context.Context, q cards.AuditQuery) ([]cards.AuditEntry, error)
	// AuditAll gives all entries the question selects, newest first.
	AuditAll(ctx context.Context, q cards.AuditQuery) iter.Seq2[cards.AuditEntry, error]
}

// AuditPage makes the page of the audit log, and its file for spreadsheets.
func AuditPage(store Trail) Page { return auditPage{store: store} }

type auditPage struct{ store Trail }

func (p auditPage) register(d desk) {
	d.consult(cards.RoleAdministrator, "list-audit", "/systeme/journal", ofAll, p.show)
	d.view(cards.RoleAdministrator, "/systeme/journal.csv", p.download)
}

// auditFilter is the form at the top of the page, as it was typed.
type auditFilter struct {
	Actor, Action, Subject, From, To string
}

// query reads the form. The last day counts whole.
func (f auditFilter) query(v *visit) (cards.AuditQuery, error) {
	q := cards.AuditQuery{Actor: f.Actor, Action: f.Action, Subject: cards.AuditSubjectTyped(f.Subject)}
	var err error
	if q.From, err = dayOf(v, f.From, 0); err != nil {
		return q, err
	}
	q.To, err = dayOf(v, f.To, 1)
	return q, err
}

func dayOf(v *visit, typed string, later int) (time.Time, error) {
	if typed == "" {
		return time.Time{}, nil
	}
	day, err := time.ParseInLocation(time.DateOnly, typed, v.door.options.Location)
	if err != nil {
		return time.Time{}, v.refuse(cards.Invalid, "journal.jour-faux")
	}
	return day.AddDate(0, 0, later), nil
}

func filterOf(v *visit) auditFilter {
	typed := func(name string) string { return strings.TrimSpace(v.QueryParam(name)) }
	return auditFilter{Actor: typed("compte"), Action: typed("action"), Subject: typed("sujet"), From: typed("du"), To: typed("au")}
}

type auditView struct {
	Filter  auditFilter
	Actions []string
	Rows    []auditRow
	Query   string // of the file and of what follows
	Next    int64
}

type auditRow struct {
	cards.AuditEntry
	Words           string // of the action
	Subject, Detail string // as French is written
}

func (p auditPage) show(v *visit) error {
	view := auditView{Filter: filterOf(v), Actions: v.door.recorded()}
	q, err := view.Filter.query(v)
	if err != nil {
		return err
	}
	q.Before, q.Limit = v.before(), pageRows+1
	entries, err := p.store.Audit(v.Request().Context(), q)
	if err != nil {
		return err
	}
	entries, view.Next = cut(entries, pageRows, func(e cards.AuditEntry) int64 { return e.ID })
	for _, e := range entries {
		view.Rows = append(view.Rows, auditRow{
			AuditEntry: e, Words: v.actionWords(e.Action), Subject: cards.AuditInWords(e.Subject), Detail: cards.AuditInWords(e.Detail),
		})
	}
	query := url.Values{}
	for name, value := range map[string]string{
		"compte": view.Filter.Actor, "action": view.Filter.Action, "sujet": view.Filter.Subject, "du": view.Filter.From, "au": view.Filter.To,
	} {
		if value != "" {
			query.Set(name, value)
		}
	}
	view.Query = query.Encode()
	return v.render(http.StatusOK, "audit", view)
}

// actionWords says in plain words what was done; of an action nobody described, its name.
func (v *visit) actionWords(action string) string {
	if known := v.door.pages.known(v.lang, "action."+action); known != "" {
		return known
	}
	return action
}

// More is the address of what follows.
func (a auditView) More() string { return "?" + a.Query + "&avant=" + strconv.FormatInt(a.Next, 10) }

// File is the address of the file.
func (a auditView) File() string { return "/systeme/journal.csv?" + a.Query }

// download writes the entries as they are read: there may be years of them. That somebody takes them is recorded first.
func (p auditPage) download(v *visit) error {
	f := filterOf(v)
	q, err := f.query(v)
	if err != nil {
		return err
	}
	if err := v.record("export-audit", "journal", ""); err != nil {
		return err
	}
	v.attach("journal.csv")
	v.Response().Header().Set("Content-Type", sheet.ContentType)
	v.Response().WriteHeader(http.StatusOK)
	if err := sheet.StreamCSV(v.Response(), p.records(v, q)); err != nil {
		v.breakOff(err)
	}
	return nil
}

func (p auditPage) records(v *visit, q cards.AuditQuery) iter.Seq2[[]string, error] {
	return func(yield func([]string, error) bool) {
		head := []string{v.text("journal.numero"), v.text("journal.quand"), v.text("journal.qui"), v.text("journal.role"), v.text("journal.porte")}
		head = append(head, v.text("journal.action"), v.text("journal.action-nom"), v.text("journal.sujet"), v.text("journal.detail"))
		if !yield(head, nil) {
			return
		}
		for e, err := range p.store.AuditAll(v.Request().Context(), q) {
			line := []string{
				strconv.FormatInt(e.ID, 10), e.At.UTC().Format(time.RFC3339), e.Actor, v.door.pages.known(v.lang, "role."+string(e.Role)), e.Door, v.actionWords(e.Action), e.Action,
				cards.AuditInWords(e.Subject), cards.AuditInWords(e.Detail),
			}
			if !yield(line, err) || err != nil {
				return
			}
		}
	}
}
