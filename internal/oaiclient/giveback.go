package oaiclient

import (
	"bytes"
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/carte-reseau/hub/internal/cards"
	"github.com/carte-reseau/hub/internal/exchange"
)

// What one mail holds at most. What is over stays unsaid, and so comes in the mail of a later harvest.
const (
	mostReturned      = 1000
	mostReturnedBytes = 4 << 20
	mostQuoted        = 20
)

// giveBack sends the refused cards to the library in one mail, those it was not yet told of. The faults are marked as told
// only once the mail is queued; the mail's key keeps a crash in between from sending it twice.
func (r *run) giveBack(ctx context.Context, deposit *cards.Deposit, key string) error {
	fresh, err := r.untold(ctx, deposit.ID)
	if err != nil || len(fresh) == 0 {
		return err
	}
	message, err := r.message(deposit, fresh, key)
	if err != nil {
		return err
	}
	if err := r.h.store.QueueMail(ctx, message); err != nil {
		return err
	}
	for _, f := range fresh {
		if _, err := r.h.store.KnownFault(ctx, r.lib.ID, f.hash()); err != nil {
			return err
		}
	}
	return nil
}

// untold lists the refusals the library has not heard of.
func (r *run) untold(ctx context.Context, deposit int64) ([]*refusal, error) {
	var fresh []*refusal
	size := 0
	here := map[[16]byte]bool{}
	for f, err := range r.refusals(ctx, deposit) {
		if err != nil {
			return nil, err
		}
		hash := f.hash()
		if here[hash] {
			continue
		}
		here[hash] = true
		told, err := r.h.store.ToldFault(ctx, r.lib.ID, hash)
		if err != nil {
			return nil, err
		}
		if told {
			continue
		}
		size += len(f.line) + len(f.source)
		if len(fresh) >= mostReturned || len(fresh) > 0 && size > mostReturnedBytes {
			break
		}
		fresh = append(fresh, f)
	}
	return fresh, nil
}

func (r *run) message(deposit *cards.Deposit, fresh []*refusal, key string) (cards.Message, error) {
	report, err := r.report(deposit, fresh)
	if err != nil {
		return cards.Message{}, err
	}
	returned, err := r.returned(fresh)
	if err != nil {
		return cards.Message{}, err
	}
	const kind = "application/xml"
	return cards.Message{
		To:      r.lib.Email,
		Subject: fmt.Sprintf("Moisson de %s : %s", r.lib.Name, refusedCards(len(fresh))),
		Body:    r.body(deposit, fresh),
		Key:     key,
		Attachments: []cards.Attachment{
			{Name: fmt.Sprintf("rapport-%d.xml", deposit.ID), ContentType: kind, Data: report},
			{Name: fmt.Sprintf("cartes-refusees-%d.xml", deposit.ID), ContentType: kind, Data: returned},
		},
	}, nil
}

// report is the harvest's, its list cut down to what the mail is about.
func (r *run) report(deposit *cards.Deposit, fresh []*refusal) ([]byte, error) {
	var out bytes.Buffer
	lines := func(yield func([]byte, error) bool) {
		for _, f := range fresh {
			if !yield(append(slices.Clip(f.line), '\n'), nil) {
				return
			}
		}
	}
	err := exchange.WriteReport(&out, exchange.Summary{
		Establishment: r.lib.Code, Date: r.h.opts.Now(), Deposit: deposit.ID, Status: cards.Partial, Counts: deposit.Counts,
	}, lines)
	return out.Bytes(), err
}

// returned holds the cards as they were sent, in the envelope of the format.
func (r *run) returned(fresh []*refusal) ([]byte, error) {
	var out bytes.Buffer
	w, err := exchange.NewWriter(&out, exchange.Envelope{Establishment: r.lib.Code})
	if err != nil {
		return nil, err
	}
	for _, f := range fresh {
		if err := w.WriteRendered(f.source); err != nil {
			return nil, err
		}
	}
	if err := w.Close(); err != nil {
		return nil, err
	}
	return out.Bytes(), nil
}

func refusedCards(n int) string {
	if n == 1 {
		return "une carte refusée"
	}
	return fmt.Sprintf("%d cartes refusées", n)
}

func (r *run) body(deposit *cards.Deposit, fresh []*refusal) string {
	var b strings.Builder
	line := func(format string, args ...any) { _, _ = fmt.Fprintf(&b, format+"\n", args...) } // memory never fails
	line("Bonjour,\n")
	line("En moissonnant le serveur OAI-PMH de %s (%s), %s a lu %s.",
		r.lib.Name, r.host, r.h.opts.HubName, plural(deposit.Counts.Received, "une carte", "%d cartes"))
	if len(fresh) == 1 {
		line("Une carte a été refusée et n’a pas été transmise aux autres bibliothèques.\n")
	} else {
		line("%d cartes ont été refusées et n’ont pas été transmises aux autres bibliothèques.\n", len(fresh))
	}
	for i, f := range fresh {
		if i == mostQuoted {
			line("… et %s, à lire dans le rapport joint.", plural(len(fresh)-i, "une autre", "%d autres"))
			break
		}
		quote(line, f)
	}
	line("\nQue faire ?")
	line("Corrigez ces fiches dans votre SIGB et enregistrez-les : elles seront reprises à la prochaine moisson.")
	line("Si une fiche vous paraît juste, ou si la même erreur revient souvent, transmettez ce message au fournisseur du SIGB.\n")
	line("Le rapport et les cartes telles qu’elles ont été reçues sont joints. Chaque erreur n’est signalée qu’une fois,")
	line("tant que la fiche n’a pas changé.")
	if r.h.opts.PublicURL != "" {
		line("Rapport complet de cette moisson : %s/depots/%d (avec le code et la clé de la bibliothèque).",
			strings.TrimRight(r.h.opts.PublicURL, "/"), deposit.ID)
	}
	return b.String()
}

func quote(line func(string, ...any), f *refusal) {
	name := "Carte sans numéro"
	if f.told.Number != "" {
		name = "Carte " + f.told.Number
	}
	line("- %s :", name)
	for _, fault := range f.told.Faults {
		line("    %s", strings.TrimSpace(fault.Message))
	}
}

func plural(n int, one, many string) string {
	if n == 1 {
		return one
	}
	return fmt.Sprintf(many, n)
}
