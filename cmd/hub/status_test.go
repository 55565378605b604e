package main

import (
	"bytes"
	"context"
	"encoding/json"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/carte-reseau/hub/internal/store/storetest"
)

// Programs read the state of every library as the API tells it, and know by the exit status whether a person is needed.
func TestStatusForPrograms(t *testing.T) {
	s := newSite(t, storetest.SQLiteDatabase(t))
	s.hub("library", "add", "mours", "--name", "Mours", "--email", "mours@example.org").want(exitOK)
	s.hub("library", "add", "peyrins", "--name", "Peyrins", "--email", "peyrins@example.org", "--preparing").want(exitOK)
	said := s.hub("status", "--json").want(exitOK)
	lines := strings.Split(strings.TrimSpace(said.out), "\n")
	if len(lines) != 2 {
		t.Fatalf("%d lines: %s", len(lines), said.out)
	}
	var peyrins struct {
		Code      string `json:"code"`
		Preparing bool   `json:"preparing"`
	}
	if err := json.Unmarshal([]byte(lines[1]), &peyrins); err != nil || peyrins.Code != "peyrins" || !peyrins.Preparing {
		t.Errorf("%+v, %v", peyrins, err)
	}
	s.hub("library", "pause", "mours", "--reason", "travaux").want(exitOK)
	s.hub("status", "--json").want(exitError, `"paused":true`)
}

// page is a terminal that somebody looks at.
type page struct {
	mu sync.Mutex
	bytes.Buffer
}

func (p *page) Write(b []byte) (int, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.Buffer.Write(b)
}

func (p *page) holds(n int, text string) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	return strings.Count(p.String(), text) >= n
}

// The state is shown again and again until somebody stops it, which is no failure.
func TestStatusIsWatched(t *testing.T) {
	s := newSite(t, storetest.SQLiteDatabase(t))
	s.hub("library", "add", "mours", "--name", "Mours", "--email", "mours@example.org").want(exitOK)
	ctx, stop := context.WithCancel(t.Context())
	defer stop()
	screen := new(page)
	ended := make(chan error, 1)
	settings := s.Settings
	go func() {
		ended <- statusCommand{Watch: true, Every: time.Millisecond}.Run(ctx, &settings, console{out: screen, err: s.log})
	}()
	const patience, look = 30 * time.Second, 10 * time.Millisecond
	for deadline := time.Now().Add(patience); !screen.holds(2, "mours"); time.Sleep(look) {
		if time.Now().After(deadline) {
			t.Fatal("the state is not shown a second time")
		}
	}
	stop()
	if err := <-ended; err != nil {
		t.Errorf("stopped with %v", err)
	}
}
