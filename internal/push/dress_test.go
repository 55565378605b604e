package push_test

import (
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"
)

// A report in which something is wrong that has nothing to do with cards is a report all the same: what it refuses would
// otherwise keep the whole batch from being settled, though the system took it.
func TestReportsAreReadInAnyDress(t *testing.T) {
	const declared = `<?xml version="1.0" encoding="UTF-8"?>`
	for name, c := range map[string]struct{ contentType, before, reason, want string }{
		"a blank line first":        {"text/xml", "\r\n" + declared, "Refusée.", "Refusée."},
		"a mark and a blank line":   {"text/xml", "\uFEFF\n" + declared, "Refusée.", "Refusée."},
		"a mark":                    {"text/xml", "\uFEFF" + declared, "Refusée.", "Refusée."},
		"other bytes than declared": {"text/xml; charset=utf-8", declared, "Refus\xe9e.", "Refus\uFFFDe."},
		"bytes of no declaration":   {"text/xml", "", "Refus\xe9e.", "Refus\uFFFDe."},
		"a charset nobody knows":    {"text/xml; charset=binary", declared, "Refusée.", "Refusée."},
		"a charset of single bytes": {"text/xml; charset=iso-8859-1", "", "Refus\xe9e.", "Refusée."},
		"a control character":       {"text/xml", declared, "Refusée\x0b.", "Refusée."},
		"one written as a number":   {"text/xml", declared, "Refusée&#11;.", "Refusée."},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b := withHandler(t, func(w http.ResponseWriter, r *http.Request) {
				body, err := io.ReadAll(r.Body)
				if err != nil {
					return
				}
				w.Header().Set("Content-Type", c.contentType)
				_, _ = fmt.Fprintf(w, `%s<rapport xmlns="urn:carte-reseau:1" recues="%d" rejetees="1"><carte numero="%s" resultat="rejetee"><erreur code="x">%s</erreur></carte></rapport>`,
					c.before, strings.Count(string(body), "<carte "), number(5), c.reason)
			})
			b.give(1, 9)
			b.mustPush()
			b.settled(1, 1)
			if waiting := b.hurry(); len(waiting) != 1 || waiting[0].Reason.String() != c.want {
				t.Errorf("waiting %+v", waiting)
			}
		})
	}
}
