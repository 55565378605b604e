package web

import (
	"context"
	"net/http"

	"github.com/carte-reseau/hub/internal/cards"
)

// Likenesses are the pairs of cards that seem to belong to one person.
type Likenesses interface {
	Likenesses(ctx context.Context, q cards.LikenessQuery) ([]cards.Likeness, error)
	// SamePerson and TwoPersons answer with cards.Conflict where the pair is not, or no longer, one to decide on.
	SamePerson(ctx context.Context, goesOn, other, by string) error
	TwoPersons(ctx context.Context, number, other, by string) error
	// CardNumber is the number of the card with an opaque identifier.
	CardNumber(ctx context.Context, oaiID string) (string, error)
}

type likenessPages struct{ decidePages }

// A pair is named by its cards: the first is the one that goes on.
func (p likenessPages) register(d desk) {
	d.personal(cards.RoleReader, "list-duplicates", pathLikenesses, p.following(pathLikenesses, p.list))
	d.act(cards.RoleOperator, "same-person", "carte", "/doublons/:carte/reprend/:autre", p.deciding("same-person", "reunies", p.store.SamePerson))
	d.act(cards.RoleOperator, "two-persons", "carte", "/doublons/:carte/distincte/:autre", p.deciding("two-persons", "distinguees", p.store.TwoPersons))
}

// likePair is a likeness as it is shown: field by field.
type likePair struct {
	cards.Likeness
	visit *visit
}

// pairRow is one field of two cards.
type pairRow struct {
	Field   string
	Values  [2]string
	Differs bool
}

// Fields are those of which one of the two cards has a value.
func (l likePair) Fields() []pairRow {
	var rows []pairRow
	for _, f := range cards.AllFields() {
		row := pairRow{Field: f.String(), Values: [2]string{l.visit.shown(f, &l.Cards[0].Card), l.visit.shown(f, &l.Cards[1].Card)}}
		row.Differs = row.Values[0] != row.Values[1]
		if row.Values != [2]string{} {
			rows = append(rows, row)
		}
	}
	return rows
}

func (p likenessPages) list(v *visit) error {
	read := func(ctx context.Context, before int64, limit int) ([]cards.Likeness, error) {
		return p.store.Likenesses(ctx, cards.LikenessQuery{Before: before, Limit: limit})
	}
	found, err := decideList(v, p.decidePages, pathLikenesses, read, func(l cards.Likeness) int64 { return l.ID })
	if err != nil {
		return err
	}
	view := decideView[likePair]{Tabs: found.Tabs, Path: found.Path, Before: found.Before, Next: found.Next, Seen: found.Seen}
	var ids []string
	for _, pair := range found.Rows {
		view.Rows = append(view.Rows, likePair{pair, v})
		ids = append(ids, pair.Cards[0].OAIID, pair.Cards[1].OAIID)
	}
	if err := v.shows(ids...); err != nil {
		return err
	}
	return v.render(http.StatusOK, "likenesses", view)
}

// deciding is a decision on the two cards in the address. The desk has recorded it of the first; it is of the second too.
func (p likenessPages) deciding(action, done string, do func(ctx context.Context, number, other, by string) error) handler {
	return func(v *visit) error {
		ctx := v.Request().Context()
		number, err := p.number(v, "carte")
		if err != nil {
			return err
		}
		other, err := p.number(v, "autre")
		if err != nil {
			return err
		}
		if err := v.record(action, cards.SubjectCard(v.Param("autre")), "avec "+cards.SubjectCard(v.Param("carte"))); err != nil {
			return err
		}
		if err := do(ctx, number, other, v.user().Name); err != nil {
			return overtaken(v.listed(pathLikenesses), err)
		}
		return v.after(v.listed(pathLikenesses), done)
	}
}

// number is that of a card in the address.
func (p likenessPages) number(v *visit, param string) (string, error) {
	number, err := p.store.CardNumber(v.Request().Context(), v.Param(param))
	return number, vanished(v.listed(pathLikenesses), err)
}
