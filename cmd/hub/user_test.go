package main

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"github.com/carte-reseau/hub/internal/cards"
)

const phrase = "les lilas de la rue"

func (s *site) opens(name, password string) bool {
	s.t.Helper()
	_, err := s.foundation().store.SignIn(context.Background(), name, password)
	if err != nil && cards.CodeOf(err) != cards.Unauthorized {
		s.t.Fatal(err)
	}
	return err == nil
}

func TestAccountsAreKeptByTheCommandLine(t *testing.T) {
	t.Parallel()
	eachDatabase(t, func(t *testing.T, database string) {
		s := newSite(t, database)
		s.hub("user", "list").want(exitOK, "Aucun compte", "hub user add")
		key := keyIn(t, s.hubReading(phrase+"\n", "user", "add", "Camille", "--role=administrator", "--email=c@example.org", "--password-file=-").want(exitOK))
		if !s.opens("Camille", phrase) {
			t.Error("the password does not open")
		}
		if a := s.hubReading(phrase, "user", "add", "Noé", "--role=reader", "--password-file=-", "--no-key").want(exitOK, "Noé créé"); strings.Contains(a.out, "Clé") {
			t.Errorf("a key nobody asked for: %s", a.out)
		}
		s.hub("user", "add", "Zoé", "--role=reader", "--no-key").want(exitOK, "ne peut pas encore se connecter", "hub user password Zoé --")
		s.hub("user", "add", "Luc", "--role=reader", "--no-key", "--key-file=x").want(exitUsage)
		s.hubReading("court", "user", "add", "Luc", "--role=reader", "--password-file=-").want(exitError, "12 caractères")
		s.hubReading("\n", "user", "add", "Luc", "--role=reader", "--password-file=-").want(exitError, "vide")
		s.hubReading(phrase, "user", "add", "Luc", "--role=reader", "--password-file=-", "--key-file=-").want(exitError, "ne donne qu’un secret")
		s.hub("user", "list").want(exitOK, "Camille", "mot de passe, clé", "Noé", "Zoé", "rien", "c@example.org")
		var one struct {
			Name, Role  string
			HasPassword bool `json:"has_password"`
			HasKey      bool `json:"has_key"`
		}
		lines := strings.Split(strings.TrimSpace(s.hub("user", "list", "--json").want(exitOK).out), "\n")
		if err := json.Unmarshal([]byte(lines[0]), &one); err != nil || len(lines) != 3 || one.Name != "Camille" || !one.HasPassword || !one.HasKey {
			t.Errorf("%q, %v", lines, err)
		}
		s.hubReading("une autre phrase", "user", "password", "Noé", "--password-file=-").want(exitOK, "Noé est changé")
		if s.opens("Noé", phrase) || !s.opens("Noé", "une autre phrase") {
			t.Error("the password is not the new one")
		}
		s.hubReading("court", "user", "password", "Noé", "--password-file=-").want(exitError, "12 caractères")
		s.hub("user", "change", "Noé", "--role=operator", "--language=en", "--alert=recolte", "--alert=depot").want(exitOK, "operator", "depot, recolte")
		s.hub("user", "change", "Noé", "--alert=", "--email=noe@example.org").want(exitOK, "noe@example.org")
		s.hub("user", "change", "Noé", "--role=chef").want(exitError, "reader, operator ou administrator")
		s.hub("user", "change", "Noé").want(exitError, "rien à changer")
		s.hub("user", "change", "Noé", "--disable").want(exitOK, "désactivé")
		if s.opens("Noé", "une autre phrase") {
			t.Error("a disabled account opens")
		}
		s.hub("user", "change", "Noé", "--enable").want(exitOK, "mot de passe")
		second := keyIn(t, s.hub("user", "key", "Camille").want(exitOK, "l’ancienne ne vaut plus"))
		store := s.foundation().store
		if _, err := store.AuthenticateUser(context.Background(), key); cards.CodeOf(err) != cards.Unauthorized {
			t.Errorf("the old key lives: %v", err)
		}
		if _, err := store.AuthenticateUser(context.Background(), second); err != nil {
			t.Error(err)
		}
		s.hub("user", "key", "Camille", "--drop").want(exitOK, "n’a plus de clé")
		s.hub("user", "remove", "Camille").want(exitError, "dernier administrateur")
		s.hub("user", "change", "Camille", "--disable").want(exitError, "dernier administrateur")
		s.hub("user", "remove", "Noé").want(exitOK, "supprimé")
		s.hub("user", "remove", "Noé").want(exitError, "Il n’y a pas de compte de ce nom")
		a := s.hub("audit", "export").want(exitOK, "acteur;role", "set-user-key", "remove-user")
		for _, secret := range []string{key, second, phrase, "une autre phrase", "c@example.org"} {
			if strings.Contains(a.out, secret) {
				t.Errorf("the log holds %q:\n%s", secret, a.out)
			}
		}
	})
}

// audited are the entries of the audit log, oldest first, as "operation|subject|detail".
func (s *site) audited() []string {
	s.t.Helper()
	list, err := s.foundation().store.Audit(context.Background(), cards.AuditQuery{Limit: 1000})
	if err != nil {
		s.t.Fatal(err)
	}
	var lines []string
	for _, e := range list {
		if "cli:"+e.Actor != me(s.t) || e.Door != cards.AuditCommand || e.Role != "" {
			s.t.Errorf("%+v", e)
		}
		lines = append([]string{fmt.Sprintf("%s|%s|%s", e.Action, e.Subject, e.Detail)}, lines...)
	}
	return lines
}

// Whoever sees or changes what is a reader's by the command line is recorded, without anything that is the reader's.
func TestTheCommandLineIsRecorded(t *testing.T) {
	t.Parallel()
	eachDatabase(t, func(t *testing.T, database string) {
		s := newSite(t, database)
		s.library("mours")
		s.library("peyrins")
		s.disputed("A1")
		s.hub("import", writeFile(t, "m.xml", documentOf("mours", testCard{number: "B1"}, testCard{number: "B2"})), "--library=mours").want(exitOK)
		store := s.foundation().store
		id := func(number string) string {
			t.Helper()
			found, err := store.OAIID(context.Background(), number)
			if err != nil {
				t.Fatal(err)
			}
			return found
		}
		a1, b1, b2 := id("A1"), id("B1"), id("B2")
		before := len(s.audited())
		s.hub("card", "show", "A1").want(exitOK)
		s.hub("card", "where", "Z9").want(exitError)
		s.hub("conflicts", "list").want(exitOK)
		s.hub("conflicts", "list", "--card=B1").want(exitOK, "Aucun conflit")
		s.hub("conflicts", "show", "1").want(exitOK)
		s.hub("conflicts", "choose", "1").want(exitOK)
		s.hub("conflicts", "keep", "1").want(exitError)
		s.hub("duplicates", "list").want(exitOK)
		s.hub("duplicates", "different", "B1", "B2").want(exitError)
		s.hub("card", "erase", "B1", "--yes").want(exitOK)
		s.hub("erasures", "list").want(exitOK)
		s.hub("erasures", "show", "1").want(exitOK)
		s.hub("erasures", "confirm", "1", "mours").want(exitOK)
		s.hub("deposits", "accept", "1").want(exitError)
		s.hub("deposits", "refuse", "1", "--reason=non").want(exitError)
		got := s.audited()[before:]
		want := []string{
			"look-up-card|carte " + a1 + "|",
			"look-up-card|carte inconnue|où elle est", "look-up-card|carte inconnue|échec : not-found",
			"list-conflicts|carte " + a1 + "|montre cartes " + a1,
			"list-conflicts||montre aucune carte",
			"get-conflict|conflit 1|montre cartes " + a1,
			"choose-conflict|conflit 1|",
			"keep-conflict|conflit 1|", "keep-conflict|conflit 1|échec : conflict",
			"list-duplicates||montre aucune carte",
			"two-persons|carte " + b1 + "|carte " + b2, "two-persons|carte " + b1 + "|échec : conflict",
			"erase-card|carte " + b1 + "|",
			"list-erasures||", "get-erasure|effacement 1|",
			"confirm-erasure|effacement 1|bibliotheque mours",
			"accept-deposit|depot 1|", "accept-deposit|depot 1|échec : conflict",
			"refuse-deposit|depot 1|", "refuse-deposit|depot 1|échec : conflict",
		}
		if strings.Join(got, "\n") != strings.Join(want, "\n") {
			t.Errorf("recorded:\n%s\nwant:\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
		}
		s.hub("audit", "list", "--limit=1", "--action=erase-card").want(exitOK, "carte "+b1, "commande")
		s.hub("audit", "list", "--from=2100-01-01").want(exitOK, "Rien de tel")
		s.hub("audit", "list", "--from=hier").want(exitError, "--from")
		var e struct{ Actor, Action, Door string }
		line := s.hub("audit", "list", "--json", "--limit=1").want(exitOK).out
		if err := json.Unmarshal([]byte(line), &e); err != nil || e.Action != "list-audit" || e.Door != "commande" || "cli:"+e.Actor != me(t) {
			t.Errorf("%s, %v", line, err)
		}
	})
}

// A command that is shown to be copied is one.
func TestANameIsWrittenForTheShell(t *testing.T) {
	t.Parallel()
	s := newSite(t, "sqlite:hub.db")
	s.hub("user", "add", "Jeanne d'Arc", "--role=reader", "--no-key").want(exitOK, `hub user password 'Jeanne d'\''Arc' --password-file=-`)
}
