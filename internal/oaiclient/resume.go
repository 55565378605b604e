package oaiclient

import (
	"context"
	"fmt"
	"strings"

	"github.com/carte-reseau/hub/internal/cards"
)

// Resume does what persons decided on parts of harvests that were held: those they accepted are integrated, of those they
// refused the library is told. One that fails, or over which the program breaks, does not keep the others; two calls at a
// time are for the caller's lease to prevent.
func (h *Harvester) Resume(ctx context.Context) error {
	ids, err := h.store.JudgedHarvests(ctx)
	if err != nil {
		return fmt.Errorf("list judged harvests: %w", err)
	}
	work := make([]func() error, len(ids))
	for i, id := range ids {
		work[i] = func() error {
			if err := h.settle(ctx, id); err != nil {
				return fmt.Errorf("settle deposit %d: %w", id, err)
			}
			return nil
		}
	}
	return cards.InTurn(ctx, work...)
}

func (h *Harvester) settle(ctx context.Context, id int64) error {
	d, err := h.store.Deposit(ctx, id)
	if err != nil {
		return err
	}
	lib, err := h.store.LibraryByID(ctx, d.LibraryID)
	if err != nil {
		return err
	}
	r := h.run(lib)
	if d.Status == cards.Refused {
		if err := h.store.QueueMail(ctx, r.refusedLetter(d)); err != nil {
			return err
		}
		return h.store.FinishDeposit(ctx, id, cards.Refused, d.Fault)
	}
	if err := r.replay(ctx, d, r.integrate); err != nil {
		return err
	}
	return r.finish(ctx, id, fmt.Sprintf("moisson-depot-%d", id))
}

func (r *run) waitingLetter(d *cards.Deposit) cards.Message {
	return cards.Message{
		To: r.lib.Email, Key: fmt.Sprintf("moisson-suspendue-%d", d.ID),
		Subject: fmt.Sprintf("Moisson de %s : %d cartes modifiées attendent un accord", r.lib.Name, d.Counts.Modified),
		Body: fmt.Sprintf("Bonjour,\n\nLa moisson du serveur OAI-PMH de %s (%s) modifierait %d cartes d’un coup : c’est beaucoup plus que d’habitude.\n"+
			"Par prudence, ces modifications sont gardées en attente (dépôt n° %d). L’équipe du réseau les examine et décide.\n\n"+
			"Que faire ? Rien, si ces changements sont voulus. S’ils ne le sont pas, corrigez-les dans votre SIGB et prévenez l’équipe du réseau.\n"+
			"Les cartes que vous modifiez d’ici là continuent d’être transmises.\n%s",
			r.lib.Name, r.host, d.Counts.Modified, d.ID, r.whereToRead(d)),
	}
}

func (r *run) refusedLetter(d *cards.Deposit) cards.Message {
	reason := ""
	if d.Fault != nil {
		reason = d.Fault.Message
	}
	return cards.Message{
		To: r.lib.Email, Key: fmt.Sprintf("moisson-refusee-%d", d.ID),
		Subject: fmt.Sprintf("Moisson de %s : des modifications ont été écartées", r.lib.Name),
		Body: fmt.Sprintf("Bonjour,\n\nLes modifications moissonnées sur le serveur OAI-PMH de %s (%s) le %s, gardées en attente (dépôt n° %d), ont été écartées.\n\n%s\n\n"+
			"Ces fiches ne sont plus reprises tant que vous ne les modifiez pas dans votre SIGB : corrigez celles qui sont fausses,\n"+
			"et enregistrez à nouveau celles qui sont justes.\n%s",
			r.lib.Name, r.host, d.Arrived.In(r.h.opts.Location).Format("02/01/2006 à 15:04"), d.ID, reason, r.whereToRead(d)),
	}
}

func (r *run) whereToRead(d *cards.Deposit) string {
	if r.h.opts.PublicURL == "" {
		return ""
	}
	return fmt.Sprintf("\nSuivi de ce dépôt : %s/depots/%d (avec le code et la clé de la bibliothèque).\n", strings.TrimRight(r.h.opts.PublicURL, "/"), d.ID)
}
