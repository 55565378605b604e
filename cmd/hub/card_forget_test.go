package main

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/carte-reseau/hub/internal/cards"
)

// Cards that ended long ago are erased by hub serve, or at once by a person who
// was told how many they are.
func TestEndedCardsAreErasedAfterTheirTime(t *testing.T) {
	t.Parallel()
	eachDatabase(t, func(t *testing.T, database string) {
		const kept, keep, quiet = 36, "--keep-months=36", 100 * 24 * time.Hour
		s := newSite(t, database)
		s.library("mours")
		document := documentOf("mours", testCard{number: "A1", phone: "0475000000"}, testCard{number: "A2", phone: "0475000001"}, testCard{number: "A3", phone: "0475000002"})
		long, shorter := time.Now().AddDate(0, -kept-1, 0).Format(time.DateOnly), time.Now().AddDate(0, -kept, -1).Format(time.DateOnly)
		document = strings.ReplaceAll(document, "2024-09-03", "2014-09-03")
		document = strings.Replace(document, "2099-09-09", long, 1)
		document = strings.Replace(document, "2099-09-09", shorter, 1)
		document = strings.Replace(document, "2099-09-09", time.Now().AddDate(0, -minKeepMonths-1, 0).Format(time.DateOnly), 1)
		file := writeFile(t, "mours.xml", document)
		s.hub("import", file, "--library=mours").want(exitOK, "3 cartes", "3 créées")
		s.execute(database, fmt.Sprintf("UPDATE versions SET stamp = stamp - %d", int64(quiet.Seconds())))

		s.hub("card", "forget").want(exitError, "HUB_KEEP_MONTHS")
		s.hubReading("non\n", "card", "forget", keep).want(exitError, "2 cartes sont finies depuis plus de 36 mois", "rien n’a été effacé")
		s.hub("card", "show", "A1").want(exitOK)
		s.hubReading("oui\n", "card", "forget", keep).want(exitOK, "2 cartes effacées")
		s.hub("card", "forget", "--json", keep).want(exitOK, `{"forgotten":0}`)
		s.hub("card", "show", "A1").want(exitError, "Aucune carte")
		s.hub("card", "show", "A3").want(exitOK)
		s.hub("audit", "list", "--action=forget-cards").want(exitOK, "cartes : 2", "commande")
		s.hub("import", file, "--library=mours", keep).want(exitOK, "0 créée")
		s.hub("card", "show", "A2").want(exitError, "Aucune carte")

		s.wantErasedByTheService()
	})
}

// wantErasedByTheService has a hub that keeps its cards less long erase the one
// that is left.
func (s *site) wantErasedByTheService() {
	s.t.Helper()
	s.KeepMonths = minKeepMonths
	h, err := newHub(s.t.Context(), &s.Settings, console{out: s.log, err: s.log})
	if err != nil {
		s.t.Fatal(err)
	}
	defer h.close()
	if err := h.handlers(&parts{})[cards.JobPurge](s.t.Context(), cards.Job{}); err != nil {
		s.t.Fatal(err)
	}
	s.hub("card", "show", "A3").want(exitError, "Aucune carte")
	s.hub("audit", "list", "--action=forget-cards").want(exitOK, "cartes : 1", cards.AuditHub)
}
