package store

import "github.com/carte-reseau/hub/internal/cards"

// plain makes text of foreign bytes: PostgreSQL refuses what is not UTF-8, and
// NUL. A word of another system that it refused would stop all behind it. A
// sentence is such text already.
func plain(foreign string) string { return cards.Legible(foreign) }
