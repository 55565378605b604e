package store

import "strings"

// plain makes text of foreign bytes: PostgreSQL refuses what is not UTF-8, and
// NUL. A word of another system that it refused would stop all behind it.
func plain(foreign string) string {
	return strings.ReplaceAll(strings.ToValidUTF8(foreign, "\uFFFD"), "\x00", "\uFFFD")
}
