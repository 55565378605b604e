package main

import (
	"context"

	"github.com/carte-reseau/hub/internal/cards"
)

type libraryHarvest struct{ libraryNow }

// Run has the hub that is running harvest the library, whatever its schedule.
func (a libraryHarvest) Run(ctx context.Context, s *Settings, c console) error {
	return a.ask(ctx, s, c, cards.JobHarvest, "harvest-library", "la moissonne")
}

type libraryPush struct{ libraryNow }

// Run has the hub that is running send the library what waits for it.
func (a libraryPush) Run(ctx context.Context, s *Settings, c console) error {
	return a.ask(ctx, s, c, cards.JobPush, "push-library", "lui livre ce qui l’attend")
}

// libraryNow is work of one library's that staff do not want to wait for.
type libraryNow struct {
	Code string `arg:"" help:"Code de la bibliothèque."`
	answers
}

// ask makes the work due; hub serve does what deed says.
func (a libraryNow) ask(ctx context.Context, s *Settings, c console, kind cards.JobKind, action, deed string) error {
	return withLibrary(ctx, s, c, a.Code, func(f *foundation, l *cards.Library) error {
		err := f.carryOut(ctx, action, cards.SubjectLibrary(l.Code), "", func() error { return f.store.RunNow(ctx, kind, l) })
		if err != nil {
			return err
		}
		return f.libraryDone(ctx, c, a.answers, l, libraryDone{}, l.Code+" : hub serve "+deed+" dans les secondes qui viennent. Suivi : hub status\n")
	})
}
