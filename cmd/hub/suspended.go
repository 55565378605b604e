package main

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/carte-reseau/hub/internal/cards"
	"github.com/carte-reseau/hub/internal/store"
)

// suspensionLetters tells those who chose to know, else the administrator, of
// each deposit that waits for a decision, once: the letter is queued with it,
// and stands for the first mail about that trouble. Nobody is told where no
// address is set; hub status says it all the same.
func (f *foundation) suspensionLetters(publicURL string) func(*cards.Deposit) []cards.Message {
	return func(d *cards.Deposit) []cards.Message {
		const patience = 10 * time.Second
		ctx, cancel := context.WithTimeout(context.Background(), patience)
		defer cancel()
		to, err := f.recipients(ctx)
		if err != nil { // rather one address than none
			to = &recipients{admin: f.settings.AdminEmail}
		}
		var letters []cards.Message
		for _, who := range to.of(cards.TroubleSuspended) {
			letters = append(letters, suspensionLetter(who, publicURL, d))
		}
		return letters
	}
}

func suspensionLetter(who recipient, publicURL string, d *cards.Deposit) cards.Message {
	words := suspensionWords[who.language == cards.English]
	what := words.document
	if d.Door == cards.DoorHarvest {
		what = words.harvest
	}
	number := func(n int) string { return cards.Grouped(n, who.language) }
	var b strings.Builder
	fmt.Fprintf(&b, words.opening, what, d.Library, d.Door.Words(who.language), number(d.Counts.Modified), d.ID)
	fmt.Fprintf(&b, words.counts, number(d.Counts.Created), number(d.Counts.Modified), number(d.Counts.Rejected))
	for _, field := range mostTouched(d.Touched) {
		fmt.Fprintf(&b, words.field, cards.FieldWords(field, who.language), number(d.Touched[field]))
	}
	fmt.Fprintf(&b, "\n"+words.judge, d.ID, d.ID, d.ID)
	if publicURL != "" {
		fmt.Fprintf(&b, words.door, strings.TrimSuffix(publicURL, "/"), d.ID)
	}
	return cards.Message{
		To: who.email, Key: fmt.Sprintf(cards.SuspensionLetter+"-%d-%d", d.ID, who.account), Body: b.String(),
		Subject: fmt.Sprintf(words.subject, d.Library, number(d.Counts.Modified)),
	}
}

type suspensionText struct{ document, harvest, subject, opening, counts, field, judge, door string }

var suspensionWords = map[bool]suspensionText{
	false: {
		document: "Un document", harvest: "Une partie de la moisson",
		subject: "Carte réseau : un dépôt de %s attend votre décision (%s cartes modifiées)",
		opening: "Bonjour,\n\n%s de « %s » (porte : %s) modifierait %s cartes d’un coup, plus que ce que le concentrateur accepte sans demander.\n" +
			"Rien n’en est intégré : le dépôt n° %d attend votre décision. Ce que la bibliothèque envoie ensuite est traité comme d’habitude.\n\n",
		counts: "Ce qu’il ferait :\n  cartes créées : %s\n  cartes modifiées : %s\n  cartes rejetées : %s\n",
		field:  "    %s : %s\n",
		judge:  judgeInFrench,
		door:   "Sur les pages du personnel : %s/documents/%d\n",
	},
	true: {
		document: "A document", harvest: "Part of the harvest",
		subject: "Network card: a deposit of %s waits for your decision (%s cards modified)",
		opening: "Hello,\n\n%s of “%s” (door: %s) would modify %s cards at once, more than the hub accepts without asking.\n" +
			"Nothing of it is integrated: deposit no. %d waits for your decision. What the library sends afterwards is handled as usual.\n\n",
		counts: "What it would do:\n  cards created: %s\n  cards modified: %s\n  cards rejected: %s\n",
		field:  "    %s: %s\n",
		judge: "To look at it: hub deposits show %d\nTo let it through: hub deposits accept %d\n" +
			"To set it aside: hub deposits refuse %d --reason=REASON\n",
		door: "On the staff's pages: %s/documents/%d\n",
	},
}

const judgeInFrench = "Pour l’examiner : hub deposits show %d\nPour le laisser passer : hub deposits accept %d\n" +
	"Pour l’écarter : hub deposits refuse %d --reason=MOTIF\n"

func howToJudge(id int64) string { return fmt.Sprintf(judgeInFrench, id, id, id) }

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

// IntegrateSimulated integrates a document that was simulated.
func (j judge) IntegrateSimulated(ctx context.Context, id int64) (*cards.Deposit, error) {
	defer j.kick()
	return j.Store.IntegrateSimulated(ctx, id)
}
