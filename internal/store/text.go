package store

import "github.com/carte-reseau/hub/internal/cards"

// plain makes text of foreign bytes: PostgreSQL refuses what is not UTF-8, and
// NUL, and a value it refuses would hold up all that comes behind it. A
// sentence is such text already.
func plain(foreign string) string { return cards.Legible(foreign) }
