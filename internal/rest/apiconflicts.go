package rest

import (
	"context"
	"time"

	"github.com/carte-reseau/hub/internal/cards"
)

// Disputes are the conflicts and doubts staff decide.
type Disputes interface {
	Disputes(ctx context.Context, q cards.DisputeQuery) ([]cards.Dispute, error)
	Dispute(ctx context.Context, id int64) (*cards.Dispute, error)
	// KeepValue and ChooseOther answer with cards.Conflict where somebody has decided already, or something else stands by
	// now than the version seen; see the store.
	KeepValue(ctx context.Context, id int64, by string) error
	ChooseOther(ctx context.Context, id, seen int64, by string) error
}

// Conflicts makes the subject of conflicts and doubts. hubCode names the hub where a value is its own.
func Conflicts(store Disputes, hubCode string) Subject {
	return conflicts{store: store, hubCode: hubCode}
}

type conflicts struct {
	store   Disputes
	hubCode string
}

func (s conflicts) register(d desk) {
	on(d, get(cards.RoleReader, "list-conflicts", "/conflicts", "Les conflits et les doutes, du plus récent au plus ancien"), s.list)
	on(d, post(cards.RoleReader, "search-conflicts", "/conflicts/search", "Les conflits et les doutes d’une carte").asking(), s.search)
	on(d, get(cards.RoleReader, "get-conflict", "/conflicts/{id}", "Un conflit ou un doute"), s.one)
	on(d, post(cards.RoleOperator, "keep-conflict", "/conflicts/{id}/keep", "Garder la valeur en place"), s.keep)
	on(d, post(cards.RoleOperator, "choose-conflict", "/conflicts/{id}/choose", "Mettre l’autre valeur en place"), s.choose)
}

type apiConflict struct {
	ID        int64      `json:"id"`
	Kind      string     `json:"kind" enum:"conflit,doute"`
	Card      string     `json:"card" doc:"Numéro actuel de la carte"`
	OAIID     string     `json:"oai_id" doc:"Fin de l’identifiant OAI de la carte"`
	Field     string     `json:"field" doc:"Champ, comme dans le format d’échange ; « numero » pour deux remplacements de la même carte" example:"telephone"`
	Rule      int        `json:"rule" doc:"Règle de fusion qui a choisi ; 0 s’il n’y en a pas"`
	Why       string     `json:"why" doc:"La même chose en clair"`
	Kept      apiClaim   `json:"kept" doc:"La valeur qui est restée"`
	Other     apiClaim   `json:"other" doc:"L’autre valeur"`
	Current   string     `json:"current" doc:"Ce qui est en place maintenant"`
	Version   int64      `json:"version" doc:"Version de ce champ en place maintenant : à redonner dans seen"`
	Overtaken bool       `json:"overtaken" doc:"Dépassé : ce qui est en place n’est plus la valeur qui était restée"`
	NotedAt   time.Time  `json:"noted_at"`
	Verdict   string     `json:"verdict,omitempty" enum:"garde,autre" doc:"Absent tant que personne n’a décidé"`
	DecidedAt *time.Time `json:"decided_at"`
	DecidedBy string     `json:"decided_by,omitempty"`
}

type apiClaim struct {
	Value   string     `json:"value" doc:"Vide : effacée"`
	Library string     `json:"library" doc:"Code de la bibliothèque dont elle vient, ou du concentrateur"`
	At      *time.Time `json:"at" doc:"De quand elle date ; null si on ne sait pas"`
}

// ConflictDocument is the document of one conflict, for the command line.
func ConflictDocument(d cards.Dispute, hubCode string) any {
	return conflicts{hubCode: hubCode}.toConflict(d)
}

func (s conflicts) toConflict(d cards.Dispute) apiConflict {
	return apiConflict{
		ID: d.ID, Kind: string(d.Kind), Card: d.Number, OAIID: d.OAIID, Field: d.Field, Rule: int(d.Rule), Why: d.Why(),
		Kept: s.toClaim(d.Field, d.Kept), Other: s.toClaim(d.Field, d.Lost), Current: cards.ShownValue(d.Field, &d.Current),
		Version: d.Version, Overtaken: d.Overtaken(), NotedAt: d.Noted.UTC(),
		Verdict: string(d.Verdict), DecidedAt: moment(d.Decided), DecidedBy: d.DecidedBy,
	}
}

func (s conflicts) toClaim(field string, c cards.Claim) apiClaim {
	library := c.Library
	if library == "" {
		library = s.hubCode
	}
	return apiClaim{Value: cards.ShownValue(field, &c.Value), Library: library, At: moment(c.At)}
}

type conflictList struct {
	Body struct {
		Conflicts  []apiConflict `json:"conflicts"`
		NextBefore *int64        `json:"next_before" doc:"À redonner dans before pour la suite ; null à la fin"`
	}
}

func (l *conflictList) shown() []string {
	return each(l.Body.Conflicts, func(c apiConflict) string { return c.OAIID })
}

func (s conflicts) page(ctx context.Context, q cards.DisputeQuery) (*conflictList, error) {
	limit := q.Limit
	q.Limit++
	rows, err := s.store.Disputes(ctx, q)
	if err != nil {
		return nil, err
	}
	out := &conflictList{}
	rows, out.Body.NextBefore = cut(rows, limit, func(d cards.Dispute) int64 { return d.ID })
	out.Body.Conflicts = each(rows, s.toConflict)
	return out, nil
}

func (s conflicts) list(ctx context.Context, in *struct {
	ListPage
	Kind string `query:"kind" enum:"conflit,doute" doc:"Absent : les deux"`
	All  bool   `query:"all" doc:"Aussi ceux qui sont tranchés"`
}) (*conflictList, error) {
	return s.page(ctx, cards.DisputeQuery{
		Library: in.Library, Kind: cards.NoteKind(in.Kind), Decided: in.All, Before: in.Before, Limit: in.Limit,
	})
}

func (s conflicts) search(ctx context.Context, in *struct {
	Body struct {
		Card   string `json:"card" pattern:"^[0-9A-Za-z._-]{1,32}$" doc:"Numéro de la carte, actuel ou ancien"`
		All    bool   `json:"all,omitempty" doc:"Aussi ceux qui sont tranchés"`
		Before int64  `json:"before,omitempty" minimum:"1" doc:"next_before de la page précédente"`
	}
}) (*conflictList, error) {
	const limit = 50
	return s.page(ctx, cards.DisputeQuery{Number: in.Body.Card, Decided: in.Body.All, Before: in.Body.Before, Limit: limit})
}

// ConflictID names a conflict in a path. It is exported for the reason ListPage is.
type ConflictID struct {
	ID int64 `path:"id" minimum:"1"`
}

type oneConflict struct {
	Body apiConflict
}

func (c *oneConflict) shown() []string { return []string{c.Body.OAIID} }

func (s conflicts) one(ctx context.Context, in *ConflictID) (*oneConflict, error) {
	d, err := s.store.Dispute(ctx, in.ID)
	if err != nil {
		return nil, err
	}
	return &oneConflict{Body: s.toConflict(*d)}, nil
}

func (s conflicts) keep(ctx context.Context, in *ConflictID) (*oneConflict, error) {
	if err := s.store.KeepValue(ctx, in.ID, accountOf(ctx).Name); err != nil {
		return nil, err
	}
	return s.one(ctx, in)
}

func (s conflicts) choose(ctx context.Context, in *struct {
	ConflictID
	Body *struct {
		Seen int64 `json:"seen,omitempty" minimum:"1" doc:"version du conflit tel qu’il a été lu : obligatoire s’il est dépassé, sinon conseillé"`
	}
}) (*oneConflict, error) {
	var seen int64
	if in.Body != nil {
		seen = in.Body.Seen
	}
	if err := s.store.ChooseOther(ctx, in.ID, seen, accountOf(ctx).Name); err != nil {
		return nil, err
	}
	return s.one(ctx, &in.ConflictID)
}
