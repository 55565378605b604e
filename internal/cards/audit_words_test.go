package cards_test

import (
	"testing"

	"github.com/carte-reseau/hub/internal/cards"
)

func TestTheRecordIsReadInWordsAndAskedForInBoth(t *testing.T) {
	t.Parallel()
	for recorded, want := range map[string]string{
		"":                       "",
		"bibliotheque mours":     "bibliothèque mours",
		"depot 12":               "dépôt 12",
		"carte abc":              "carte abc",
		"« depot », rôle reader": "« depot », rôle lecture",
		"adresse, rôle administrator, désactivé": "adresse, rôle administrateur, désactivé",
		"effacement 3, bibliotheque mours":       "effacement 3, bibliothèque mours",
		"« un depot 12 », rôle operator":         "« un depot 12 », rôle opérateur", // a name stands as it is
	} {
		if got := cards.AuditInWords(recorded); got != want {
			t.Errorf("%q reads %q, want %q", recorded, got, want)
		}
	}
	for typed, want := range map[string]string{
		"dépôt 12": "depot 12", "depot 12": "depot 12", "bibliothèque mours": "bibliotheque mours", "carte abc": "carte abc", "": "",
	} {
		if got := cards.AuditSubjectTyped(typed); got != want {
			t.Errorf("%q asks for %q, want %q", typed, got, want)
		}
	}
}
