package main

import (
	"fmt"
	"time"

	"github.com/carte-reseau/hub/internal/cards"
)

// driftText says how far a library is from the network; empty where it never gave a complete document.
func driftText(d *cards.Drift, place *time.Location) string {
	if d == nil {
		return ""
	}
	differing := "aucune ne diffère"
	switch {
	case d.Differing == 1:
		differing = "une diffère"
	case d.Differing > 1:
		differing = grouped(d.Differing) + " diffèrent"
	}
	return fmt.Sprintf("détient %s %s sur %s ; %s (%s)", grouped(d.Held), agreeing(d.Held, "carte", "cartes"), grouped(d.Expected), differing, day(d.Taken, place))
}

// deliveryText says how far the last request for everything has got.
func deliveryText(d *cards.Delivery, place *time.Location) string {
	if d == nil {
		return ""
	}
	state := "en cours"
	if !d.Finished.IsZero() {
		state = "toutes en attente de remise depuis le " + day(d.Finished, place)
	}
	return fmt.Sprintf("demandé par %s le %s, %s %s, %s", d.By, day(d.Requested, place), grouped(d.Handed), agreeing(d.Handed, "carte", "cartes"), state)
}
