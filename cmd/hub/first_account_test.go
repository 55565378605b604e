package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/carte-reseau/hub/internal/cards"
	"github.com/carte-reseau/hub/internal/store/storetest"
)

// A full disk, or a death between making the file and writing to it, left one without a code, which no later start replaced: nobody could
// ever make the first account.
func TestAFileWithoutTheFirstCodeIsWrittenAnew(t *testing.T) {
	t.Parallel()
	s := newSite(t, storetest.SQLiteDatabase(t))
	first := firstAccount{store: s.foundation().store, path: filepath.Join(s.Data, firstAccessFile)}
	if err := os.WriteFile(first.path, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	for range 2 { // the second start leaves the code that may be in somebody's hands
		if needed, err := first.prepare(t.Context()); err != nil || !needed {
			t.Fatalf("needed %v, %v", needed, err)
		}
	}
	code, err := os.ReadFile(first.path)
	if err != nil {
		t.Fatal(err)
	}
	u := cards.User{Name: "Camille", Role: cards.RoleAdministrator}
	if _, err := first.MakeFirst(t.Context(), strings.TrimSpace(string(code)), u, "une phrase bien assez longue"); err != nil {
		t.Errorf("the code %q: %v", code, err)
	}
}
