package ftpdrop

import (
	"os"
	"slices"
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"

	"github.com/jlaffaye/ftp"
)

// FuzzListing gives names and sizes as a hostile server might list them.
func FuzzListing(f *testing.F) {
	f.Add("a.xml\nb.xml", "a.xml\nmours/c.xml", uint64(12))
	f.Add("../../x.xml\n..\n.\n\n/etc/passwd", "..\n/\n../..\n", uint64(1)<<63)
	f.Add("\xe9t\xe9.xml\n\x00\n\u202efdp.xml\na\rb", "\xff\xfe\n\r\n", ^uint64(0))
	f.Add("x.TMP\ny.Part\n.z\nw.trop-grand\nx.xml\nx.xml", "x.xml\r", uint64(0))
	f.Fuzz(func(t *testing.T, listed, named string, size uint64) {
		var entries []*ftp.Entry
		for i, name := range strings.Split(listed, "\n") {
			entries = append(entries, &ftp.Entry{Name: name, Size: size, Type: ftp.EntryType(i % 2)})
		}
		files := candidates(withNames(entries, strings.Split(named, "\n")))
		seen := map[string]bool{}
		for _, doc := range files {
			if doc.raw == "" || doc.raw == "." || doc.raw == ".." || strings.ContainsAny(doc.raw, "/\r\n\x00") || isTemporary(doc.raw) {
				t.Errorf("%q would be taken", doc.raw)
			}
			if seen[doc.raw] {
				t.Errorf("%q would be taken twice", doc.raw)
			}
			seen[doc.raw] = true
			if doc.size < 0 {
				t.Errorf("%q has %d bytes", doc.raw, doc.size)
			}
			if got := doc.path("mours"); !strings.HasPrefix(got, "mours/") || strings.Count(got, "/") != 1 {
				t.Errorf("%q lies at %q", doc.raw, got)
			}
			shown := doc.name()
			if shown == "" || !utf8.ValidString(shown) || strings.ContainsFunc(shown, unicode.IsControl) || utf8.RuneCountInString(shown) > 201 {
				t.Errorf("%q is shown as %q", doc.raw, shown)
			}
		}
		if !slices.IsSortedFunc(files, func(a, b file) int { return a.time.Compare(b.time) }) {
			t.Error("not in order")
		}
	})
}

func FuzzLooksFinished(f *testing.F) {
	for _, seed := range []string{"</cartes>", "</c:cartes >\r\n\x1a", "<cartes/>", "</cartes><!-- fin -->", "<!--</cartes>-->", "-->", "</\x00c\x00a\x00r\x00t\x00e\x00s\x00>\x00", "</carte>", ""} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, tail []byte) {
		if looksFinished(tail) && !strings.Contains(strings.ReplaceAll(string(tail), "\x00", ""), "<") {
			t.Errorf("%q looks finished", tail)
		}
	})
}

func TestLooksFinished(t *testing.T) {
	for tail, want := range map[string]bool{
		"<carte/></cartes>": true, "</cartes>\r\n\r\n": true, "</cartes >": true, "</r:cartes>": true, "<carte/></cartes>\n<!-- fin -->\n": true,
		"<\x00/\x00c\x00a\x00r\x00t\x00e\x00s\x00>\x00": true,
		"</carte>": false, "</cartes": false, "": false, "<!-- </cartes> -->": false, "-->": false, "</cartes><carte>": false,
	} {
		if got := looksFinished([]byte(tail)); got != want {
			t.Errorf("%q: %v", tail, got)
		}
	}
}

// A file under a name that waits is never read: whoever builds a library's system has to know which these are.
func TestTheGuideTellsWhichNamesWait(t *testing.T) {
	guide, err := os.ReadFile("../../docs/sigb.md")
	if err != nil {
		t.Fatal(err)
	}
	for name, words := range map[string]string{"a.tmp": "`.tmp`", "a.part": "`.part`", "a.filepart": "`.filepart`", ".a.xml": "commençant par un point"} {
		if !isTemporary(name) || !strings.Contains(string(guide), words) {
			t.Errorf("%s waits: %v; the guide does not say so by %q", name, isTemporary(name), words)
		}
	}
}

// A file's name is written into letters and onto pages, whatever bytes it is made of.
func TestNamesAreShownOnOneLine(t *testing.T) {
	for raw, want := range map[string]string{
		"été.xml": "été.xml", "\xe9t\xe9.xml": "été.xml", "a\tb\u2028c\u2029d": "a b c d", "\u202efdp.xml": "fdp.xml", "\ta\t": "a",
		"\x01": "sans nom", strings.Repeat("é", 200): strings.Repeat("é", 200), strings.Repeat("é", 201): strings.Repeat("é", 200) + "…",
	} {
		if got := displayName(raw); got != want {
			t.Errorf("%q is shown as %q, want %q", raw, got, want)
		}
	}
}
