package oaiclient

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"
)

// A hostile page makes the frame long and the records many and short: each is read with the frame around it.
func TestSalvageKeepsNobodyBusyForDays(t *testing.T) {
	for name, c := range map[string]struct {
		frame string
		want  error
	}{
		"a long frame":  {"<!--" + strings.Repeat("x", maxFrame) + "-->", errHopeless},
		"a short frame": {"<!--" + strings.Repeat("x", maxFrame/2) + "-->", context.DeadlineExceeded},
	} {
		t.Run(name, func(t *testing.T) {
			p := &page{}
			var err error
			if p.body, err = newSpool(t.TempDir()); err != nil {
				t.Fatal(err)
			}
			defer p.Close()
			for _, part := range []string{"<OAI-PMH>", c.frame, strings.Repeat("<record></record>", 50_000), "<record>&</record>", "</OAI-PMH>"} {
				if _, err := p.body.Write([]byte(part)); err != nil {
					t.Fatal(err)
				}
			}
			ctx, cancel := context.WithTimeout(t.Context(), 100*time.Millisecond)
			defer cancel()
			begun := time.Now()
			if err := p.salvage(ctx, t.TempDir()); !errors.Is(err, c.want) {
				t.Errorf("got %v, want %v", err, c.want)
			}
			if took := time.Since(begun); took > 20*time.Second {
				t.Errorf("took %s", took)
			}
		})
	}
}
