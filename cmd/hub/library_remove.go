package main

import (
	"bufio"
	"context"
	"errors"
	"io"
	"io/fs"
	"os"

	"github.com/carte-reseau/hub/internal/cards"
	"github.com/carte-reseau/hub/internal/exchange"
	"github.com/carte-reseau/hub/internal/rest"
)

type libraryRemove struct {
	Code   string `arg:"" help:"Code de la bibliothèque."`
	Export string `name:"export" placeholder:"FICHIER" help:"Où ranger ses cartes avant de la retirer (défaut : CODE.xml)."`
	answers
}

// Run exports the cards the library sent, then removes it.
func (a libraryRemove) Run(ctx context.Context, s *Settings, c console) error {
	return withLibrary(ctx, s, c, a.Code, func(f *foundation, l *cards.Library) error {
		path := a.Export
		if path == "" {
			path = l.Code + ".xml"
		}
		var n int
		err := f.carryOut(ctx, "remove-library", cards.SubjectLibrary(l.Code), "cartes exportées", func() (err error) {
			if n, err = f.export(ctx, l, path); err != nil {
				return err
			}
			if err = f.store.RemoveLibrary(ctx, l.ID); err != nil {
				return f.notRemoved(ctx, l, path, err)
			}
			return nil
		})
		if err != nil {
			return err
		}
		return a.tell(c, libraryDone{Library: rest.SettingsDocument(*l), Cards: &n, File: path},
			"%s de %s %s dans %s.\n%s n’est plus dans le réseau ; sa clé ne vaut plus rien, ses cartes restent.\n",
			counted(n, "carte", "cartes"), l.Code, agreeing(n, "exportée", "exportées"), path, l.Code)
	})
}

// notRemoved takes the export of a library that stayed away again: it would keep the next try from its place. Where the library is
// gone all the same, or nobody can tell, what was exported may be needed.
func (f *foundation) notRemoved(ctx context.Context, l *cards.Library, path string, cause error) error {
	stayed, err := f.store.Library(context.WithoutCancel(ctx), l.Code)
	if err == nil && stayed.ID == l.ID {
		return errors.Join(cause, os.Remove(path))
	}
	return cards.WrapError(cards.CodeOf(cause), cause,
		"%s a peut-être quitté le réseau (voyez « hub library list ») : ses cartes restent dans %s ; si elle y est encore, supprimez ce fichier avant de recommencer",
		l.Code, path)
}

// export writes the library's cards into a new file, which only its owner may
// read; a file that is there already is never replaced.
func (f *foundation) export(ctx context.Context, l *cards.Library, path string) (n int, err error) {
	file, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if errors.Is(err, fs.ErrExist) {
		return 0, cards.Errorf(cards.Invalid, "%s existe déjà et n’est pas remplacé : nommez un autre fichier (--export)", path)
	}
	if err != nil {
		return 0, cards.WrapError(cards.Invalid, err, "impossible de créer %s (--export)", path)
	}
	defer func() {
		if err = errors.Join(err, file.Close()); err != nil {
			err = errors.Join(err, os.Remove(path)) // it would be taken for a whole one, and keep the next try from its place
		}
	}()
	buffered := bufio.NewWriter(file)
	if n, err = f.writeExport(ctx, buffered, l); err != nil {
		return n, err
	}
	return n, errors.Join(buffered.Flush(), file.Sync())
}

func (f *foundation) writeExport(ctx context.Context, w io.Writer, l *cards.Library) (int, error) {
	now, err := f.store.Now(ctx)
	if err != nil {
		return 0, err
	}
	document, err := exchange.NewWriter(w, exchange.Envelope{Establishment: f.settings.Code, Mode: exchange.Complete, Made: now})
	if err != nil {
		return 0, err
	}
	n := 0
	for rendered, err := range f.store.CardsSentBy(ctx, l.ID) {
		if err != nil {
			return n, err
		}
		if err := document.WriteRendered(rendered); err != nil {
			return n, err
		}
		n++
	}
	return n, document.Close()
}
