package main

import (
	"strings"
	"testing"
	"time"
)

func TestTheHubCountsAndTheCommandLineShows(t *testing.T) {
	t.Parallel()
	eachDatabase(t, func(t *testing.T, database string) {
		s := newSite(t, database)
		s.library("mours")
		s.hub("statistics").want(exitOK, "Aucune carte n’a été comptée")
		file := writeFile(t, "mours.xml", documentOf("mours", testCard{number: "A1"}, testCard{number: "A2"}))
		s.hub("import", file, "--library=mours").want(exitOK)
		s.hub("statistics").want(exitOK, "2 cartes modifiées restent à compter")
		s.boot()
		eventually(t, 30*time.Second, "the cards are counted", func() bool {
			return strings.Contains(s.hub("statistics", "--json").out, `"behind":0`)
		})
		s.hub("statistics", "--dimension=etablissement", "--year=2024").want(exitOK, "Inscriptions en 2024", "Bibliothèque de mours (mours)  2", "Tout est compté")
		s.hub("statistics", "--dimension=age", "--view=annees", "--from=2024", "--to=2024", "--csv").want(exitOK, "\ufeffÂge au début de l’inscription;2024\r\n25 à 64 ans;2\r\n")
		s.hub("statistics", "--view=comparaison", "--dimension=age").want(exitError)
		s.hub("statistics", "--dimension=nom").want(exitUsage)
	})
}
