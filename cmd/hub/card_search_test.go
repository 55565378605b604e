package main

import (
	"fmt"
	"strings"
	"testing"

	"github.com/carte-reseau/hub/internal/store/storetest"
)

// Cards are found by the command line as on the pages, and whose they are is recorded before they are told.
func TestCardsAreSearchedByTheCommandLine(t *testing.T) {
	t.Parallel()
	eachDatabase(t, func(t *testing.T, database string) {
		s := newSite(t, database)
		s.library("mours")
		file := writeFile(t, "m.xml", documentOf("mours", testCard{number: "A1001"}, testCard{number: "A1002", name: "Du Pré"}, testCard{number: "B1", name: "Zola"}))
		s.hub("import", file, "--library=mours").want(exitOK)
		s.hub("card", "search", "--name=dupre helene").want(exitOK, "A1001", "A1002", "Du Pré", "Hélène", "29/02/1980", "mours", "09/09/2099").lacks("Zola")
		s.hub("card", "search", "--number=a100").want(exitOK, "A1001", "A1002").lacks("Zola")
		s.hub("card", "search", "--name=zola", "--first-name=hel", "--birth-date=02/1980").want(exitOK, "B1").lacks("A1001")
		s.hub("card", "search", "--name=personne").want(exitOK, "Aucune carte ne correspond")
		if got := s.hub("card", "search", "--name=personne", "--json").want(exitOK).documents(); len(got) != 0 {
			t.Errorf("nobody is %v", got)
		}
		found := s.hub("card", "search", "--name=zola", "--json").want(exitOK).document()
		if found["number"] != "B1" || found["last_name"] != "Zola" || found["birth_date"] != "1980-02-29" || found["id"] == nil {
			t.Errorf("found: %v", found)
		}
		before := len(s.audited())
		s.hub("card", "search", "--number=B1").want(exitOK)
		if got, want := strings.Join(s.audited()[before:], "\n"), fmt.Sprintf("search-cards|carte %s|montre cartes %s", found["id"], found["id"]); got != want {
			t.Errorf("recorded %q, want %q", got, want)
		}
	})
}

// What is looked for may come by standard input, so that nobody sees it among the processes.
func TestWhatIsSearchedForMayComeByStandardInput(t *testing.T) {
	t.Parallel()
	s := newSite(t, storetest.SQLiteDatabase(t))
	s.library("mours")
	s.hub("import", writeFile(t, "m.xml", documentOf("mours", testCard{number: "A1"}, testCard{number: "B1", name: "Zola"})), "--library=mours").want(exitOK)
	s.hubReading("A1\n", "card", "search", "--number=-").want(exitOK, "Dupré").lacks("Zola")
	// In the order in which the help names them, whatever that of the line.
	s.hubReading("B1\nzola\nhélène\n1980\n", "card", "search", "--birth-date=-", "--first-name=-", "--name=-", "--number=-").want(exitOK, "B1").lacks("A1")
	for _, nothing := range [][]string{nil, {"--first-name=Hélène"}} {
		s.hub(append([]string{"card", "search"}, nothing...)...).want(exitError, "un numéro de carte, un nom ou une date de naissance")
	}
	s.hubReading("", "card", "search", "--name=-").want(exitError, "rien sur l’entrée standard")
	s.hub("card", "search", "--number=Zoé").want(exitError, "Un numéro de carte a").lacks("Zoé")
	s.hub("card", "search", "--birth-date=hier").want(exitError, "se cherche par jour")
}

// More than a page is told too, in order, each card once, and no more than asked for.
func TestALongSearchIsToldInPages(t *testing.T) {
	t.Parallel()
	s := newSite(t, storetest.SQLiteDatabase(t))
	s.library("mours")
	const count = 120
	s.hub("import", writeFile(t, "m.xml", documentOf("mours", manyCards("M", count)...)), "--library=mours").want(exitOK)
	for limit, want := range map[string]int{"0": count, "70": 70, "3": 3} {
		seen := map[any]bool{}
		for _, one := range s.hub("card", "search", "--name=Dupré", "--limit="+limit, "--json").want(exitOK).documents() {
			seen[one["number"]] = true
		}
		if len(seen) != want {
			t.Errorf("limit %s: %d cards", limit, len(seen))
		}
	}
	s.hub("card", "search", "--name=Dupré", "--limit=3").want(exitOK, "D’autres cartes correspondent (--limit 0 : toutes)")
	if a := s.hub("card", "search", "--name=Dupré", "--limit=0").want(exitOK); strings.Contains(a.out, "D’autres") {
		t.Errorf("%.300s", a.out)
	}
}

// lacks checks that neither channel says the pieces.
func (a answer) lacks(pieces ...string) answer {
	a.t.Helper()
	for _, piece := range pieces {
		if strings.Contains(a.out+a.err, piece) {
			a.t.Errorf("%q is said in:\n%s%s", piece, a.out, a.err)
		}
	}
	return a
}
