package main

import (
	"bufio"
	"context"
	"io"
	"net/http"
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"

	"github.com/carte-reseau/hub/internal/cards"
	"github.com/carte-reseau/hub/internal/store/storetest"
)

// screenshotFolder, where set, is left a picture of every page: make screenshots.
var screenshotFolder = os.Getenv("HUB_SCREENSHOTS")

// Every page in a real browser, in both languages, on a desk and on a phone, light and dark: nothing a reader of the rules of
// accessibility finds, nothing in the console, nothing wider than the screen. And the network's page follows the network.
func TestPeersLookAtThePages(t *testing.T) {
	if !peerAsked {
		t.Skip("a real browser looks at the pages with HUB_PEERS=1 (make peers installs it)")
	}
	s := newSite(t, storetest.SQLiteDatabase(t))
	h := s.boot()
	s.library("mours")
	s.library("peyrins")
	const name, password = "camille", "une phrase assez longue"
	if _, err := addWithPassword(t.Context(), h.store, cards.User{Name: name, Role: cards.RoleAdministrator}, password); err != nil {
		t.Fatal(err)
	}
	if status, _, err := newCaller(t, h.publicURL, "mours").post(t.Context(), someCards("mours")); err != nil || status != http.StatusOK {
		t.Fatalf("the deposit is answered by %d, %v", status, err)
	}
	file, err := h.store.CardFile(t.Context(), "A1")
	if err != nil {
		t.Fatal(err)
	}
	paths := []string{
		"/", "/demarrage", "/nouvelle-bibliotheque", "/etablissements/mours", "/etablissements/mours/reglages", "/etablissements/mours/fiche",
		"/etablissements/mours/passages", "/etablissements/mours/depots", "/etablissements/mours/refusees", "/documents/1", "/fiches",
		"/fiches/" + file.OAIID, "/a-decider/conflits", "/a-decider/doublons", "/a-decider/depots", "/a-decider/effacements", "/statistiques",
		"/systeme", "/systeme/courriels", "/systeme/comptes", "/systeme/journal", "/compte",
	}
	const patience = 8 * time.Minute
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	browser := exec.CommandContext(ctx, "node", append([]string{"testdata/pages.mjs", h.publicURL, name, password}, paths...)...)
	browser.Env = append(os.Environ(), "NODE_PATH="+os.Getenv("NODE_PATH"), "SCREENSHOTS="+screenshotFolder)
	said, err := browser.StderrPipe()
	if err != nil {
		t.Fatal(err)
	}
	faults := new(strings.Builder)
	browser.Stdout = faults
	if err := browser.Start(); err != nil {
		t.Fatal(err)
	}
	s.changeWhenLooking(said, h)
	if err := browser.Wait(); err != nil {
		t.Errorf("the browser ended with %v", err)
	}
	if faults.Len() > 0 {
		t.Errorf("the browser found:\n%s", faults)
	}
}

// changeWhenLooking adds a library once the browser says that it looks at the network; what else it says is told.
func (s *site) changeWhenLooking(said io.Reader, h *hub) {
	lines := bufio.NewScanner(said)
	for lines.Scan() {
		if lines.Text() != "looking" {
			s.t.Log(lines.Text())
			continue
		}
		l := cards.Library{Code: "nouvelle", Name: "Nouvelle", Email: "nouvelle@example.org", Preparing: true}
		if _, err := h.store.AddLibrary(s.t.Context(), l, keyOf("nouvelle")); err != nil {
			s.t.Error(err)
		}
	}
}
