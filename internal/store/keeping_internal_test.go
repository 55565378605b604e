package store

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/carte-reseau/hub/internal/cards"
)

// Who answers for the readers' data is told how long it is kept, in a table of
// which each row ends with the time.
func TestHowLongDataIsKeptIsToldAsItIs(t *testing.T) {
	page, err := os.ReadFile(filepath.Join("..", "..", "docs", "donnees-personnelles.md"))
	if err != nil {
		t.Fatal(err)
	}
	days := func(d time.Duration) string { return fmt.Sprintf("%d jours", d/(24*time.Hour)) }
	for what, wanted := range map[string][]string{
		"le journal d’audit":       {days(keepAudit)},
		"les échanges":             {days(keepRuns)},
		"les refus déjà signalés":  {days(keepFaults)},
		"les comptes du personnel": {fmt.Sprintf("%d heures", cards.SessionIdle/time.Hour), days(cards.SessionLife)},
	} {
		_, row, found := strings.Cut(string(page), "\n| "+what)
		row, _, _ = strings.Cut(row, "\n")
		told := row[strings.LastIndex(strings.TrimSuffix(row, "|"), "|")+1:]
		for _, kept := range wanted {
			if !found || !strings.Contains(told, kept) {
				t.Errorf("%s are kept for %s, but told %q", what, kept, told)
			}
		}
	}
}
