package main

import (
	"cmp"
	"context"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"

	"github.com/carte-reseau/hub/internal/store/storetest"
)

// The walks are whole stories of the pages, walked in a real Chromium against the real hub, each in French at a desk in
// daylight and in English on a phone in the dark: testdata/walks. Only the library systems around the hub are not real.

// Who walks, where the walk does not begin with the first account.
const walkerName, walkerPassword = "camille", "une phrase assez longue"

// screenshotFolder, where set, is left a picture of every page a walk looks at: make screenshots.
var screenshotFolder = os.Getenv("HUB_SCREENSHOTS")

// cues are what a walk can ask for that happens outside of the pages, by name.
type cues map[string]func(ctx context.Context, body string) (string, error)

// eachScreen walks on a hub of its own for each screen.
func eachScreen(t *testing.T, walk func(t *testing.T, screen string, s *site)) {
	t.Helper()
	onScreens(t, func(t *testing.T, screen string) { walk(t, screen, newSite(t, storetest.SQLiteDatabase(t))) })
}

func onScreens(t *testing.T, walk func(t *testing.T, screen string)) {
	t.Helper()
	if !peerAsked {
		t.Skip("a real browser walks through the pages with HUB_PEERS=1 (make peers installs it)")
	}
	for _, screen := range []string{"desk", "phone"} {
		t.Run(screen, func(t *testing.T) {
			t.Parallel()
			walk(t, screen)
		})
	}
}

// scene is where walks are played: a hub, who signs in there, and what can be asked for around it.
type scene struct {
	hub, data, name, password string
	around                    cues
}

// walk plays walks one after the other.
func (s *site) walk(screen string, h *hub, around cues, walks ...string) {
	s.t.Helper()
	scene{hub: h.publicURL, data: s.Data, name: walkerName, password: walkerPassword, around: around}.play(s.t, screen, walks...)
}

func (s scene) play(t *testing.T, screen string, walks ...string) {
	t.Helper()
	const patience = 5 * time.Minute
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	asked := httptest.NewServer(s.around)
	defer asked.Close()
	browser := exec.CommandContext(ctx, "node", append([]string{"testdata/walks/run.mjs"}, walks...)...)
	browser.Env = append(os.Environ(), "NODE_PATH="+os.Getenv("NODE_PATH"), "HUB="+s.hub, "STAGE="+asked.URL, "SCREEN="+screen,
		"DATA="+s.data, "NAME="+s.name, "PASSWORD="+s.password, "SCREENSHOTS="+screenshotFolder, "BROKEN="+cmp.Or(screenshotFolder, os.TempDir()))
	var faults, said strings.Builder
	browser.Stdout, browser.Stderr = &faults, &said
	if err := browser.Run(); err != nil {
		t.Errorf("the browser ended with %v", err)
	}
	t.Log(said.String())
	if faults.Len() > 0 {
		t.Errorf("the walk found:\n%s", &faults)
	}
}

// ServeHTTP answers a cue.
func (c cues) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	cue := c[strings.TrimPrefix(r.URL.Path, "/")]
	if cue == nil {
		http.Error(w, "nobody waits for this cue", http.StatusNotFound)
		return
	}
	body, err := io.ReadAll(r.Body)
	if err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	answer, err := cue(r.Context(), string(body))
	if err != nil {
		http.Error(w, err.Error(), http.StatusInternalServerError)
		return
	}
	_, _ = io.WriteString(w, answer)
}
