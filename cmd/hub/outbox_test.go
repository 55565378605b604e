package main

import (
	"strings"
	"testing"
	"time"

	"github.com/carte-reseau/hub/internal/cards"
)

// Mails are looked after by the command line as on the pages: what waits, what was given up, another try, an end.
func TestMailsAreLookedAfterByTheCommandLine(t *testing.T) {
	t.Parallel()
	eachDatabase(t, func(t *testing.T, database string) {
		s := newSite(t, database)
		s.hub("outbox").want(exitOK, "Aucun courriel n’attend")
		s.mails("Cartes refusées dans « Zoe.xml »", "Le dépôt 3 est suspendu", "Parti hier")
		store := s.foundation().store
		if err := store.MailFailed(t.Context(), 1, cards.Quote("550 boîte inconnue"), time.Time{}, true); err != nil {
			t.Fatal(err)
		}
		if err := store.MailSent(t.Context(), &cards.Message{ID: 3}); err != nil {
			t.Fatal(err)
		}
		a := s.hub("outbox").want(exitOK, "Cartes refusées dans « … »", "550 boîte inconnue", "abandonné", "Le dépôt 3 est suspendu", "en attente", "mours@example.org")
		a.lacks("Zoe.xml", "La carte de Zoé", "Parti hier")
		if strings.Index(a.out, "abandonné") > strings.Index(a.out, "en attente") {
			t.Errorf("what needs somebody does not come first:\n%s", a.out)
		}
		s.hub("outbox", "list", "--all").want(exitOK, "Parti hier", "envoyé le")
		if list := s.hub("outbox", "--json").want(exitOK).documents(); len(list) != 2 || list[0]["id"] != 1.0 || list[0]["state"] != "abandonne" ||
			list[1]["state"] != "en-attente" || list[0]["text"] != nil {
			t.Errorf("%v", list)
		}
		if list := s.hub("outbox", "--limit=1", "--json").want(exitOK).documents(); len(list) != 1 {
			t.Errorf("%v", list)
		}
		before := len(s.audited())
		s.hub("outbox", "show", "1").want(exitOK, "Zoe.xml", "La carte de Zoé", "550 boîte inconnue", "zoe.xml.txt")
		if whole := s.hub("outbox", "show", "1", "--json").want(exitOK).document(); whole["text"] != "La carte de Zoé" || whole["subject"] != "Cartes refusées dans « Zoe.xml »" {
			t.Errorf("%v", whole)
		}
		s.hub("outbox", "show", "9").want(exitError, "Aucun courriel ne porte le n° 9")
		s.hub("outbox", "drop", "2").want(exitError, "seul un courriel abandonné se supprime")
		s.hub("status").want(exitError, "abandonnés : 1", "1 courriel abandonné, à relancer ou à supprimer : hub outbox")
		if retried := s.hub("outbox", "retry", "1", "--json").want(exitOK).document(); retried["id"] != 1.0 || retried["state"] != "en-attente" {
			t.Errorf("%v", retried)
		}
		s.hub("outbox").want(exitOK, "en attente").lacks("abandonné")
		s.hub("status").want(exitOK).lacks("hub outbox")
		s.hub("outbox", "retry", "3").want(exitError, "déjà parti")
		if err := store.MailFailed(t.Context(), 1, cards.Quote("550 boîte inconnue"), time.Time{}, true); err != nil {
			t.Fatal(err)
		}
		s.hub("outbox", "drop", "1").want(exitOK, "Courriel 1 supprimé")
		s.hub("outbox", "retry", "1").want(exitError, "Aucun courriel ne porte le n° 1")
		want := "get-mail|courriel 1|\nget-mail|courriel 1|\nget-mail|courriel 9|\nget-mail|courriel 9|échec : not-found\ndrop-mail|courriel 2|\n" +
			"drop-mail|courriel 2|échec : conflict\nretry-mail|courriel 1|\nretry-mail|courriel 3|\nretry-mail|courriel 3|échec : conflict\n" +
			"drop-mail|courriel 1|\nretry-mail|courriel 1|\nretry-mail|courriel 1|échec : not-found"
		if got := strings.Join(s.audited()[before:], "\n"); got != want {
			t.Errorf("recorded\n%s\nwant\n%s", got, want)
		}
	})
}

// mails puts one mail of each subject into the outbox.
func (s *site) mails(subjects ...string) {
	s.t.Helper()
	store := s.foundation().store
	for _, subject := range subjects {
		m := cards.Message{To: "mours@example.org", Subject: subject, Body: "La carte de Zoé", Attachments: []cards.Attachment{{Name: "zoe.xml.txt"}}}
		if err := store.QueueMail(s.t.Context(), m); err != nil {
			s.t.Fatal(err)
		}
	}
}
