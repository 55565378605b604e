package main

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// An option that may be repeated keeps every value given, and an empty one
// clears what was there.
func TestRepeatedOptionsOfALibraryAddUp(t *testing.T) {
	data := t.TempDir()
	key := filepath.Join(data, "key")
	if err := os.WriteFile(key, []byte("0123456789abcdef\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	hub := func(args ...string) string {
		t.Helper()
		var out, errs bytes.Buffer
		if status := run(t.Context(), console{in: strings.NewReader(""), out: &out, err: &errs}, append(args, "--data="+data)); status != exitOK {
			t.Fatalf("hub %v: status %d: %s", args, status, errs.String())
		}
		return out.String()
	}
	shows := func(row, value string) {
		t.Helper()
		for line := range strings.Lines(hub("library", "show", "mours")) {
			if name, shown, _ := strings.Cut(strings.TrimSpace(line), " "); name == row {
				if strings.TrimSpace(shown) != value {
					t.Errorf("%s is %q, want %q", row, strings.TrimSpace(shown), value)
				}
				return
			}
		}
		if value != "" {
			t.Errorf("%s is not shown, want %q", row, value)
		}
	}
	hub("library", "add", "mours", "--name=Mours", "--email=mours@example.org", "--key-file="+key,
		"--serves=annexe", "--serves", "bibliobus", "--not-held=sexe", "--not-held", "portable", "--width=nom=20", "--width=prenom=10")
	shows("serves", "annexe, bibliobus")
	shows("not-held", "sexe, portable")
	shows("width", "nom=20, prenom=10")
	hub("library", "change", "mours", "--name=Mours-Saint-Eusèbe")
	shows("serves", "annexe, bibliobus")
	hub("library", "change", "mours", "--serves=a,b", "--not-held=")
	shows("serves", "a, b")
	shows("not-held", "")

	file := filepath.Join(data, "libraries.yaml")
	if err := os.WriteFile(file, []byte("libraries:\n  - code: mours\n    serves: [c, d]\n    not-held: [sexe, civilite]\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	for range 2 {
		hub("library", "import", file)
		shows("serves", "c, d")
		shows("not-held", "civilite, sexe")
	}
}
