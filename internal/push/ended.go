package push

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/carte-reseau/hub/internal/cards"
)

// endedEachLetter bounds the numbers in one letter.
const endedEachLetter = 500

// EndedStore knows which cards ended early, and who was told.
type EndedStore interface {
	Libraries(ctx context.Context) ([]cards.Library, error)
	Now(ctx context.Context) (time.Time, error)
	// EndedEarly lists cards that ended before an end the library was handed,
	// and that it was not told of.
	EndedEarly(ctx context.Context, libraryID int64, day string, limit int) ([]cards.EndedCard, error)
	// TellEnded queues the letter about them, and notes that the library is told.
	TellEnded(ctx context.Context, libraryID int64, ended []cards.EndedCard, letter cards.Message) error
}

// TellEnded writes to the libraries that fetch their cards about those whose
// end was moved into the past: an expired card is in no set, so theirs cannot
// tell them. place says what day it is. One library that cannot be told does
// not keep the others waiting; one in preparation is told once it is open.
func TellEnded(ctx context.Context, store EndedStore, place *time.Location) error {
	libraries, err := store.Libraries(ctx)
	if err != nil {
		return err
	}
	now, err := store.Now(ctx)
	if err != nil {
		return err
	}
	day := now.In(place).Format(time.DateOnly)
	var failed []error
	for i := range libraries {
		if lib := &libraries[i]; !lib.Pushed() && !lib.Preparing {
			failed = append(failed, tellEnded(ctx, store, lib, day))
		}
	}
	return errors.Join(failed...)
}

func tellEnded(ctx context.Context, store EndedStore, lib *cards.Library, day string) error {
	for {
		ended, err := store.EndedEarly(ctx, lib.ID, day, endedEachLetter)
		if err != nil || len(ended) == 0 {
			return err
		}
		if err := store.TellEnded(ctx, lib.ID, ended, endedLetter(lib, ended)); err != nil {
			return err
		}
	}
}

func endedLetter(lib *cards.Library, ended []cards.EndedCard) cards.Message {
	var body strings.Builder
	body.WriteString("Bonjour,\n\n" +
		"La fin de l’inscription de ces cartes a été avancée dans le réseau. Elles sont désormais périmées, et le\n" +
		"moissonnage ne les montre plus : votre logiciel les tient peut-être encore pour valides.\n\n")
	renumbered := false
	for _, card := range ended {
		body.WriteString("  " + card.Number)
		if len(card.Former) > 0 {
			renumbered = true
			body.WriteString(" (auparavant : " + strings.Join(card.Former, ", ") + ")")
		}
		body.WriteString("\n")
	}
	if renumbered {
		body.WriteString("\nVotre logiciel connaît peut-être une carte sous un de ses anciens numéros, entre parenthèses.\n")
	}
	body.WriteString("\nCe qu’il faut faire : dans votre logiciel, mettez fin à ces inscriptions. Vous n’avez rien à renvoyer.\n\n" +
		"Le concentrateur du réseau\n")
	return cards.Message{
		To:      lib.Email,
		Subject: fmt.Sprintf("Carte réseau : inscriptions terminées avant la date prévue (%d)", len(ended)),
		Body:    body.String(),
	}
}
