package main

import "github.com/carte-reseau/hub/internal/cards"

// harvestsSomething refuses what is said of a harvest where there is none: who gives it believes that there is one. What
// an earlier setting left is no matter.
func (a libraryFlags) harvestsSomething(l *cards.Library) error {
	if l.Harvested() {
		return nil
	}
	for _, given := range []struct {
		name  string
		value *string
	}{{"oai-set", a.OAISet}, {"oai-prefix", a.OAIPrefix}, {"harvest", a.Harvest}} {
		if given.value != nil && *given.value != "" {
			return cards.Errorf(cards.Invalid, "%s : « %s » ne sert à rien sans oai-url, l’adresse du serveur OAI-PMH à moissonner", l.Code, given.name)
		}
	}
	return nil
}
