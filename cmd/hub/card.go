package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"regexp"
	"strings"

	"github.com/carte-reseau/hub/internal/cards"
	"github.com/carte-reseau/hub/internal/rest"
)

type cardCommand struct {
	Search cardSearch `cmd:"" help:"Chercher des cartes par numéro, nom, date de naissance."`
	Where  cardWhere  `cmd:"" help:"Dire quelles bibliothèques ont une carte à jour, depuis quand, sinon pourquoi."`
	Show   cardShow   `cmd:"" help:"Montrer une carte : ses champs, ses versions et leur raison, les bibliothèques qui l’ont."`
	Erase  cardErase  `cmd:"" help:"Effacer une carte du réseau à la demande de son titulaire."`
	Forget cardForget `cmd:"" help:"Effacer les cartes finies depuis plus longtemps que la durée de conservation."`
}

// numberArg is a card's number on a command line. Others on the machine can see it there.
type numberArg struct {
	Number string `arg:"" name:"numéro" help:"Numéro actuel ou ancien ; - le lit sur l’entrée standard, pour qu’il ne paraisse pas dans la liste des processus."`
}

var numberPattern = regexp.MustCompile(`^[0-9A-Za-z._-]{1,32}$`)

// read is the number, from in where the argument says so.
func (a numberArg) read(in *bufio.Reader) (string, error) {
	number, err := typed(a.Number, in)
	if err != nil {
		return "", err
	}
	if !numberPattern.MatchString(number) {
		return "", cards.Errorf(cards.Invalid, "un numéro de carte compte 1 à 32 caractères parmi A-Z, a-z, 0-9, « . », « _ » et « - »")
	}
	return number, nil
}

func (c console) lines() *bufio.Reader {
	if c.in == nil {
		return bufio.NewReader(strings.NewReader(""))
	}
	return bufio.NewReader(c.in)
}

// withCard opens the database for something about the card that is named.
func withCard(ctx context.Context, s *Settings, c console, a numberArg, do func(f *foundation, number string) error) error {
	number, err := a.read(c.lines())
	if err != nil {
		return err
	}
	f, err := open(ctx, s, c)
	if err != nil {
		return err
	}
	defer f.close()
	return do(f, number)
}

type cardWhere struct {
	numberArg
	JSON bool `name:"json" help:"Un document JSON par bibliothèque, comme dans /api/v1/cards/lookup."`
}

// Run tells how every library stands with the card.
func (a cardWhere) Run(ctx context.Context, s *Settings, c console) error {
	return withCard(ctx, s, c, a.numberArg, func(f *foundation, number string) error {
		return f.withCardNamed(ctx, "look-up-card", number, "où elle est", func() error {
			list, err := f.store.Standing(ctx, number)
			if err != nil {
				return err
			}
			if a.JSON {
				return eachAsJSON(c, list, rest.StandingDocument)
			}
			return printStandings(c, list, f.place)
		})
	})
}

type cardShow struct {
	numberArg
	JSON bool `name:"json" help:"Le document JSON, comme dans /api/v1/cards/lookup."`
}

// Run shows all the hub knows of the card.
func (a cardShow) Run(ctx context.Context, s *Settings, c console) error {
	return withCard(ctx, s, c, a.numberArg, func(f *foundation, number string) error {
		return f.withCardNamed(ctx, "look-up-card", number, "", func() error {
			file, err := f.store.CardFile(ctx, number)
			if err != nil {
				return err
			}
			if a.JSON {
				return eachAsJSON(c, []*cards.CardFile{file}, func(file *cards.CardFile) any { return rest.CardDocument(file, s.Code) })
			}
			return cardPage{console: c, place: f.place, hub: s.Code}.print(file)
		})
	})
}

type cardErase struct {
	numberArg
	Yes bool `name:"yes" help:"Ne pas demander de confirmation."`
	answers
}

// Run erases the card, once the person has said so twice.
func (a cardErase) Run(ctx context.Context, s *Settings, c console) error {
	in := c.lines()
	number, err := a.read(in)
	if err != nil {
		return err
	}
	f, err := open(ctx, s, c)
	if err != nil {
		return err
	}
	defer f.close()
	if !a.Yes {
		if err := c.confirmErasure(ctx, f, in, number); err != nil {
			return err
		}
	}
	var e *cards.Erasure
	err = f.withCardNamed(ctx, "erase-card", number, "", func() (err error) {
		e, err = f.store.Erase(ctx, number, atConsole())
		return err
	})
	if err != nil {
		return err
	}
	if err := f.store.TakeUp(ctx); err != nil {
		return fmt.Errorf("la carte est effacée (effacement %d), mais les documents conservés n’ont pas tous été parcourus ; hub serve le fera : %w", e.ID, err)
	}
	if e, err = f.store.Erasure(ctx, e.ID); err != nil {
		return err
	}
	return a.tell(c, rest.ErasureDocument(*e), "La carte %s est effacée (effacement %d). %s.\n"+
		"Les documents et courriels conservés ont été parcourus. Pour suivre les confirmations : hub erasures show %d\n", e.Masked, e.ID,
		counted(len(e.Letters), "bibliothèque va recevoir un courriel lui demandant de l’effacer", "bibliothèques vont recevoir un courriel leur demandant de l’effacer"), e.ID)
}

func (c console) confirmErasure(ctx context.Context, f *foundation, in *bufio.Reader, number string) error {
	if _, err := f.store.Standing(ctx, number); cards.CodeOf(err) == cards.NotFound {
		return nil // the erasure itself says why it cannot be
	}
	question := fmt.Sprintf("La carte %s et tout ce que le concentrateur en sait seront effacés, sans retour possible. Tapez « oui » pour continuer : ",
		cards.MaskNumber(number))
	return c.confirm(in, question, "rien n’a été effacé")
}

// confirm asks for a « oui », without which nothing is done.
func (c console) confirm(in *bufio.Reader, question, otherwise string) error {
	_, _ = fmt.Fprint(c.err, question) // it is no part of the answer
	answer, err := in.ReadString('\n')
	if err != nil && !errors.Is(err, io.EOF) {
		return cards.WrapError(cards.Invalid, err, "impossible de lire la réponse")
	}
	if strings.TrimSpace(strings.ToLower(answer)) != "oui" {
		return cards.Errorf(cards.Invalid, "%s : la réponse n’est pas « oui » (--yes pour ne pas demander)", otherwise)
	}
	return nil
}
