package main

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// erased has a card of a library sent and erased; the library's system has a password.
func (s *site) erased(number string) (document string) {
	s.t.Helper()
	s.library("mours", "--push-url=http://127.0.0.1:1/cartes", "--ils-user=hub", "--ils-password-file="+writeFile(s.t, "ils", "mot de passe du SIGB"))
	document = writeFile(s.t, "mours.xml", documentOf("mours", testCard{number: number, phone: "0475000000"}))
	s.hub("import", "--library=mours", document).want(exitOK, "1 créée")
	s.hub("card", "erase", number, "--yes").want(exitOK)
	return document
}

func exists(t *testing.T, path string) bool {
	t.Helper()
	_, err := os.Stat(path)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		t.Fatal(err)
	}
	return err == nil
}

// A secret file that is gone, or another one in its place, is noticed by all
// commands; put back, everything goes on.
func TestWithoutItsSecretADatabaseStaysShut(t *testing.T) {
	t.Parallel()
	eachDatabase(t, func(t *testing.T, database string) {
		s := newSite(t, database)
		document := s.erased("2610000012345")
		secret := filepath.Join(s.Data, "secret")
		content, err := os.ReadFile(secret)
		if err != nil {
			t.Fatal(err)
		}
		commands := [][]string{{"serve", "--listen=127.0.0.1:0"}, {"library", "list"}, {"import", "--library=mours", document}, {"migrate"}}
		if err := os.Remove(secret); err != nil {
			t.Fatal(err)
		}
		for _, line := range commands {
			s.hub(line...).want(exitError, "n’est pas dans "+secret, "HUB_SECRET_FILE", "--new-secret")
		}
		s.hub("status").want(exitUnknown, secret)
		if exists(t, secret) {
			t.Fatal("another secret was made")
		}
		for _, line := range commands {
			other := writeFile(t, "secret", strings.Repeat("x", secretLength))
			s.hub(append(line, "--secret-file="+other)...).want(exitError, "lu dans "+other, "n’est pas celui de cette base de données", "--new-secret")
		}
		if err := os.WriteFile(secret, content, 0o600); err != nil {
			t.Fatal(err)
		}
		s.hub("import", "--library=mours", document).want(exitError, "numero-efface")
	})
}

// A command called in another folder finds the database by its address, and
// leaves nothing where it was called.
func TestInAnotherFolderNoSecretIsMade(t *testing.T) {
	t.Parallel()
	eachDatabase(t, func(t *testing.T, database string) {
		s := newSite(t, database)
		s.erased("2610000012345")
		elsewhere := filepath.Join(t.TempDir(), "data")
		command(t, "", "library", "list", "--data="+elsewhere, "--database="+s.Database).want(exitError, filepath.Join(elsewhere, "secret"))
		if exists(t, elsewhere) {
			t.Errorf("%s was made", elsewhere)
		}
	})
}

func TestALostSecretHasAWayOut(t *testing.T) {
	t.Parallel()
	eachDatabase(t, func(t *testing.T, database string) {
		s := newSite(t, database)
		s.erased("2610000012345")
		s.hub("migrate", "--new-secret", "--yes").want(exitError, "rien à remplacer")
		secret := filepath.Join(s.Data, "secret")
		if err := os.Remove(secret); err != nil {
			t.Fatal(err)
		}
		s.hubReading("non\n", "migrate", "--new-secret").want(exitError, "mots de passe des SIGB", "rien n’a été changé")
		if exists(t, secret) {
			t.Fatal("a secret was made all the same")
		}
		s.hubReading("oui\n", "migrate", "--new-secret").want(exitOK, "mots de passe des SIGB", "à redonner (hub library change CODE --ils-password-file FICHIER) : mours")
		s.hub("library", "change", "mours", "--ils-password-file="+writeFile(t, "ils", "mot de passe du SIGB")).want(exitOK)
		s.hub("library", "show", "mours").want(exitOK)
		s.hub("audit", "list", "--action=replace-secret").want(exitOK, "mours")
	})
}
