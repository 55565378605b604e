package oaiclient_test

import (
	"fmt"
	"strings"
	"testing"
)

// A script that prints blank lines before its page prints them in the file in which its maker looks for the fault too.
func TestTheLineOfAFaultIsTheServersOwn(t *testing.T) {
	t.Parallel()
	broken := "<?xml version=\"1.0\"?>\n" + `<OAI-PMH xmlns="http://www.openarchives.org/OAI/2.0/"><a b></a></OAI-PMH>`
	at := strings.Index(broken, "b></a>") - strings.Index(broken, "\n")
	for before, lines := range map[string]int{
		"": 0, "\n": 1, "\r\n\r\n \t\r\n": 3, "\r\r\n": 2, "\uFEFF\n\n": 2, "  ": 0, strings.Repeat("\n", 70_000): 70_000,
	} {
		t.Run(fmt.Sprintf("%d bytes", len(before)), func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, newScript(t, xmlAnswer(before+broken)).URL)
			run, _ := w.harvest(t)
			if want := fmt.Sprintf("ligne %d, colonne %d,", 2+lines, at); !strings.Contains(run.Error.String(), want) {
				t.Errorf("%q is not in %q", want, run.Error)
			}
			w = newWorld(t, newScript(t, xmlAnswer(before+strings.ReplaceAll(broken, "\n", " "))).URL)
			run, _ = w.harvest(t)
			column := strings.Index(broken, "b></a>") + 1
			if lines == 0 {
				column += len(before)
			}
			if want := fmt.Sprintf("ligne %d, colonne %d,", 1+lines, column); !strings.Contains(run.Error.String(), want) {
				t.Errorf("%q is not in %q", want, run.Error)
			}
		})
	}
}
