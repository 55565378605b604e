package web

import (
	"context"
	"net/http"
	"strconv"

	"github.com/carte-reseau/hub/internal/cards"
)

// Disputes are the conflicts and doubts staff decide.
type Disputes interface {
	Disputes(ctx context.Context, q cards.DisputeQuery) ([]cards.Dispute, error)
	Dispute(ctx context.Context, id int64) (*cards.Dispute, error)
	// KeepValue and ChooseOther answer with cards.Conflict where somebody has decided already, or something else stands by
	// now than the version seen.
	KeepValue(ctx context.Context, id int64, by string) error
	ChooseOther(ctx context.Context, id, seen int64, by string) error
}

type conflictPages struct{ decidePages }

func (p conflictPages) register(d desk) {
	d.personal(cards.RoleReader, "list-conflicts", pathConflicts, p.following(pathConflicts, p.list))
	d.act(cards.RoleOperator, "keep-conflict", "conflit", "/conflits/:id/garder", p.deciding(p.keep))
	d.act(cards.RoleOperator, "choose-conflict", "conflit", "/conflits/:id/choisir", p.deciding(p.choose))
}

// disputeCard is one dispute as it is shown.
type disputeCard struct {
	*cards.Dispute
	visit *visit
}

// shown writes a value of the disputed field.
func (d disputeCard) shown(c *cards.Card) string { return d.visit.shownNamed(d.Field, c) }

// KeptValue is the value that stayed, as staff read it; empty: nothing.
func (d disputeCard) KeptValue() string { return d.shown(&d.Kept.Value) }

// LostValue is the other value.
func (d disputeCard) LostValue() string { return d.shown(&d.Lost.Value) }

// CurrentValue is what stands by now.
func (d disputeCard) CurrentValue() string { return d.shown(&d.Current) }

// Reason names the text that says what cards.Dispute.Why says in French.
func (d disputeCard) Reason() string {
	switch {
	case d.Field == cards.NumberField:
		return "numero"
	case d.Rule == cards.RuleBehind || d.Kind == cards.NoteDoubt:
		return "retard"
	case d.Rule == cards.RuleMeeting && d.Kept.Library == d.Sender:
		return "rencontre-prise"
	case d.Rule == cards.RuleMeeting:
		return "rencontre"
	case d.Rule == cards.RuleHolder:
		return "ordre"
	case d.Rule == cards.RuleRoom:
		return "place"
	case d.Rule == cards.RuleJoined:
		return "reunies"
	}
	return "croisee"
}

func (p conflictPages) list(v *visit) error {
	read := func(ctx context.Context, before int64, limit int) ([]cards.Dispute, error) {
		return p.store.Disputes(ctx, cards.DisputeQuery{Before: before, Limit: limit})
	}
	found, err := decideList(v, p.decidePages, pathConflicts, read, func(d cards.Dispute) int64 { return d.ID })
	if err != nil {
		return err
	}
	view := decideView[disputeCard]{Tabs: found.Tabs, Path: found.Path, Before: found.Before, Next: found.Next, Seen: found.Seen}
	var ids []string
	for i := range found.Rows {
		view.Rows = append(view.Rows, disputeCard{&found.Rows[i], v})
		ids = append(ids, found.Rows[i].OAIID)
	}
	if err := v.shows(ids...); err != nil {
		return err
	}
	return v.render(http.StatusOK, "conflicts", view)
}

// deciding is a decision on the dispute in the address, after which the list goes on, or the card whose page it was made on.
func (p conflictPages) deciding(do func(v *visit, id int64) (string, error)) handler {
	return func(v *visit) error {
		id, err := v.id()
		if err != nil {
			return err
		}
		back := v.listed(pathConflicts)
		d, err := p.store.Dispute(v.Request().Context(), id)
		if err != nil {
			return vanished(back, err)
		}
		if v.FormValue("fiche") != "" {
			back = pathCards + "/" + d.OAIID
		}
		done, err := do(v, id)
		if err != nil {
			return overtaken(back, err)
		}
		return v.after(back, done)
	}
}

func (p conflictPages) keep(v *visit, id int64) (string, error) {
	return "garde", p.store.KeepValue(v.Request().Context(), id, v.user().Name)
}

// choose says which version was seen: what changed since is not overwritten unseen.
func (p conflictPages) choose(v *visit, id int64) (string, error) {
	seen, err := strconv.ParseInt(v.FormValue("vu"), 10, 64)
	if err != nil || seen < 0 {
		return "", v.refuse(cards.Invalid, "erreur.formulaire")
	}
	return "choisi", p.store.ChooseOther(v.Request().Context(), id, seen, v.user().Name)
}
