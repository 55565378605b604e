package main

import (
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/carte-reseau/hub/internal/store/storetest"
)

var (
	shellBlock = regexp.MustCompile("(?s)```sh\n(.*?)```")
	word       = regexp.MustCompile(`"([^"]*)"|\S+`)
)

// The commands of the first day are run as they stand, in their order, on two patron files.
func TestTheCommandsOfTheFirstDayWorkAsWritten(t *testing.T) {
	guide, err := os.ReadFile(filepath.Join("..", "..", "docs", "demarrage.md"))
	if err != nil {
		t.Fatal(err)
	}
	s := newSite(t, storetest.SQLiteDatabase(t))
	folder := t.TempDir()
	for name, content := range map[string]string{
		"mot-de-passe.txt": "une phrase assez longue\n",
		"mours.xml":        documentOf("mours", manyCards("A", 3)...),
		"peyrins.xml":      documentOf("peyrins", manyCards("B", 2)...),
	} {
		if err := os.WriteFile(filepath.Join(folder, name), []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	t.Chdir(folder)
	const least = 12
	if ran := s.runsAsWritten(string(guide)); ran < least {
		t.Errorf("only %d commands were found", ran)
	}
	s.hub("status").want(exitOK, "mours", "peyrins")
	s.hub("user", "list").want(exitOK, "camille")
}

// So are those that answer a reader; the page also tells how long documents are kept.
func TestTheCommandsThatAnswerAReaderWorkAsWritten(t *testing.T) {
	guide, err := os.ReadFile(filepath.Join("..", "..", "docs", "donnees-personnelles.md"))
	if err != nil {
		t.Fatal(err)
	}
	s := newSite(t, storetest.SQLiteDatabase(t))
	s.hub("library", "add", "mours", "--name", "Mours", "--email", "mours@example.org").want(exitOK)
	const number = "2610000012345"
	file := filepath.Join(t.TempDir(), "mours.xml")
	if err := os.WriteFile(file, []byte(documentOf("mours", testCard{number: number})), 0o600); err != nil {
		t.Fatal(err)
	}
	s.hub("import", "--library", "mours", file).want(exitOK)
	if ran := s.runsAsWritten(string(guide)); ran == 0 {
		t.Error("no command was found")
	}
	if kept := fmt.Sprintf("| %d jours après leur fin", keepDeposits/(24*time.Hour)); !strings.Contains(string(guide), kept) {
		t.Errorf("the page does not say %q", kept)
	}
	s.hub("card", "show", number).want(exitError)
}

// runsAsWritten runs the commands of a page in their order and tells how many there were.
func (s *site) runsAsWritten(page string) (ran int) {
	s.t.Helper()
	for _, block := range shellBlock.FindAllStringSubmatch(page, -1) {
		for line := range strings.Lines(block[1]) {
			words := word.FindAllString(strings.TrimSpace(line), -1)
			for i := range words {
				words[i] = strings.Trim(words[i], `"`)
			}
			if len(words) < 2 || words[0] != "hub" {
				s.t.Fatalf("not a command of the hub: %s", line)
			}
			s.t.Log(strings.TrimSpace(line))
			s.hub(words[1:]...).want(exitOK)
			ran++
		}
	}
	return ran
}
