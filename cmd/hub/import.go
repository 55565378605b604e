package main

import (
	"context"
	"io"
	"os"
	"path/filepath"
	"time"

	"github.com/carte-reseau/hub/internal/cards"
	"github.com/carte-reseau/hub/internal/intake"
	"github.com/carte-reseau/hub/internal/rest"
)

type importCommand struct {
	File     string `arg:"" help:"Fichier XML de cartes (- : entrée standard)."`
	Library  string `name:"library" required:"" placeholder:"CODE" help:"Bibliothèque dont ce sont les cartes."`
	Simulate bool   `name:"simulate" help:"Tout vérifier, ne rien changer."`
	Accept   bool   `name:"accept" help:"Laisser passer le fichier même s’il modifie plus de cartes que ce que le concentrateur accepte sans demander."`
	JSON     bool   `name:"json" help:"Le dépôt en un document JSON, comme dans /api/v1/deposits, puis un par carte refusée et par ligne."`
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
			Progress: bar.show, Now: f.store.Clock,
		})
		var deposit *cards.Deposit
		err = f.carryOut(ctx, "upload-deposit", cards.SubjectLibrary(l.Code), a.said(), func() error {
			id, err := inbox.Receive(ctx, a.deposit(l, f.store.Clock()), in)
			if err != nil {
				return notReceived(ctx, err)
			}
			deposit, err = inbox.Integrate(ctx, id, l)
			return notFinished(ctx, id, err)
		})
		bar.clear()
		if err != nil && deposit == nil {
			return err
		}
		if err := f.store.WakeAll(ctx, cards.JobPush); err != nil {
			return err
		}
		if a.JSON {
			if err := tellInJSON(ctx, f, c, deposit); err != nil {
				return err
			}
			return importFailed(deposit)
		}
		return a.tell(ctx, c, inbox, deposit)
	})
}

// said is what the record says of the import.
func (a importCommand) said() string {
	switch {
	case a.Simulate:
		return "simulation"
	case a.Accept:
		return "accepté d’avance"
	}
	return ""
}

func (a importCommand) deposit(l *cards.Library, now time.Time) cards.Deposit {
	d := cards.Deposit{
		LibraryID: l.ID, Library: l.Code, Door: cards.DoorImport, Name: filepath.Base(a.File), Simulate: a.Simulate, Arrived: now,
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
	if info, err := os.Stat(a.File); err == nil && info.IsDir() {
		return nil, cards.Errorf(cards.Invalid, "%s est un dossier : nommez le fichier de cartes à importer", a.File)
	}
	file, err := os.Open(a.File)
	if err != nil {
		return nil, cards.WrapError(cards.Invalid, err, "impossible de lire %s", a.File)
	}
	return file, nil
}

// notReceived says of a file that did not come in what to do.
func notReceived(ctx context.Context, err error) error {
	switch {
	case ctx.Err() != nil:
		return cards.Errorf(cards.Conflict, "interrompu : le fichier n’a pas été reçu en entier ; relancez la commande")
	case cards.CodeOf(err) == cards.TooLarge:
		return cards.Errorf(cards.TooLarge, "%s Ou augmentez HUB_MAX_DOCUMENT.", cards.MessageOf(err))
	}
	return err
}

// notFinished says of one that did that nothing is lost where somebody stopped
// the command.
func notFinished(ctx context.Context, id int64, err error) error {
	if err == nil || ctx.Err() == nil {
		return err
	}
	return cards.Errorf(cards.Conflict, "interrompu : le dépôt %d est conservé et hub serve l’achèvera ; le fichier n’est pas à importer de nouveau", id)
}

func (a importCommand) tell(ctx context.Context, c console, inbox *intake.Inbox, d *cards.Deposit) error {
	n, failed := d.Counts, importFailed(d)
	c.printf("Dépôt %d (%s) : %s.\n", d.ID, d.Status, outcomeText(n, "carte reçue", "cartes reçues"))
	if failed == nil {
		return nil
	}
	if d.Status == cards.Suspended {
		c.printf("Rien n’a été changé : ce sont plus de modifications que ce que le concentrateur accepte sans demander.\n%s", howToJudge(d.ID))
		return failed
	}
	if err := inbox.WriteReport(ctx, d, true, c.out); err != nil {
		return err
	}
	return failed
}

// importFailed is how a file ends, for scripts, of which not all was taken.
func importFailed(d *cards.Deposit) error {
	if d.Status == cards.Suspended || d.Fault != nil || d.Counts.Rejected > 0 {
		return errFailed
	}
	return nil
}

// tellInJSON writes the deposit and its refused cards, page by page: there may
// be as many as the file has.
func tellInJSON(ctx context.Context, f *foundation, c console, d *cards.Deposit) error {
	if err := eachAsJSON(c, []cards.Deposit{*d}, rest.DepositDocument); err != nil {
		return err
	}
	for after := ""; d.Counts.Rejected > 0; {
		refused, next, err := f.store.RefusedCards(ctx, d.ID, after, pageOfRows)
		if err != nil {
			return err
		}
		if err := eachAsJSON(c, refused, rest.RefusedCardDocument); err != nil {
			return err
		}
		if after = next; after == "" {
			break
		}
	}
	return nil
}
