package main

import (
	"path/filepath"
	"testing"

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
