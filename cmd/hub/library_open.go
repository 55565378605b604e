package main

import (
	"context"

	"github.com/carte-reseau/hub/internal/cards"
)

type libraryOpen struct {
	Code string `arg:"" optional:"" help:"Code de la bibliothèque."`
	All  bool   `name:"all" help:"Ouvrir toutes celles qui sont en préparation."`
	answers
}

// Run ends the preparation of one library, or of all that are in it. There is
// no way back: what was handed over cannot be taken back.
func (a libraryOpen) Run(ctx context.Context, s *Settings, c console) error {
	if (a.Code == "") != a.All {
		return cards.Errorf(cards.Invalid, "nommez une bibliothèque (hub library open CODE) ou toutes (hub library open --all)")
	}
	f, err := open(ctx, s, c)
	if err != nil {
		return err
	}
	defer f.close()
	libraries, err := a.chosen(ctx, f)
	if err != nil {
		return err
	}
	if len(libraries) == 0 && !a.JSON {
		c.printf("Aucune bibliothèque n’est en préparation.\n")
	}
	for i := range libraries {
		if err := f.openLibrary(ctx, c, a.answers, &libraries[i]); err != nil {
			return err
		}
	}
	return nil
}

func (a libraryOpen) chosen(ctx context.Context, f *foundation) ([]cards.Library, error) {
	if !a.All {
		l, err := f.store.Library(ctx, a.Code)
		if err != nil {
			return nil, err
		}
		return []cards.Library{*l}, nil
	}
	all, err := f.store.Libraries(ctx)
	var preparing []cards.Library
	for _, l := range all {
		if l.Preparing {
			preparing = append(preparing, l)
		}
	}
	return preparing, err
}

func (f *foundation) openLibrary(ctx context.Context, c console, a answers, l *cards.Library) error {
	if !l.Preparing {
		return f.libraryDone(ctx, c, a, l, libraryDone{}, l.Code+" est déjà ouverte.\n")
	}
	err := f.carryOut(ctx, "open-library", cards.SubjectLibrary(l.Code), "", func() error { return f.store.OpenLibrary(ctx, l.ID) })
	if err != nil {
		return err
	}
	return f.libraryDone(ctx, c, a, l, libraryDone{}, l.Code+" est ouverte : ce qui l’attend lui est remis.\n")
}
