package main

import (
	"context"
	"encoding/json"
	"fmt"
	"os/user"
	"strings"
	"testing"
	"time"

	"github.com/carte-reseau/hub/internal/cards"
	"github.com/carte-reseau/hub/internal/sigb"
	"github.com/carte-reseau/hub/internal/store/storetest"
)

// disputed has two libraries change the phone number of a card, neither having heard of the other's change.
func (s *site) disputed(number string) {
	s.t.Helper()
	for _, turn := range []struct{ code, phone string }{
		{"mours", "0475000000"}, {"peyrins", "0475000000"}, {"mours", "0475111111"}, {"peyrins", "0475222222"},
	} {
		file := writeFile(s.t, turn.code+".xml", documentOf(turn.code, testCard{number: number, phone: turn.phone}))
		s.hub("import", file, "--library="+turn.code).want(exitOK)
	}
}

// me is who decides by the command line in these tests.
func me(t *testing.T) string {
	t.Helper()
	u, err := user.Current()
	if err != nil {
		t.Fatal(err)
	}
	return "cli:" + u.Username
}

func TestConflictsAreDecidedByTheCommandLine(t *testing.T) {
	t.Parallel()
	eachDatabase(t, func(t *testing.T, database string) {
		s := newSite(t, database)
		s.library("mours")
		s.library("peyrins")
		s.hub("conflicts", "list").want(exitOK, "Aucun conflit")
		s.disputed("A1")
		s.disputed("A2")
		s.hub("status").want(exitOK, "Conflits et doutes à trancher : 2, doublons probables : 0")
		s.hub("conflicts", "list", "--card=a2").want(exitOK, "A2", "telephone", "0475222222", "0475111111", "à trancher")
		if a := s.hub("conflicts", "list", "--library=mours").want(exitOK, "A1", "A2"); strings.Count(a.out, "\n") != 3 {
			t.Errorf("not two lines below the head:\n%s", a.out)
		}
		var d struct {
			ID, Version int64
			Card        string
			Other       struct{ Value, Library string }
		}
		if err := json.Unmarshal([]byte(s.hub("conflicts", "list", "--card=A1", "--json").want(exitOK).out), &d); err != nil ||
			d.Card != "A1" || d.Other.Library != "mours" || d.Other.Value != "0475111111" {
			t.Fatalf("%+v, %v", d, err)
		}
		id := fmt.Sprint(d.ID)
		s.hub("conflicts", "show", id).want(exitOK, "0475222222 (peyrins, ", "0475111111 (mours, ", "à trancher",
			fmt.Sprintf("hub conflicts choose %d --seen=%d", d.ID, d.Version))
		s.hub("conflicts", "choose", id, fmt.Sprintf("--seen=%d", d.Version+100)).want(exitError, "vient de changer")
		s.hub("conflicts", "choose", id, fmt.Sprintf("--seen=%d", d.Version)).want(exitOK, "l’autre valeur est en place")
		s.hub("conflicts", "keep", id).want(exitError, "déjà tranché")
		a := s.hub("conflicts", "show", id).want(exitOK, "0475111111 (version ", "remplacée par "+me(t))
		if strings.Contains(a.out, "Pour garder") {
			t.Errorf("a decided conflict is to be decided:\n%s", a.out)
		}
		s.hub("conflicts", "keep", fmt.Sprint(d.ID+1)).want(exitOK, "la valeur en place reste")
		s.hub("conflicts", "list").want(exitOK, "Aucun conflit")
		s.hub("conflicts", "list", "--all").want(exitOK, "A1", "A2", "gardée par "+me(t))
		s.hub("conflicts", "show", "9999").want(exitError, "9999")
	})
}

func TestDuplicatesAreDecidedByTheCommandLine(t *testing.T) {
	t.Parallel()
	eachDatabase(t, func(t *testing.T, database string) {
		s := newSite(t, database)
		s.library("mours")
		s.library("peyrins")
		s.hub("duplicates", "list").want(exitOK, "Aucun doublon")
		s.hub("import", writeFile(t, "m.xml", documentOf("mours", testCard{number: "A1"})), "--library=mours").want(exitOK)
		s.hub("import", writeFile(t, "p.xml", documentOf("peyrins", testCard{number: "B1"}, testCard{number: "B2"})), "--library=peyrins").want(exitOK)
		s.hub("duplicates", "same", "A1", "B1").want(exitError, "pas parmi les doublons")
		s.boot()
		const patience = 30 * time.Second
		eventually(t, patience, "the hub finds them by itself", func() bool {
			return strings.Contains(s.hub("status").out, "doublons probables : 3")
		})
		s.hub("duplicates", "list").want(exitOK, "A1", "B1", "B2", "29/02/1980", "peyrins")
		var d struct{ Cards []struct{ Number string } }
		first, _, _ := strings.Cut(s.hub("duplicates", "list", "--json").want(exitOK).out, "\n")
		if err := json.Unmarshal([]byte(first), &d); err != nil || len(d.Cards) != 2 {
			t.Errorf("%+v, %v", d, err)
		}
		s.hub("duplicates", "different", "A1", "B1").want(exitOK, "ne sera plus posée")
		s.hub("duplicates", "same", "B2", "B1").want(exitOK, "B2 reprend la carte B1")
		s.hub("duplicates", "list").want(exitOK, "Aucun doublon")
		if n := s.count(); n != 2 {
			t.Errorf("%d cards, want A1 and B2", n)
		}
		if _, err := s.foundation().store.OAIID(context.Background(), "B1"); err != nil {
			t.Errorf("the former number leads nowhere: %v", err)
		}
		if got := s.hub("duplicates", "same", "A1", "B1").want(exitError); strings.Contains(got.err, "B1") {
			t.Errorf("an error names a card: %s", got.err)
		}
	})
}

// A hub that is running delivers what the command line decided, long before its schedule.
func TestADecisionReachesALibraryAtOnce(t *testing.T) {
	t.Parallel()
	system := sigb.New(sigb.Config{Code: "beauvoir"})
	server := sigb.NewServer(system, sigb.ServerOptions{})
	if err := server.Start(t.Context(), "127.0.0.1:0"); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = server.Close() })
	s := newSite(t, storetest.SQLiteDatabase(t))
	s.library("mours")
	s.library("peyrins")
	s.library("beauvoir", "--push-url="+server.URL(sigb.REST))
	s.disputed("A1")
	s.boot()
	holds := func(phone string) func() bool {
		return func() bool {
			held := system.Patrons()
			return len(held) == 1 && held[0].Phone == phone
		}
	}
	const patience = 20 * time.Second
	eventually(t, patience, "beauvoir has the card", holds("0475222222"))
	list, err := s.foundation().store.Disputes(t.Context(), cards.DisputeQuery{Limit: 1})
	if err != nil || len(list) != 1 {
		t.Fatal(list, err)
	}
	s.hub("conflicts", "choose", fmt.Sprint(list[0].ID)).want(exitOK)
	eventually(t, patience, "beauvoir has the value that was chosen", holds("0475111111"))
}
