package ftpdrop

import (
	"path"
	"slices"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/jlaffaye/ftp"
	"golang.org/x/text/encoding/charmap"
)

// tooLargeSuffix marks a file that was set aside because it is over the limit.
const tooLargeSuffix = ".trop-grand"

// file is a document seen in a folder.
type file struct {
	raw  string // the name as the server writes it, any bytes
	size int64
	time time.Time
	// stamp is the server's answer to MDTM before the download: another one
	// before deleting means that the file was written to. The list's times are
	// of no use for that, some servers give them in another zone.
	stamp time.Time
	// known is false where size and time must still be asked for.
	known bool
}

// name is what people see: UTF-8, without control characters.
func (f file) name() string { return displayName(f.raw) }

// path is where the file lies.
func (f file) path(folder string) string { return join(folder, f.raw) }

// same reports whether nothing shows that the file changed.
func (f file) same(other file) bool { return f.size == other.size && f.time.Equal(other.time) }

// restedSince reports whether nobody wrote the file since it was read. It is all that tells a file that could not be deleted
// from another one of its name and size once the bytes that were read are no longer kept. Taken for another one, what a
// library said months ago would be integrated as if it said so now.
func (f file) restedSince(read time.Time) bool {
	const apart = time.Minute // the server's clock and ours
	return !f.stamp.IsZero() && f.stamp.Before(read.Add(apart))
}

// join is not path.Join: a name must never be cleaned into another one.
func join(folder, name string) string {
	if folder == "" || strings.HasSuffix(folder, "/") {
		return folder + name
	}
	return folder + "/" + name
}

// withNames adds the entries that a list lacks but a list of names has. Some
// servers give whole paths there.
func withNames(entries []*ftp.Entry, names []string) []*ftp.Entry {
	have := make(map[string]bool, len(entries))
	for _, e := range entries {
		have[e.Name] = true
	}
	for _, n := range names {
		if n = path.Base(strings.TrimRight(n, "\r")); n != "." && n != "/" && !have[n] {
			have[n] = true
			entries = append(entries, &ftp.Entry{Name: n, Type: ftp.EntryTypeFile, Size: sizeUnknown})
		}
	}
	return entries
}

const sizeUnknown = ^uint64(0)

// candidates picks the files to take from a listing, the oldest first: of two
// drops under one name the later one must be integrated last.
func candidates(entries []*ftp.Entry) []file {
	var files []file
	for _, e := range entries {
		if e.Type != ftp.EntryTypeFile || !takes(e.Name) {
			continue
		}
		f := file{raw: e.Name, time: e.Time}
		if f.known = e.Size <= 1<<62; f.known {
			f.size = int64(e.Size)
		}
		files = append(files, f)
	}
	inOrder(files)
	return slices.CompactFunc(files, func(a, b file) bool { return a.raw == b.raw })
}

// takes reports whether a name may be a document's. A name is one component:
// what a server lists is never trusted as a path.
func takes(name string) bool {
	return name != "" && !strings.ContainsAny(name, "/\x00\r\n") && !isTemporary(name) && !strings.HasSuffix(name, tooLargeSuffix)
}

// isTemporary recognises names under which programs write what they rename when
// it is whole.
func isTemporary(name string) bool {
	lower := strings.ToLower(name)
	return strings.HasPrefix(name, ".") || strings.HasSuffix(lower, ".tmp") ||
		strings.HasSuffix(lower, ".part") || strings.HasSuffix(lower, ".filepart")
}

// displayName makes any bytes readable: what is not UTF-8 is taken for
// Windows-1252, as older French systems write it.
func displayName(raw string) string {
	if !utf8.ValidString(raw) {
		// The decoder knows every byte.
		raw, _ = charmap.Windows1252.NewDecoder().String(raw)
	}
	const most = 200
	name := clean(raw)
	if runes := []rune(name); len(runes) > most {
		name = string(runes[:most]) + "…"
	}
	if name == "" {
		return "sans nom"
	}
	return name
}

// clean keeps text from outside on one line.
func clean(s string) string {
	return strings.TrimSpace(strings.Map(func(r rune) rune {
		switch {
		case unicode.IsControl(r), r == '\u2028', r == '\u2029':
			return ' '
		case unicode.Is(unicode.Bidi_Control, r):
			return -1
		}
		return r
	}, strings.ToValidUTF8(s, "?")))
}
