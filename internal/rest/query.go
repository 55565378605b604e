package rest

import (
	"maps"
	"net/url"
	"slices"
	"strings"

	"github.com/carte-reseau/hub/internal/cards"
)

// The parameters of the XML addresses; each takes one value.
const (
	paramSimulation = "simulation"
	paramDetail     = "detail"
)

var queryValues = map[string]string{paramSimulation: "1", paramDetail: "rejets"}

// checkQuery refuses a parameter or a value the address does not know: a misspelt simulation=1 must not integrate.
func checkQuery(raw string, allowed ...string) (url.Values, error) {
	query, err := url.ParseQuery(raw)
	if err != nil {
		return nil, cards.WrapError(cards.Invalid, err, "Les paramètres de l’adresse sont mal écrits.")
	}
	for _, name := range slices.Sorted(maps.Keys(query)) {
		if !slices.Contains(allowed, name) {
			return nil, cards.Errorf(cards.Invalid, "Paramètre inconnu dans l’adresse ; %s.", accepted(allowed))
		}
		if values := query[name]; len(values) != 1 || values[0] != queryValues[name] {
			return nil, cards.Errorf(cards.Invalid, "Le paramètre « %s » n’accepte qu’une valeur : %s=%s.",
				name, name, queryValues[name])
		}
	}
	return query, nil
}

func accepted(allowed []string) cards.Sentence {
	if len(allowed) == 0 {
		return cards.Say("aucun n’est attendu ici")
	}
	pairs := make([]string, len(allowed))
	for i, name := range allowed {
		pairs[i] = name + "=" + queryValues[name]
	}
	return cards.Say("possibles ici : %s", strings.Join(pairs, ", "))
}
