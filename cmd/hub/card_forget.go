package main

import (
	"context"
	"fmt"

	"github.com/carte-reseau/hub/internal/cards"
)

type cardForget struct {
	Yes bool `name:"yes" help:"Ne pas demander de confirmation."`
	answers
}

// Run does at once what hub serve does by itself every few hours, and tells
// before how many cards that are.
func (a cardForget) Run(ctx context.Context, s *Settings, c console) error {
	if s.KeepMonths == 0 {
		return cards.Errorf(cards.Invalid, "aucune durée de conservation n’est réglée : réglez HUB_KEEP_MONTHS (ou --keep-months) dans le service aussi, sans quoi une carte effacée reviendrait avec le prochain export de sa bibliothèque")
	}
	f, err := open(ctx, s, c)
	if err != nil {
		return err
	}
	defer f.close()
	if !a.Yes {
		if err := a.confirm(ctx, f, c); err != nil {
			return err
		}
	}
	n, err := f.store.Forget(ctx, cards.AuditEntry{Actor: systemAccount(), Door: cards.AuditCommand})
	if err != nil {
		return err
	}
	return a.tell(c, cardsForgotten{Forgotten: n}, "%s.\n", counted(n, "carte effacée", "cartes effacées"))
}

func (a cardForget) confirm(ctx context.Context, f *foundation, c console) error {
	n, err := f.store.Forgettable(ctx)
	if err != nil || n == 0 {
		return err
	}
	question := fmt.Sprintf("%s depuis plus de %d mois : tout ce que le concentrateur en sait sera effacé, sans retour possible. Tapez « oui » pour continuer : ",
		counted(int(n), "carte est finie", "cartes sont finies"), f.settings.KeepMonths)
	return c.confirm(c.lines(), question, "rien n’a été effacé")
}

// forget is what hub serve does.
func (h *hub) forget(ctx context.Context) error {
	n, err := h.store.Forget(ctx, cards.AuditEntry{Actor: cards.AuditHub, Door: cards.AuditHub})
	if n > 0 {
		h.log.InfoContext(ctx, "cards that ended were erased", "cards", n, "months", h.settings.KeepMonths)
	}
	return err
}
