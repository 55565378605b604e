package main

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"
)

// A card is looked up by the command line; its number may come by standard
// input, so that nobody sees it among the processes.
func TestACardIsLookedUpByTheCommandLine(t *testing.T) {
	t.Parallel()
	eachDatabase(t, func(t *testing.T, database string) {
		s := newSite(t, database)
		s.library("mours")
		s.library("peyrins")
		s.disputed("A1")
		s.hub("card", "where", "a1").want(exitOK, "mours", "peyrins", "à recevoir", "jamais terminé de moissonnage")
		s.hubReading("A1\n", "card", "where", "-").want(exitOK, "peyrins", "à recevoir")
		var standing struct{ Library, State string }
		line, _, _ := strings.Cut(s.hub("card", "where", "A1", "--json").want(exitOK).out, "\n")
		if err := json.Unmarshal([]byte(line), &standing); err != nil || standing.Library != "mours" || standing.State == "" {
			t.Errorf("%s: %+v, %v", line, standing, err)
		}
		s.hub("card", "show", "A1").want(exitOK, "telephone : 0475111111 → 0475222222", "telephone : 0475000000 → 0475111111", "      nom : ", "peyrins", "pris :", "(import), dépôt")
		s.hub("card", "show", "A1").want(exitOK, "conflit, telephone", "non retenu « 0475111111 », de mours (à trancher)", "mours, telephone : 0475111111")
		var card struct {
			Number    string
			Conflicts []struct {
				Field string
				Other struct{ Value, Library string }
			}
			Sent []struct {
				Library string
				Fields  []struct{ Field, Value string }
			}
			Versions []struct {
				Changes []struct{ Field, Value string }
			}
		}
		if err := json.Unmarshal([]byte(s.hub("card", "show", "A1", "--json").want(exitOK).out), &card); err != nil || card.Number != "A1" || len(card.Versions) != 3 {
			t.Errorf("%+v, %v", card, err)
		}
		if lost := card.Conflicts; len(lost) != 1 || lost[0].Field != "telephone" || lost[0].Other.Value != "0475111111" || lost[0].Other.Library != "mours" {
			t.Errorf("the value that lost: %+v", lost)
		}
		if sent := card.Sent; len(sent) != 2 || sent[0].Library != "mours" || !slices.Contains(sent[0].Fields, struct{ Field, Value string }{"telephone", "0475111111"}) {
			t.Errorf("what was sent last: %+v", sent)
		}
		s.hub("card", "show", "B9").want(exitError, "Aucune carte")
		s.hub("card", "show", "un nom").want(exitError, "1 à 32 caractères")
	})
}

// A card is erased only where the person said so, and leaves but its record.
func TestACardIsErasedByTheCommandLine(t *testing.T) {
	t.Parallel()
	eachDatabase(t, func(t *testing.T, database string) {
		s := newSite(t, database)
		s.library("mours")
		s.library("peyrins")
		s.disputed("2610000012345")
		s.hub("erasures", "list").want(exitOK, "Aucun effacement")
		s.hubReading("non\n", "card", "erase", "2610000012345").want(exitError, "rien n’a été effacé")
		a := s.hubReading("2610000012345\noui\n", "card", "erase", "-").want(exitOK, "2 bibliothèques vont recevoir", "ont été parcourus")
		if strings.Contains(a.out, "2610000012345") {
			t.Errorf("the number is told again: %s", a.out)
		}
		s.hub("card", "erase", "2610000012345", "--yes").want(exitError, "déjà été effacée")
		s.hub("card", "where", "2610000012345").want(exitError, "Aucune carte")
		s.hub("erasures", "list").want(exitOK, "0 sur 2", "n’ont pas confirmé", me(t))
		s.hub("erasures", "confirm", "1", "mours").want(exitOK, "1 sur 2")
		s.hub("erasures", "confirm", "1", "peyrins", "--json").want(exitOK, `"confirmed_by":"`+me(t)+`"`)
		s.hub("erasures", "show", "1").want(exitOK, "2 sur 2", "terminé", "retiré avant d’être envoyé")
		s.hub("erasures", "show", "1", "--json").want(exitOK, `"finished_at":"`, `"sent":false,"withdrawn":true`)
		file := writeFile(t, "mours.xml", documentOf("mours", testCard{number: "2610000012345", phone: "0475000000"}))
		s.hub("import", file, "--library=mours").want(exitError, "numero-efface")
	})
}

// The drift of a complete document and a request for everything are shown.
func TestDriftAndDeliveryAreShown(t *testing.T) {
	t.Parallel()
	eachDatabase(t, func(t *testing.T, database string) {
		s := newSite(t, database)
		s.library("mours")
		file := writeFile(t, "all.xml", documentOf("mours", testCard{number: "A1", phone: "0475000000"}, testCard{number: "A2", phone: "0475000000"}))
		s.hub("import", file, "--library=mours").want(exitOK)
		one := strings.Replace(documentOf("mours", testCard{number: "A1", phone: "0475000000"}), "<cartes ", `<cartes mode="complet" `, 1)
		s.hub("import", writeFile(t, "one.xml", one), "--library=mours").want(exitOK)
		const drift = "détient 1 carte sur 2 ; aucune ne diffère"
		s.hub("status").want(exitOK, "Dernier document complet", drift)
		s.hub("library", "show", "mours").want(exitOK, drift)
		s.hub("library", "deliver", "mours").want(exitOK, "2 cartes seront redonnées")
		s.hub("library", "show", "mours").want(exitOK, "tout redonner", "demandé par "+me(t))
	})
}
