package web

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strings"

	"github.com/labstack/echo/v4"

	"github.com/carte-reseau/hub/internal/cards"
)

// Documents are the deposits, what was refused of them, and what staff decide of them.
type Documents interface {
	Deposit(ctx context.Context, id int64) (*cards.Deposit, error)
	// RefusedCards are read page by page; next is empty on the last one.
	RefusedCards(ctx context.Context, deposit int64, after string, limit int) (refused []cards.Outcome, next string, err error)
	// CardIDs finds the opaque identifiers of those of the numbers that cards have.
	CardIDs(ctx context.Context, numbers []string) (map[string]string, error)
	// DocumentOf answers with cards.NotFound where the bytes are no longer kept.
	DocumentOf(ctx context.Context, deposit int64) (io.ReadCloser, error)
	// AcceptDeposit and RefuseDeposit answer with cards.Conflict where the deposit is not suspended.
	AcceptDeposit(ctx context.Context, id int64, by string) error
	RefuseDeposit(ctx context.Context, id int64, by, reason string) error
	// RetryDeposit and IntegrateSimulated integrate the same bytes once more, as a deposit of their own.
	RetryDeposit(ctx context.Context, id int64) (*cards.Deposit, error)
	IntegrateSimulated(ctx context.Context, id int64) (*cards.Deposit, error)
}

// Reports writes the report of a deposit.
type Reports interface {
	WriteReport(ctx context.Context, d *cards.Deposit, rejectedOnly bool, w io.Writer) error
}

// DepositPage makes the page of one deposit.
func DepositPage(store Documents, reports Reports) Page {
	return depositPage{store: store, reports: reports}
}

type depositPage struct {
	store   Documents
	reports Reports
}

func (p depositPage) register(d desk) {
	const path = pathDocuments + "/:id"
	d.view(cards.RoleReader, path, p.show) // it records itself where it shows what is a person's
	d.personal(cards.RoleReader, "get-deposit-report", path+"/rapport.xml", p.report)
	d.personal(cards.RoleOperator, "get-deposit-document", path+"/document.xml", p.document)
	d.act(cards.RoleOperator, "accept-deposit", "depot", path+"/accepter", p.accept)
	d.act(cards.RoleOperator, "refuse-deposit", "depot", path+"/ecarter", p.refuse)
	d.act(cards.RoleOperator, "retry-deposit", "depot", path+"/rejouer", p.retry)
	d.act(cards.RoleOperator, "integrate-deposit", "depot", path+"/integrer", p.integrate)
}

// pathDocuments is not /depots: that is where libraries fetch their reports.
const pathDocuments = "/documents"

func depositPath(id int64) string { return fmt.Sprintf("%s/%d", pathDocuments, id) }

// depositCard is a deposit as it is shown.
type depositCard struct{ *cards.Deposit }

// touchedField is in how many cards one field would change.
type touchedField struct {
	Field string
	Cards int
}

// Fields are those a suspended deposit would change, the most touched first.
func (d depositCard) Fields() []touchedField {
	var list []touchedField
	for field, n := range d.Touched {
		list = append(list, touchedField{field, n})
	}
	slices.SortFunc(list, func(a, b touchedField) int {
		if a.Cards != b.Cards {
			return b.Cards - a.Cards
		}
		return strings.Compare(a.Field, b.Field)
	})
	return list
}

// UnderWay reports whether its cards are still being dealt with.
func (d depositCard) UnderWay() bool {
	return d.Status == cards.Receiving || d.Status == cards.Received
}

// IsSuspended reports whether a person is waited for.
func (d depositCard) IsSuspended() bool { return d.Status == cards.Suspended }

// Told reports whether its counts say what it did; else they say what it would do.
func (d depositCard) Told() bool { return d.Status != cards.Suspended && d.Status != cards.Simulated }

// MayRetry reports whether it can be integrated once more.
func (d depositCard) MayRetry() bool {
	return !d.Finished.IsZero() && d.Kept && !d.Gone && d.Door != cards.DoorHarvest && (d.Status == cards.Refused || d.Status == cards.Partial)
}

// MayIntegrate reports whether what was simulated can be done for real.
func (d depositCard) MayIntegrate() bool { return d.Status == cards.Simulated && d.Kept && !d.Gone }

// refusedRow is one card that was refused.
type refusedRow struct {
	cards.Outcome
	OAIID string // empty where the network has no card of the number
}

type depositView struct {
	depositCard
	Refused []refusedRow
	Next    string
	// Part is set where only the part that follows the deposit is asked for: the file's name is not in it.
	Part bool
	// Undone is why what was asked for was not done, Reason what was typed with it.
	Undone words
	Reason string
}

func (p depositPage) show(v *visit) error {
	id, err := v.id()
	if err != nil {
		return err
	}
	return p.shown(v, id, http.StatusOK, words{})
}

func (p depositPage) shown(v *visit, id int64, status int, undone words) error {
	d, err := p.store.Deposit(v.Request().Context(), id)
	if err != nil {
		return err
	}
	view := depositView{depositCard: depositCard{d}, Part: v.partly(), Undone: undone, Reason: v.Request().PostFormValue("motif")}
	var ids []string
	if !view.UnderWay() {
		if ids, err = p.refused(v, &view); err != nil {
			return err
		}
	}
	// While it is followed nothing of a person is shown, and nothing need be recorded every two seconds.
	if len(view.Refused) > 0 || d.Name != "" && !view.Part {
		v.watch = "view-deposit"
		if err := v.showsOf(cards.SubjectDeposit(id), ids); err != nil {
			return err
		}
	}
	return v.render(status, "deposit", view)
}

// refused reads a page of the refused cards, and which cards the network has of them.
func (p depositPage) refused(v *visit, view *depositView) (ids []string, err error) {
	ctx := v.Request().Context()
	rows, next, err := p.store.RefusedCards(ctx, view.ID, v.QueryParam("apres"), pageRows)
	if err != nil {
		return nil, err
	}
	numbers := make([]string, len(rows))
	for i, row := range rows {
		numbers[i] = row.Number
	}
	known, err := p.store.CardIDs(ctx, numbers)
	if err != nil {
		return nil, err
	}
	view.Next = next
	for _, row := range rows {
		id := known[row.Number]
		view.Refused = append(view.Refused, refusedRow{row, id})
		if id != "" {
			ids = append(ids, id)
		}
	}
	return ids, nil
}

func (p depositPage) report(v *visit) error {
	return p.download(v, "rapport", func(d *cards.Deposit, w io.Writer) error {
		return p.reports.WriteReport(v.Request().Context(), d, false, w)
	})
}

func (p depositPage) document(v *visit) error {
	return p.download(v, "depot", func(d *cards.Deposit, w io.Writer) error {
		bytes, err := p.store.DocumentOf(v.Request().Context(), d.ID)
		if err != nil {
			return err
		}
		defer func() { _ = bytes.Close() }() // it was read only
		_, err = io.Copy(w, bytes)
		return err
	})
}

// download sends a document as a file. Until its first bytes an error has its own page; behind them the connection ends, so
// that what was cut short does not look whole.
func (p depositPage) download(v *visit, name string, write func(d *cards.Deposit, w io.Writer) error) error {
	id, err := v.id()
	if err != nil {
		return err
	}
	d, err := p.store.Deposit(v.Request().Context(), id)
	if err != nil {
		return err
	}
	if err := v.showsOf(cards.SubjectDeposit(id), nil); err != nil {
		return err
	}
	h := v.Response().Header()
	h.Set(echo.HeaderContentType, "application/xml")
	h.Set(echo.HeaderContentDisposition, fmt.Sprintf(`attachment; filename="%s-%d.xml"`, name, id))
	err = write(d, v.Response())
	switch {
	case err != nil && v.Response().Committed:
		v.breakOff(err)
	case err != nil:
		h.Del(echo.HeaderContentType)
		h.Del(echo.HeaderContentDisposition)
	case !v.Response().Committed:
		v.Response().WriteHeader(http.StatusOK)
	}
	return err
}

func (p depositPage) accept(v *visit) error {
	id, err := v.id()
	if err != nil {
		return err
	}
	err = p.store.AcceptDeposit(v.Request().Context(), id, v.user().Name)
	return p.judged(v, id, "accepte", err)
}

func (p depositPage) refuse(v *visit) error {
	id, err := v.id()
	if err != nil {
		return err
	}
	const longest = 500
	reason := strings.TrimSpace(v.FormValue("motif"))
	if reason == "" || len([]rune(reason)) > longest {
		return p.shown(v, id, http.StatusUnprocessableEntity, v.again(v.refuse(cards.Invalid, "depot.motif-manque")))
	}
	err = p.store.RefuseDeposit(v.Request().Context(), id, v.user().Name, reason)
	return p.judged(v, id, "ecarte", err)
}

// judged goes on with the list the decision was made in, or with the deposit.
func (p depositPage) judged(v *visit, id int64, done string, err error) error {
	back := depositPath(id)
	if v.FormValue("liste") != "" {
		back = v.listed(pathSuspended)
	}
	if err != nil {
		return overtaken(back, err)
	}
	return v.after(back, done)
}

func (p depositPage) retry(v *visit) error { return p.again(v, p.store.RetryDeposit, "rejoue") }

func (p depositPage) integrate(v *visit) error {
	return p.again(v, p.store.IntegrateSimulated, "integration")
}

// again shows the deposit that was made of the same bytes, or why none was: there are many reasons, and one of them alone is that
// somebody came first.
func (p depositPage) again(v *visit, do func(ctx context.Context, id int64) (*cards.Deposit, error), done string) error {
	id, err := v.id()
	if err != nil {
		return err
	}
	made, err := do(v.Request().Context(), id)
	if cards.CodeOf(err) == cards.Conflict {
		return p.shown(v, id, http.StatusConflict, v.again(err))
	}
	if err != nil {
		return err
	}
	return v.after(depositPath(made.ID), done)
}
