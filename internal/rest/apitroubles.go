package rest

import (
	"context"
	"time"

	"github.com/carte-reseau/hub/internal/cards"
)

// TroubleList is what goes or went wrong.
type TroubleList interface {
	Troubles(ctx context.Context, q cards.TroubleQuery) ([]cards.Trouble, error)
}

// Troubles makes the subject of what goes wrong. Their sentences tell days and hours of the network's zone.
func Troubles(store TroubleList, place *time.Location) Subject {
	return troubles{store: store, place: place}
}

type troubles struct {
	store TroubleList
	place *time.Location
}

func (s troubles) register(d desk) {
	on(d, get(cards.RoleReader, "list-troubles", "/troubles", "Ce qui ne va pas, ou n’allait pas, du plus récent au plus ancien"), s.list)
}

type apiTrouble struct {
	ID      int64      `json:"id"`
	Kind    string     `json:"kind" enum:"silence,echec,arret,refus,suspendu,courriels,horloge,disque,certificat" doc:"Nature du problème"`
	Library string     `json:"library,omitempty" doc:"Absent pour le concentrateur lui-même"`
	Subject string     `json:"subject,omitempty" doc:"Le travail qui échoue, le dépôt suspendu, ou qui refuse : logiciel (celui de la bibliothèque) ou concentrateur"`
	Text    string     `json:"text" doc:"Le problème en clair"`
	Advice  string     `json:"advice" doc:"Ce qu’il y a à faire"`
	Count   int64      `json:"count" doc:"Échecs de suite, cartes, courriels ou secondes"`
	BeganAt time.Time  `json:"began_at"`
	EndedAt *time.Time `json:"ended_at" doc:"null tant qu’il dure"`
	ToldAt  *time.Time `json:"told_at" doc:"Quand le personnel en a été prévenu ; null si ce n’est pas encore fait"`
}

type troubleList struct {
	Body struct {
		Troubles   []apiTrouble `json:"troubles"`
		NextBefore *int64       `json:"next_before" doc:"À redonner dans before pour la suite ; null à la fin"`
	}
}

func (s troubles) list(ctx context.Context, in *struct {
	ListPage
	Kind string `query:"kind" enum:"silence,echec,arret,refus,suspendu,courriels,horloge,disque,certificat" doc:"Nature du problème ; absent : toutes"`
	Open bool   `query:"open" doc:"Seulement ce qui dure encore"`
}) (*troubleList, error) {
	rows, err := s.store.Troubles(ctx, cards.TroubleQuery{
		Library: in.Library, Kind: cards.TroubleKind(in.Kind), Open: in.Open, Before: in.Before, Limit: in.Limit + 1,
	})
	if err != nil {
		return nil, err
	}
	out := &troubleList{}
	rows, out.Body.NextBefore = cut(rows, in.Limit, func(t cards.Trouble) int64 { return t.ID })
	out.Body.Troubles = each(rows, s.toTrouble)
	return out, nil
}

// TroubleDocument is the document of one trouble, for the command line.
func TroubleDocument(t cards.Trouble, place *time.Location) any {
	return troubles{place: place}.toTrouble(t)
}

func (s troubles) toTrouble(t cards.Trouble) apiTrouble {
	return apiTrouble{
		ID: t.ID, Kind: string(t.Kind), Library: t.Library, Subject: t.Subject, Text: t.Sentence(cards.French, s.place),
		Advice: t.Kind.Advice(cards.French), Count: t.Detail.Count + t.Detail.Lost, BeganAt: t.Began.UTC(), EndedAt: moment(t.Ended), ToldAt: moment(t.ToldBegan),
	}
}
