package main

import (
	"bytes"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/carte-reseau/hub/internal/cards"
	"github.com/carte-reseau/hub/internal/store/storetest"
)

// One is one, none is one too in French, and two are many.
func TestWhatIsCountedAgreesInNumber(t *testing.T) {
	t.Parallel()
	s := newSite(t, storetest.SQLiteDatabase(t))
	s.library("mours")
	one, two := testCard{number: "A1"}, testCard{number: "A2", phone: "0475000000"}
	s.hub("import", writeFile(t, "1.xml", documentOf("mours", one)), "--library=mours").
		want(exitOK, "1 carte reçue, 1 créée, 0 modifiée, 0 inchangée, 0 rejetée.")
	s.hub("deposits", "show", "1").want(exitOK, "1 reçue, 1 créée, 0 modifiée, 0 inchangée, 0 rejetée")
	changed := testCard{number: "A1", phone: "0475111111"}
	const bad = "<carte><nom>Dupré</nom>" + validEnrolment + "</carte>"
	document := documentOf("mours", changed.String(), two.String(), testCard{number: "A3"}.String(), bad, bad)
	s.hub("import", writeFile(t, "2.xml", document), "--library=mours").want(exitError, "5 cartes reçues, 2 créées, 1 modifiée, 0 inchangée, 2 rejetées.")
	s.hub("deposits", "show", "2").want(exitOK, "5 reçues, 2 créées, 1 modifiée, 0 inchangée, 2 rejetées")
	s.hub("library", "deliver", "mours").want(exitOK, "3 cartes seront redonnées")
	s.library("peyrins")
	s.hub("import", writeFile(t, "3.xml", documentOf("peyrins", testCard{number: "P1"})), "--library=peyrins").want(exitOK)
	s.hub("library", "remove", "peyrins", "--export="+filepath.Join(t.TempDir(), "p.xml")).want(exitOK, "1 carte de peyrins exportée dans")
	s.hub("library", "remove", "mours", "--export="+filepath.Join(t.TempDir(), "m.xml")).want(exitOK, "3 cartes de mours exportées dans")
}

// Figures are written as the pages write them; what numbers a deposit, and what programs read, is not grouped.
func TestFiguresOfTheCommandLineAreGrouped(t *testing.T) {
	t.Parallel()
	n := cards.Counts{Received: 12345, Created: 1000, Modified: 11345}
	if got := outcomeText(n, "reçue", "reçues"); !strings.Contains(got, "12\u202f345 reçues, 1\u202f000 créées, 11\u202f345 modifiées") {
		t.Errorf("a document's outcome reads %q", got)
	}
	var out bytes.Buffer
	c := console{out: &out}
	deposit := cards.Deposit{ID: 12345, Library: "mours", Door: cards.DoorFTP, Size: 1234567, Counts: n, Status: cards.Integrated}
	if err := printDeposits(c, []cards.Deposit{deposit}, time.UTC); err != nil {
		t.Fatal(err)
	}
	if err := printDeposit(c, &deposit, time.UTC); err != nil {
		t.Fatal(err)
	}
	if err := printRuns(c, []cards.Run{{Job: cards.JobMail, Counts: n, OK: true, Finished: time.Unix(1, 0)}}, time.UTC); err != nil {
		t.Fatal(err)
	}
	network{
		libraries: []cards.LibraryStatus{{Library: cards.Library{Code: "mours"}, Behind: 54321}}, mailWaits: 2345, asked: cards.Waiting{Disputes: 3456},
	}.print(c, time.UTC)
	for _, want := range []string{"\n12345  ", "1\u202f234\u202f567 octets", "courriels", "  12\u202f345  1\u202f000", "54\u202f321", "attente : 2\u202f345,", "trancher : 3\u202f456,"} {
		if !strings.Contains(out.String(), want) {
			t.Errorf("%q is not said in\n%s", want, out.String())
		}
	}
}
