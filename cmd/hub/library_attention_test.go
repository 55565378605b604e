package main

import (
	"bytes"
	"strings"
	"testing"

	"github.com/carte-reseau/hub/internal/cards"
	"github.com/carte-reseau/hub/internal/oaiserver"
)

// What a library's state asks of staff goes when they have decided, whichever way.
func TestStaffCanSettleWhatAsksForThem(t *testing.T) {
	for _, decision := range []string{"resume", "deliver"} {
		t.Run(decision, func(t *testing.T) {
			data := t.TempDir()
			hub := func(wanted int, args ...string) string {
				t.Helper()
				var out, errs bytes.Buffer
				if status := run(t.Context(), console{in: strings.NewReader(""), out: &out, err: &errs}, append(args, "--data="+data)); status != wanted {
					t.Fatalf("hub %v: status %d, want %d: %s%s", args, status, wanted, out.String(), errs.String())
				}
				return out.String()
			}
			hub(exitOK, "library", "add", "mours", "--name=Mours", "--email=mours@example.org")
			hub(exitOK, "status")

			settings := &Settings{
				Data: data, Database: "sqlite:hub.db", SecretFile: "secret", Code: "reseau", Timezone: "Europe/Paris", OAIPage: 500, OAITokenLife: oaiserver.DefaultTokenLife,
				FTPSchedule: "@every 30s",
			}
			f, err := open(t.Context(), settings, console{err: &bytes.Buffer{}})
			if err != nil {
				t.Fatal(err)
			}
			mours, err := f.store.Library(t.Context(), "mours")
			if err == nil {
				err = f.store.SetAttention(t.Context(), mours.ID, cards.Quote("Le moissonnage a sauté des cartes."))
			}
			f.close()
			if err != nil {
				t.Fatal(err)
			}
			if said := hub(exitError, "status"); !strings.Contains(said, "sauté des cartes") {
				t.Errorf("status says %s", said)
			}
			hub(exitOK, "library", decision, "mours")
			hub(exitOK, "status")
		})
	}
}
