package main

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

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
	ran := 0
	for _, block := range shellBlock.FindAllStringSubmatch(string(guide), -1) {
		for line := range strings.Lines(block[1]) {
			words := word.FindAllString(strings.TrimSpace(line), -1)
			for i := range words {
				words[i] = strings.Trim(words[i], `"`)
			}
			if len(words) < 2 || words[0] != "hub" {
				t.Fatalf("not a command of the hub: %s", line)
			}
			t.Log(strings.TrimSpace(line))
			s.hub(words[1:]...).want(exitOK)
			ran++
		}
	}
	const least = 12
	if ran < least {
		t.Errorf("only %d commands were found", ran)
	}
	s.hub("status").want(exitOK, "mours", "peyrins")
	s.hub("user", "list").want(exitOK, "camille")
}
