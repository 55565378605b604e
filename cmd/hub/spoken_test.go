package main

import (
	"errors"
	"fmt"
	"testing"

	"github.com/carte-reseau/hub/internal/cards"
	"github.com/carte-reseau/hub/internal/store/storetest"
)

func TestWhatLiesBelowAnErrorIsSetApart(t *testing.T) {
	t.Parallel()
	refused := errors.New("failed to connect:\n\t127.0.0.1:1: refused\n\t127.0.0.1:1: refused")
	for said, err := range map[string]error{
		"impossible de joindre PostgreSQL : failed to connect: 127.0.0.1:1: refused": cards.WrapError(cards.Unavailable, refused, "impossible de joindre PostgreSQL"),
		"a.yaml : ligne 2 : clé inconnue":                                            cards.WrapError(cards.Invalid, cards.WrapError(cards.Invalid, errors.New("clé inconnue"), "ligne 2"), "a.yaml"),
		"a.yaml: ligne 2: illisible":                                                 fmt.Errorf("a.yaml: %w", cards.WrapError(cards.Invalid, errors.New("illisible"), "ligne 2")),
		"Ce dépôt n’existe pas.":                                                     cards.Errorf(cards.NotFound, "Ce dépôt n’existe pas."),
	} {
		if got := spoken(err); got != said {
			t.Errorf("got %q, want %q", got, said)
		}
	}
	command(t, "", "status", "--database=postgres://nobody@127.0.0.1:1/x").want(exitUnknown, "démarré : failed to connect").lacks("\n\t")
	s := newSite(t, storetest.SQLiteDatabase(t))
	s.library("mours")
	s.hub("import", "--library=mours", "nulle-part.xml").want(exitError, "impossible de lire nulle-part.xml : open ")
}
