package main

import (
	"github.com/carte-reseau/hub/internal/ftpdrop"
	"github.com/carte-reseau/hub/internal/intake"
	"github.com/carte-reseau/hub/internal/mail"
	"github.com/carte-reseau/hub/internal/oaiclient"
	"github.com/carte-reseau/hub/internal/push"
	"github.com/carte-reseau/hub/internal/store"
)

// limits are the options of the parts that are nobody's settings: how long they
// wait for others, how much they take at once. The wiring fills in the rest.
// The program leaves them at the parts' own defaults; its tests, which cannot
// wait that long, do not.
type limits struct {
	store   store.Options
	intake  intake.Options
	harvest oaiclient.Options
	push    push.Options
	drop    ftpdrop.Options
	mail    mail.Options
}
