package cards_test

import (
	"testing"

	"github.com/carte-reseau/hub/internal/cards"
)

func TestASubjectIsShownWithoutTheNameOfAFile(t *testing.T) {
	for subject, want := range map[string]string{
		"Carte réseau : fichier « dupré.xml » trop grand":     "Carte réseau : fichier « … » trop grand",
		"Carte réseau : fichier « du»pré « a ».xml » accepté": "Carte réseau : fichier « … » accepté",
		"Moisson de Mours : deux cartes refusées":             "Moisson de Mours : deux cartes refusées",
		"cassé « dupré": "cassé « … »",
	} {
		m := cards.OutboxMail{Message: cards.Message{Subject: subject}}
		if got := m.PublicSubject(); got != want {
			t.Errorf("%q", got)
		}
	}
}
