package main

import (
	"context"
	"fmt"
	"strings"

	"github.com/carte-reseau/hub/internal/cards"
	"github.com/carte-reseau/hub/internal/store"
)

// suspensionLetters tells the administrator of each deposit that waits for a
// decision, once: the letter is queued with it. Nobody is told where no address
// is set; hub status says it all the same.
func (f *foundation) suspensionLetters(publicURL string) func(*cards.Deposit) []cards.Message {
	return func(d *cards.Deposit) []cards.Message {
		if f.settings.AdminEmail == "" {
			return nil
		}
		return []cards.Message{suspensionLetter(f.settings.AdminEmail, publicURL, d)}
	}
}

func suspensionLetter(to, publicURL string, d *cards.Deposit) cards.Message {
	what := "Un document"
	if d.Door == cards.DoorHarvest {
		what = "Une partie de la moisson"
	}
	var b strings.Builder
	fmt.Fprintf(&b, "Bonjour,\n\n%s de « %s » (porte : %s) modifierait %d cartes d’un coup, plus que ce que le concentrateur accepte sans demander.\n"+
		"Rien n’en est intégré : le dépôt n° %d attend votre décision. Ce que la bibliothèque envoie ensuite est traité comme d’habitude.\n\n",
		what, d.Library, d.Door, d.Counts.Modified, d.ID)
	fmt.Fprintf(&b, "Ce qu’il ferait :\n  cartes créées : %d\n  cartes modifiées : %d\n  cartes rejetées : %d\n", d.Counts.Created, d.Counts.Modified, d.Counts.Rejected)
	for _, field := range mostTouched(d.Touched) {
		fmt.Fprintf(&b, "    %s : %d\n", field, d.Touched[field])
	}
	fmt.Fprintf(&b, "\n%s", howToJudge(d.ID))
	if publicURL != "" {
		fmt.Fprintf(&b, "Par l’interface du personnel : %s/api/v1/deposits/%d\n", strings.TrimSuffix(publicURL, "/"), d.ID)
	}
	return cards.Message{
		To: to, Key: fmt.Sprintf("suspendu-%d", d.ID), Body: b.String(),
		Subject: fmt.Sprintf("Carte réseau : un dépôt de %s attend votre décision (%d cartes modifiées)", d.Library, d.Counts.Modified),
	}
}

func howToJudge(id int64) string {
	return fmt.Sprintf("Pour l’examiner : hub deposits show %d\nPour le laisser passer : hub deposits accept %d\n"+
		"Pour l’écarter : hub deposits refuse %d --reason=MOTIF\n", id, id, id)
}

// judge is the store for those who decide in this process: the work starts at
// once.
type judge struct {
	*store.Store
	kick func()
}

// AcceptDeposit lets a suspended deposit through.
func (j judge) AcceptDeposit(ctx context.Context, id int64, by string) error {
	defer j.kick()
	return j.Store.AcceptDeposit(ctx, id, by)
}

// RefuseDeposit sets a suspended deposit aside.
func (j judge) RefuseDeposit(ctx context.Context, id int64, by, reason string) error {
	defer j.kick()
	return j.Store.RefuseDeposit(ctx, id, by, reason)
}

// RetryDeposit integrates a document that failed once more.
func (j judge) RetryDeposit(ctx context.Context, id int64) (*cards.Deposit, error) {
	defer j.kick()
	return j.Store.RetryDeposit(ctx, id)
}

// outboxKicker is the store for those who look after mails in this process: one that is tried again leaves at once.
type outboxKicker struct {
	*store.Store
	kick func()
}

// RetryMail makes a mail due.
func (o outboxKicker) RetryMail(ctx context.Context, id int64) error {
	defer o.kick()
	return o.Store.RetryMail(ctx, id)
}
