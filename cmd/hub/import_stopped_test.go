package main

import (
	"bytes"
	"context"
	"strings"
	"testing"
	"time"

	"github.com/carte-reseau/hub/internal/cards"
	"github.com/carte-reseau/hub/internal/store/storetest"
)

// Who presses Ctrl-C is told what becomes of the file, and that comes true.
func TestAnImportThatIsStoppedSaysWhatBecomesOfIt(t *testing.T) {
	t.Parallel()
	s := newSite(t, storetest.SQLiteDatabase(t))
	s.library("mours")
	file := writeFile(t, "mours.xml", documentOf("mours", testCard{number: "2610000012345", phone: "0475000000"}))
	ctx, stop := context.WithCancel(t.Context())
	db, stopped := s.openDatabase(t), s.Settings
	stopped.limits.store.AtCommit = func(bool) error {
		if strings.Join(rowsOf(t, db, "SELECT count(*) FROM deposits"), "") == "1" {
			stop()
		}
		return nil
	}
	var out bytes.Buffer
	err := importCommand{File: file, Library: "mours"}.Run(ctx, &stopped, console{out: &out, err: &out})
	if said := "interrompu : le dépôt 1 est conservé et hub serve l’achèvera ; le fichier n’est pas à importer de nouveau"; err == nil || err.Error() != said {
		t.Fatalf("said %v, want %s", err, said)
	}
	h := s.boot()
	const patience = time.Minute
	eventually(t, patience, "the deposit is at its end", func() bool {
		d, err := h.store.Deposit(t.Context(), 1)
		return err == nil && d.Status == cards.Integrated && d.Counts.Created == 1
	})
}

func TestAnImportOfWhatIsNoFile(t *testing.T) {
	t.Parallel()
	s := newSite(t, storetest.SQLiteDatabase(t))
	s.library("mours")
	folder := t.TempDir()
	s.hub("import", "--library=mours", folder).want(exitError, folder+" est un dossier")
	large := writeFile(t, "mours.xml", strings.Repeat(" ", 2<<10))
	a := s.hub("import", "--library=mours", "--max-document=1KiB", large).want(exitError, "1 Kio", "Découpez-le", "HUB_MAX_DOCUMENT")
	if strings.Contains(a.err, "receive") {
		t.Errorf("said %q", a.err)
	}
}
