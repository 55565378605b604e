package main

import (
	"context"
	"io"
	"os"
	"path/filepath"
	"time"

	"github.com/carte-reseau/hub/internal/cards"
	"github.com/carte-reseau/hub/internal/intake"
)

type importCommand struct {
	File     string `arg:"" help:"Fichier XML de cartes (- : entrée standard)."`
	Library  string `name:"library" required:"" placeholder:"CODE" help:"Bibliothèque dont ce sont les cartes."`
	Simulate bool   `name:"simulate" help:"Tout vérifier, ne rien changer."`
	Accept   bool   `name:"accept" help:"Laisser passer le fichier même s’il modifie plus de cartes que ce que le concentrateur accepte sans demander."`
}

// Run integrates the file by the same code as a POST, prints the counts and
// writes the report of what was refused to standard output.
func (a importCommand) Run(ctx context.Context, s *Settings, c console) error {
	return withLibrary(ctx, s, c, a.Library, func(f *foundation, l *cards.Library) error {
		in, err := a.open(c)
		if err != nil {
			return err
		}
		defer func() { _ = in.Close() }()
		bar := newBar(c.terminal(), "cartes")
		inbox := intake.New(f.store, intake.Options{
			MaxDocument: int64(s.MaxDocument), Location: f.place, Owner: owner(), Lease: depositLease, Letters: f.suspensionLetters(s.PublicURL),
			Progress: bar.show,
		})
		id, err := inbox.Receive(ctx, a.deposit(l), in)
		if err != nil {
			return err
		}
		deposit, err := inbox.Integrate(ctx, id, l)
		bar.clear()
		if err != nil && deposit == nil {
			return err
		}
		// The hub that is running sees what other processes change only so.
		const all = -1
		if err := f.store.Wake(ctx, cards.JobPush, all); err != nil {
			return err
		}
		return a.tell(ctx, c, inbox, deposit)
	})
}

func (a importCommand) deposit(l *cards.Library) cards.Deposit {
	d := cards.Deposit{
		LibraryID: l.ID, Library: l.Code, Door: cards.DoorImport, Name: filepath.Base(a.File), Simulate: a.Simulate, Arrived: time.Now(),
	}
	if a.Accept {
		d.Accepted, d.Judged, d.JudgedBy = true, d.Arrived, atConsole()
	}
	return d
}

func (a importCommand) open(c console) (io.ReadCloser, error) {
	if a.File == "-" {
		return io.NopCloser(c.in), nil
	}
	file, err := os.Open(a.File)
	if err != nil {
		return nil, cards.WrapError(cards.Invalid, err, "impossible de lire %s", a.File)
	}
	return file, nil
}

func (a importCommand) tell(ctx context.Context, c console, inbox *intake.Inbox, d *cards.Deposit) error {
	n := d.Counts
	c.printf("Dépôt %d (%s) : %d cartes reçues, %d créées, %d modifiées, %d inchangées, %d rejetées.\n",
		d.ID, d.Status, n.Received, n.Created, n.Modified, n.Unchanged, n.Rejected)
	if d.Status == cards.Suspended {
		c.printf("Rien n’a été changé : ce sont plus de modifications que ce que le concentrateur accepte sans demander.\n%s", howToJudge(d.ID))
		return errFailed
	}
	if d.Fault == nil && n.Rejected == 0 {
		return nil
	}
	if err := inbox.WriteReport(ctx, d.ID, true, c.out); err != nil {
		return err
	}
	return errFailed
}
