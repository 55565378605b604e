package main

import (
	"context"
	"fmt"

	"github.com/carte-reseau/hub/internal/cards"
	"github.com/carte-reseau/hub/internal/rest"
)

type libraryCommand struct {
	Add     libraryAdd     `cmd:"" help:"Ajouter une bibliothèque ; sa clé est affichée une fois."`
	Import  libraryImport  `cmd:"" help:"Ajouter ou mettre à jour les bibliothèques d’un fichier YAML."`
	List    libraryList    `cmd:"" help:"Lister les bibliothèques."`
	Show    libraryShow    `cmd:"" help:"Montrer une bibliothèque."`
	Refused libraryRefused `cmd:"" help:"Lister les cartes que le logiciel d’une bibliothèque n’a pas prises, et pourquoi."`
	Change  libraryChange  `cmd:"" help:"Changer des réglages ; ceux qui ne sont pas nommés restent."`
	Pause   libraryPause   `cmd:"" help:"Ne plus moissonner une bibliothèque, ne plus rien lui envoyer, laisser ses fichiers attendre."`
	Resume  libraryResume  `cmd:"" help:"Reprendre les échanges ; ce qui demandait une intervention est réglé."`
	Open    libraryOpen    `cmd:"" help:"Mettre fin à la préparation : la bibliothèque reçoit désormais ce qui l’attend."`
	Harvest libraryHarvest `cmd:"" help:"Moissonner une bibliothèque maintenant."`
	Push    libraryPush    `cmd:"" help:"Livrer maintenant à une bibliothèque ce qui l’attend."`
	Deliver libraryDeliver `cmd:"" help:"Redonner toutes les cartes à une bibliothèque, par exemple après la restauration d’une ancienne sauvegarde."`
	Remove  libraryRemove  `cmd:"" help:"Retirer une bibliothèque : sa clé meurt, ses cartes restent."`
}

type libraryAdd struct {
	Code      string `arg:"" help:"Code, 1 à 32 caractères parmi a-z, 0-9 et -."`
	KeyFile   string `name:"key-file" placeholder:"FICHIER" help:"Clé choisie, 16 caractères ou plus (- : entrée standard)."`
	Preparing bool   `name:"preparing" help:"En préparation : elle donne ses cartes, rien ne lui est remis avant « hub library open »."`
	libraryFlags
	answers
}

// Run enters the library and prints its key if one was made.
func (a libraryAdd) Run(ctx context.Context, s *Settings, c console) error {
	f, err := open(ctx, s, c)
	if err != nil {
		return err
	}
	defer f.close()
	password, err := a.password(c, a.KeyFile)
	if err != nil {
		return err
	}
	l := cards.Library{Code: a.Code, Preparing: a.Preparing}
	if err := a.apply(&l, password); err != nil {
		return err
	}
	return f.addLibrary(ctx, c, a.answers, l, a.KeyFile)
}

func (f *foundation) addLibrary(ctx context.Context, c console, a answers, l cards.Library, keyFile string) error {
	if err := f.checkLibrary(&l); err != nil {
		return err
	}
	key, made, err := newKey(c, keyFile)
	if err != nil {
		return err
	}
	err = f.carryOut(ctx, "create-library", cards.SubjectLibrary(l.Code), "", func() error {
		_, err := f.store.AddLibrary(ctx, l, key)
		return err
	})
	if err != nil {
		return err
	}
	said := fmt.Sprintf("%s est dans le réseau.\n", l.Code)
	if l.Preparing {
		said += fmt.Sprintf("%s est en préparation : rien ne lui est remis avant « hub library open %s ».\n", l.Code, l.Code)
	}
	if !made {
		return f.libraryDone(ctx, c, a, &l, libraryDone{}, said)
	}
	said += fmt.Sprintf("Clé de %s (elle ne sera plus jamais affichée) : %s\n", l.Code, key)
	return f.libraryDone(ctx, c, a, &l, libraryDone{Key: key}, said)
}

// libraryDone tells what was done to a library. Its settings are read anew for
// it; where they cannot be, it is told all the same: a key is shown this once.
func (f *foundation) libraryDone(ctx context.Context, c console, a answers, l *cards.Library, done libraryDone, said string) error {
	if a.JSON {
		if fresh, err := f.store.Library(ctx, l.Code); err == nil {
			l = fresh
		}
		done.Library = rest.SettingsDocument(*l)
	}
	return a.tell(c, done, "%s", said)
}

type libraryChange struct {
	Code    string `arg:"" help:"Code de la bibliothèque."`
	KeyFile string `name:"key-file" placeholder:"FICHIER" help:"Nouvelle clé (- : entrée standard) ; l’ancienne meurt."`
	NewKey  bool   `name:"new-key" help:"Fabriquer une nouvelle clé ; l’ancienne meurt."`
	libraryFlags
	answers
}

// Run saves the settings that were named.
func (a libraryChange) Run(ctx context.Context, s *Settings, c console) error {
	return withLibrary(ctx, s, c, a.Code, func(f *foundation, l *cards.Library) error {
		given, err := a.read(c, a.KeyFile, a.KeyFile != "" || a.NewKey)
		if err != nil {
			return err
		}
		return f.changeLibrary(ctx, c, a.answers, l, given, l.Code+" : réglages enregistrés.\n")
	})
}

// changeLibrary lays what was given over the settings as they stand when all of
// it is at hand: somebody else may change others meanwhile.
func (f *foundation) changeLibrary(ctx context.Context, c console, a answers, l *cards.Library, given givenLibrary, said string) error {
	err := f.carryOut(ctx, "change-library", cards.SubjectLibrary(l.Code), "", func() error {
		_, err := f.store.EditLibrary(ctx, l.Code, "", func(l *cards.Library) error {
			if err := given.apply(l, given.password); err != nil {
				return err
			}
			return f.checkLibrary(l)
		})
		return err
	})
	if err != nil {
		return err
	}
	if given.key == "" {
		return f.libraryDone(ctx, c, a, l, libraryDone{}, said)
	}
	return f.changeKey(ctx, c, a, l, given, said)
}

// changeKey replaces the key, and tells that with what was done before.
func (f *foundation) changeKey(ctx context.Context, c console, a answers, l *cards.Library, given givenLibrary, said string) error {
	err := f.carryOut(ctx, "new-library-key", cards.SubjectLibrary(l.Code), "", func() error { return f.store.SetLibraryKey(ctx, l.ID, given.key) })
	if err != nil {
		return err
	}
	if !given.made {
		return f.libraryDone(ctx, c, a, l, libraryDone{}, said)
	}
	said += fmt.Sprintf("Nouvelle clé de %s (elle ne sera plus jamais affichée) : %s\n", l.Code, given.key)
	return f.libraryDone(ctx, c, a, l, libraryDone{Key: given.key}, said)
}

type libraryPause struct {
	Code   string `arg:"" help:"Code de la bibliothèque."`
	Reason string `name:"reason" default:"décision de l’administrateur" help:"Motif, montré au personnel."`
	answers
}

// Run stops what the hub does for the library: harvest, push, its dropped files.
// What it asks for itself is still answered.
func (p libraryPause) Run(ctx context.Context, s *Settings, c console) error {
	return withLibrary(ctx, s, c, p.Code, func(f *foundation, l *cards.Library) error {
		err := f.carryOut(ctx, "pause-library", cards.SubjectLibrary(l.Code), "", func() error { return f.store.PauseLibrary(ctx, l.ID, cards.Quote(p.Reason)) })
		if err != nil {
			return err
		}
		return f.libraryDone(ctx, c, p.answers, l, libraryDone{}, l.Code+" : échanges suspendus.\n")
	})
}

type libraryResume struct {
	Code string `arg:"" help:"Code de la bibliothèque."`
	answers
}

// Run takes the exchange up again. What asked for a person has had one.
func (p libraryResume) Run(ctx context.Context, s *Settings, c console) error {
	return withLibrary(ctx, s, c, p.Code, func(f *foundation, l *cards.Library) error {
		err := f.carryOut(ctx, "resume-library", cards.SubjectLibrary(l.Code), "", func() error {
			if err := f.store.ResumeLibrary(ctx, l.ID); err != nil {
				return err
			}
			return f.store.SetAttention(ctx, l.ID, cards.Sentence{})
		})
		if err != nil {
			return err
		}
		return f.libraryDone(ctx, c, p.answers, l, libraryDone{}, l.Code+" : échanges repris.\n")
	})
}

type libraryDeliver struct {
	Code string `arg:"" help:"Code de la bibliothèque."`
	answers
}

// Run hands the library every valid card once more.
func (p libraryDeliver) Run(ctx context.Context, s *Settings, c console) error {
	return withLibrary(ctx, s, c, p.Code, func(f *foundation, l *cards.Library) error {
		var n int
		err := f.carryOut(ctx, "deliver-again", cards.SubjectLibrary(l.Code), "", func() (err error) {
			n, err = f.store.DeliverAgain(ctx, l.ID, atConsole())
			return err
		})
		if err != nil {
			return err
		}
		return f.libraryDone(ctx, c, p.answers, l, libraryDone{Cards: &n}, fmt.Sprintf("%s : %s.\n", l.Code, counted(n, "carte sera redonnée", "cartes seront redonnées")))
	})
}

// withLibrary opens the database for something done to one library.
func withLibrary(ctx context.Context, s *Settings, c console, code string, do func(*foundation, *cards.Library) error) error {
	f, err := open(ctx, s, c)
	if err != nil {
		return err
	}
	defer f.close()
	l, err := f.store.Library(ctx, code)
	if err != nil {
		return err
	}
	return do(f, l)
}
