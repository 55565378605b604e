package main

import (
	"context"

	"github.com/carte-reseau/hub/internal/cards"
	"github.com/carte-reseau/hub/internal/rest"
)

type libraryHarvest struct {
	Code string `arg:"" help:"Code de la bibliothèque."`
	answers
}

// Run has the hub that is running harvest the library, whatever its schedule.
func (a libraryHarvest) Run(ctx context.Context, s *Settings, c console) error {
	return withLibrary(ctx, s, c, a.Code, func(f *foundation, l *cards.Library) error {
		if err := f.now(ctx, l, cards.JobHarvest, "harvest-library"); err != nil {
			return err
		}
		return f.libraryDone(ctx, c, a.answers, l, libraryDone{}, l.Code+" : hub serve la moissonne dans les secondes qui viennent. Suivi : hub status\n")
	})
}

type libraryPush struct {
	Code string `arg:"" help:"Code de la bibliothèque."`
	answers
}

// Run has the hub that is running send the library what waits for it.
func (a libraryPush) Run(ctx context.Context, s *Settings, c console) error {
	return withLibrary(ctx, s, c, a.Code, func(f *foundation, l *cards.Library) error {
		if err := f.now(ctx, l, cards.JobPush, "push-library"); err != nil {
			return err
		}
		return f.libraryDone(ctx, c, a.answers, l, libraryDone{}, l.Code+" : hub serve lui livre ce qui l’attend dans les secondes qui viennent. Suivi : hub status\n")
	})
}

// now makes one kind of a library's work due.
func (f *foundation) now(ctx context.Context, l *cards.Library, kind cards.JobKind, action string) error {
	return f.carryOut(ctx, action, cards.SubjectLibrary(l.Code), "", func() error {
		if err := rest.MayRunNow(kind, l); err != nil {
			return err
		}
		_, err := f.store.Job(ctx, kind, l.ID)
		if cards.CodeOf(err) == cards.NotFound {
			return cards.Errorf(cards.Conflict, "ce travail n’est pas encore au programme ; hub serve l’y met, dans les secondes qui suivent un changement")
		}
		if err != nil {
			return err
		}
		return f.store.Wake(ctx, kind, l.ID)
	})
}
