package main

import (
	"strings"
	"testing"
	"time"

	"github.com/carte-reseau/hub/internal/cards"
)

// What was done for a library, what its system refused, and what it sent are seen by the command line as on its page.
func TestALibrarysWorkIsSeenByTheCommandLine(t *testing.T) {
	t.Parallel()
	eachDatabase(t, func(t *testing.T, database string) {
		s := newSite(t, database)
		s.library("mours")
		s.library("beauvoir", "--push-url=http://127.0.0.1:9/cartes")
		s.hub("runs").want(exitOK, "Aucun travail.")
		s.hub("library", "refused", "beauvoir").want(exitOK, "Aucune carte refusée.")
		sent := strings.Replace(documentOf("mours", testCard{number: "A1", name: "Zoé"}, testCard{number: "A2", name: "Noé"}), "</cartes>", "<carte/></cartes>", 1)
		s.hub("import", writeFile(t, "mours.xml", sent), "--library=mours").want(exitError)
		s.refusedPush("beauvoir", 2)

		s.hub("runs", "--library=beauvoir").want(exitOK, "livraison", "beauvoir", "échec : Le SIGB de beauvoir est injoignable").lacks("mours")
		s.hub("runs", "--library=mours").want(exitOK, "Aucun travail.")
		s.hub("runs", "--library=nulle-part").want(exitError, "nulle-part")
		s.hub("runs", "--job=sieste").want(exitUsage, "moisson")
		if runs := s.hub("runs", "--job=push", "--json").want(exitOK).documents(); len(runs) != 1 || runs[0]["library"] != "beauvoir" || runs[0]["ok"] != false {
			t.Errorf("%v", runs)
		}
		before := len(s.audited())
		s.hub("library", "refused", "beauvoir").want(exitOK, "A1", "A2", "Le SIGB a refusé la carte (réponse 400).")
		if list := s.hub("library", "refused", "beauvoir", "--json").want(exitOK).documents(); len(list) != 2 || list[0]["card"] != "A2" || list[0]["attempts"] != 1.0 {
			t.Errorf("%v", list)
		}
		s.hub("deposits", "report", "1").want(exitOK, `numero="A1"`, `numero="A2"`, "rejetee")
		s.hub("deposits", "report", "1", "--rejected").want(exitOK, "rejetee").lacks(`numero="A1"`)
		if list := s.hub("deposits", "report", "1", "--json").want(exitOK).documents(); len(list) != 2 || list[0]["status"] != "partiel" || list[1]["reasons"] == nil {
			t.Errorf("%v", list)
		}
		if a := s.hub("deposits", "document", "1").want(exitOK); a.out != sent {
			t.Errorf("the document is not as it came in:\n%s", a.out)
		}
		s.hub("deposits", "document", "9").want(exitError, "Ce dépôt n’existe pas")
		got := strings.Join(s.audited()[before:], "\n")
		for _, want := range []string{"list-refusals|", "get-deposit-report|depot 1|", "get-deposit-document|depot 1|"} {
			if !strings.Contains(got, want) {
				t.Errorf("%q is not recorded in\n%s", want, got)
			}
		}
	})
}

// refusedPush is a push to a library whose system refuses the first n cards of the network.
func (s *site) refusedPush(code string, n int64) {
	s.t.Helper()
	store, id := s.foundation().store, s.idOf(code)
	run := cards.Run{LibraryID: id, Job: cards.JobPush, Started: time.Now()}
	var err error
	if run.ID, err = store.BeginRun(s.t.Context(), run); err != nil {
		s.t.Fatal(err)
	}
	run.Finished, run.Error = time.Now(), cards.Say("Le SIGB de %s est injoignable.", code)
	if err := store.FinishRun(s.t.Context(), run); err != nil {
		s.t.Fatal(err)
	}
	var refused []cards.Refusal
	for card := int64(1); card <= n; card++ {
		refused = append(refused, cards.Refusal{CardID: card, Reason: cards.Say("Le SIGB a refusé la carte (%s).", cards.Say("réponse %d", 400))})
	}
	if err := store.SettlePush(s.t.Context(), id, n, nil, refused); err != nil {
		s.t.Fatal(err)
	}
}
