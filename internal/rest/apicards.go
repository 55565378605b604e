package rest

import (
	"context"
	"time"

	"github.com/carte-reseau/hub/internal/cards"
)

// CardFiles is where staff look a card up.
type CardFiles interface {
	// CardFile answers with cards.NotFound where no card has, or had, the number.
	CardFile(ctx context.Context, number string) (*cards.CardFile, error)
}

// Cards makes the subject of single cards: their fields, their versions, and which library has them. hub is the hub's own code:
// it stands where the hub itself is the origin.
func Cards(store CardFiles, hub string) Subject { return cardFiles{store: store, hub: hub} }

type cardFiles struct {
	store CardFiles
	hub   string
}

func (s cardFiles) register(d desk) {
	on(d, post(cards.RoleReader, "look-up-card", "/cards/lookup", "Une carte : ses versions, et quelles bibliothèques l’ont à jour").asking(), s.lookup)
}

// CardNumber names a card, in a body only. It is exported for the reason ListPage is.
type CardNumber struct {
	Number string `json:"number" pattern:"^[0-9A-Za-z._-]{1,32}$" doc:"Numéro actuel ou ancien"`
}

type cardDocument struct {
	Body apiCard
}

func (c *cardDocument) shown() []string { return []string{c.Body.OAIID} }

func (s cardFiles) lookup(ctx context.Context, in *struct{ Body CardNumber }) (*cardDocument, error) {
	file, err := s.store.CardFile(ctx, in.Body.Number)
	if err != nil {
		return nil, err
	}
	return &cardDocument{Body: toCard(file, s.hub)}, nil
}

type apiCard struct {
	Number    string            `json:"number"`
	Asked     string            `json:"asked,omitempty" doc:"Le numéro demandé, s’il n’est plus celui de la carte"`
	OAIID     string            `json:"oai_id" doc:"Fin de son identifiant OAI"`
	Version   ShownVersion      `json:"version"`
	Origin    string            `json:"origin" doc:"La bibliothèque dont le contenu fait foi, ou le concentrateur"`
	CreatedAt time.Time         `json:"created_at"`
	Fields    []apiFieldValue   `json:"fields"`
	Former    []apiFormerNumber `json:"former_numbers"`
	Versions  []apiCardVersion  `json:"versions" doc:"De la plus récente à la plus ancienne ; les 500 dernières"`
	Older     bool              `json:"older_versions" doc:"Il y en a de plus anciennes, qui ne sont pas montrées"`
	Conflicts []apiConflict     `json:"conflicts" doc:"Ses conflits et ses doutes, tranchés ou non : les valeurs qui n’ont pas été retenues ; du plus récent au plus ancien, les 500 derniers"`
	Sent      []apiSent         `json:"sent" doc:"Ce que chaque bibliothèque en a envoyé en dernier, retenu ou non"`
	Libraries []apiStanding     `json:"libraries" doc:"Chaque bibliothèque l’a-t-elle à jour, depuis quand, sinon pourquoi"`
}

type apiSent struct {
	Library string          `json:"library"`
	Fields  []apiFieldValue `json:"fields" doc:"Les champs qu’elle a envoyés ; vide : elle l’a effacé"`
}

// ShownVersion names a version of a card. It is exported for the reason ListPage is.
type ShownVersion struct {
	Seq       int64     `json:"seq"`
	Datestamp time.Time `json:"datestamp"`
}

type apiFieldValue struct {
	Field string `json:"field" example:"telephone"`
	Value string `json:"value" doc:"Telle que le personnel la lit"`
}

type apiFormerNumber struct {
	Number     string    `json:"number"`
	Library    string    `json:"library" doc:"Qui l’a dit"`
	ReplacedAt time.Time `json:"replaced_at"`
}

type apiCardVersion struct {
	ShownVersion
	Origin    string      `json:"origin"`
	Sender    string      `json:"sender" doc:"La bibliothèque dont un document l’a faite, ou le concentrateur"`
	Door      string      `json:"door" example:"post"`
	Deposit   int64       `json:"deposit,omitempty"`
	DecidedBy string      `json:"decided_by,omitempty" doc:"La personne qui l’a décidée"`
	Changes   []apiChange `json:"changes" doc:"Les champs que la version a changés ; à la première, tous ceux de la carte"`
	Reasons   []apiReason `json:"reasons" doc:"Quelle valeur l’a emporté, et pourquoi"`
}

type apiChange struct {
	Field  string  `json:"field" example:"telephone" doc:"Un champ, ou numero"`
	Before *string `json:"before,omitempty" doc:"La valeur d’avant ; vide si le champ l’était ; absente à la première version, et où les versions plus anciennes ne sont pas montrées"`
	Value  string  `json:"value" doc:"Telle que le personnel la lit ; vide si effacée"`
}

type apiReason struct {
	Field   string `json:"field"`
	Rule    int    `json:"rule" doc:"Règle de la fusion"`
	Taken   bool   `json:"taken" doc:"La valeur envoyée a été prise"`
	Against int64  `json:"against,omitempty" doc:"Version dont la valeur était en place"`
	Why     string `json:"why"`
}

type apiStanding struct {
	Library       string        `json:"library"`
	Name          string        `json:"name"`
	State         string        `json:"state" enum:"a-jour,attendue,refusee,perimee,incertain"`
	Since         *time.Time    `json:"since" doc:"Depuis quand elle l’a, ou l’attend ; null si on ne le sait plus"`
	Has           *ShownVersion `json:"has" doc:"La version qu’elle a ; null si aucune, ou si on ne peut le savoir"`
	Confirmed     bool          `json:"confirmed" doc:"La bibliothèque l’a elle-même confirmé"`
	Why           string        `json:"why,omitempty"`
	Attempts      int           `json:"attempts,omitempty" doc:"Refus par son logiciel"`
	NextAttemptAt *time.Time    `json:"next_attempt_at,omitempty"`
}

// CardDocument is the document of one card, for the command line.
func CardDocument(f *cards.CardFile, hub string) any { return toCard(f, hub) }

// StandingDocument is that of how one library stands with a card.
func StandingDocument(s cards.Standing) any { return toStanding(s) }

func toCard(f *cards.CardFile, hub string) apiCard {
	named := func(code string) string {
		if code == "" {
			return hub
		}
		return code
	}
	out := apiCard{
		Number: f.Card.Number, Asked: f.Asked, OAIID: f.OAIID, Version: toVersionRef(f.Current), Origin: named(f.Origin),
		CreatedAt: f.Created.UTC(), Fields: fieldValues(&f.Card),
		Former: each(f.Former, func(n cards.FormerNumber) apiFormerNumber {
			return apiFormerNumber{Number: n.Number, Library: named(n.Library), ReplacedAt: n.Replaced.UTC()}
		}),
		Versions: make([]apiCardVersion, len(f.Versions)), Older: f.Older, Libraries: each(f.Standings, toStanding),
	}
	out.Conflicts = each(f.Disputes, conflicts{hubCode: hub}.toConflict)
	out.Sent = each(f.Sent, toSent)
	for i, v := range f.Versions {
		out.Versions[i] = apiCardVersion{
			ShownVersion: toVersionRef(v.VersionRef), Origin: named(v.Origin), Sender: named(v.Sender), Door: string(v.Door),
			Deposit: v.Deposit, DecidedBy: v.DecidedBy, Changes: toChanges(f.Story(i, cards.Field.Shown)), Reasons: each(v.Reasons, toReason),
		}
	}
	return out
}

func toSent(s cards.SentCard) apiSent {
	return apiSent{Library: s.Library, Fields: each(s.Given.Fields(), func(f cards.Field) apiFieldValue {
		return apiFieldValue{Field: f.String(), Value: f.Shown(&s.Card)}
	})}
}

func toChanges(story cards.VersionStory) []apiChange {
	return each(story.Changes, func(c cards.FieldChange) apiChange {
		change := apiChange{Field: c.Field, Value: c.To}
		if !story.First && !story.Unknown {
			change.Before = &c.From
		}
		return change
	})
}

// fieldValues writes the fields that have a value, as staff read them.
func fieldValues(c *cards.Card) []apiFieldValue {
	list := []apiFieldValue{}
	for _, f := range cards.AllFields() {
		if value := f.Shown(c); value != "" {
			list = append(list, apiFieldValue{Field: f.String(), Value: value})
		}
	}
	return list
}

func toVersionRef(v cards.VersionRef) ShownVersion {
	return ShownVersion{Seq: v.Seq, Datestamp: time.Unix(v.Stamp, 0).UTC()}
}

func toReason(r cards.Reason) apiReason {
	return apiReason{Field: r.Field.String(), Rule: int(r.Rule), Taken: r.Taken, Against: r.Against, Why: r.Why()}
}

func toStanding(s cards.Standing) apiStanding {
	out := apiStanding{
		Library: s.Library, Name: s.Name, State: string(s.State), Since: moment(s.Since), Confirmed: s.Confirmed, Why: s.Why,
		Attempts: s.Attempts, NextAttemptAt: moment(s.Next),
	}
	if s.Has.Seq > 0 {
		has := toVersionRef(s.Has)
		out.Has = &has
	}
	return out
}
