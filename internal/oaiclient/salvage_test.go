package oaiclient

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"
)

func pageOf(t *testing.T, parts ...string) *page {
	t.Helper()
	body, err := newSpool(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	p := &page{body: body}
	t.Cleanup(p.Close)
	for _, part := range parts {
		if _, err := body.Write([]byte(part)); err != nil {
			t.Fatal(err)
		}
	}
	return p
}

// A hostile page makes the frame long and the records many and short: each is read with the frame around it.
func TestSalvageKeepsNobodyBusyForDays(t *testing.T) {
	const tooLong = 20 * time.Second
	for name, c := range map[string]struct {
		frame string
		time  time.Duration
		want  error
	}{
		"a long frame":  {"<!--" + strings.Repeat("x", maxFrame) + "-->", tooLong, errHopeless},
		"a short frame": {"<!--" + strings.Repeat("x", maxFrame/2) + "-->", 100 * time.Millisecond, context.DeadlineExceeded},
	} {
		t.Run(name, func(t *testing.T) {
			p := pageOf(t, "<OAI-PMH>", c.frame, strings.Repeat("<record></record>", 50_000), "<record>&</record>", "</OAI-PMH>")
			ctx, cancel := context.WithTimeout(t.Context(), c.time)
			defer cancel()
			begun := time.Now()
			if err := p.salvage(ctx, t.TempDir()); !errors.Is(err, c.want) {
				t.Errorf("got %v, want %v", err, c.want)
			}
			if took := time.Since(begun); took > tooLong {
				t.Errorf("took %s", took)
			}
		})
	}
}

// Also where the frame is only being looked for: the page may be long.
func TestSalvageEndsWithItsTime(t *testing.T) {
	t.Parallel()
	p := pageOf(t, "<OAI-PMH>", strings.Repeat("\xE9", 100_000), "</OAI-PMH>")
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := p.salvage(ctx, t.TempDir()); !errors.Is(err, context.Canceled) {
		t.Errorf("got %v", err)
	}
}
