package push_test

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/carte-reseau/hub/internal/cards"
	"github.com/carte-reseau/hub/internal/store/storetest"
)

const typedHere = "04 75 99 99 99"

// A library changes a card and gives it to the hub while an older version of it is being pushed there. Its system takes
// that, and so puts the older value back; the hub is not told, whatever became of the answer. The library is handed its
// own change, else the two would differ for ever.
func TestAChangeMeetsAPushWhoseReportNeverComes(t *testing.T) {
	for what, fail := range map[string]func(w http.ResponseWriter, stop context.CancelFunc){
		"cut":                func(http.ResponseWriter, context.CancelFunc) { panic(http.ErrAbortHandler) },
		"error":              func(w http.ResponseWriter, _ context.CancelFunc) { w.WriteHeader(http.StatusInternalServerError) },
		"gateway":            func(w http.ResponseWriter, _ context.CancelFunc) { w.WriteHeader(http.StatusGatewayTimeout) },
		"no report":          func(w http.ResponseWriter, _ context.CancelFunc) { _, _ = io.WriteString(w, "merci") },
		"the hub is stopped": func(_ http.ResponseWriter, stop context.CancelFunc) { stop(); time.Sleep(10 * time.Millisecond) },
	} {
		t.Run(what, func(t *testing.T) {
			ctx, stop := context.WithCancel(t.Context())
			defer stop()
			var b *bench
			var pushed, mu sync.Mutex
			documents, holds := 0, ""
			b = withHandler(t, func(w http.ResponseWriter, r *http.Request) {
				body, err := io.ReadAll(r.Body)
				if err != nil {
					return
				}
				pushed.Lock()
				defer pushed.Unlock()
				if documents++; documents == 2 {
					b.typeHere(1, typedHere)
					defer fail(w, stop)
				}
				if n := strings.Count(string(body), "<carte "); n > 0 {
					mu.Lock()
					_, after, _ := strings.Cut(string(body), "<telephone>")
					holds, _, _ = strings.Cut(after, "<")
					mu.Unlock()
					if documents == 2 {
						return
					}
					_, _ = fmt.Fprintf(w, `<rapport xmlns="urn:carte-reseau:1" etablissement="monnaie" date="2026-11-21T08:31:00Z" statut="integre" `+
						`recues="%d" creees="0" modifiees="%[1]d" inchangees="0" rejetees="0"/>`, n)
				}
			})
			b.give(1, 1)
			b.mustPush()
			b.give(1, 1, func(c *cards.Card) { c.Phone = "04 75 11 11 11" })
			lib, err := b.store.LibraryByID(ctx, b.lib.ID)
			if err != nil {
				t.Fatal(err)
			}
			_, _ = b.pusher.Push(ctx, lib) // where the connection is cut, the document goes out twice, and that is reported
			b.mustPush()
			mu.Lock()
			defer mu.Unlock()
			if holds != typedHere {
				t.Errorf("its system holds %q, the network %q", holds, typedHere)
			}
		})
	}
}

// What its system says it did not take has put nothing back: the library is not handed its own change.
func TestAChangeMeetsAPushThatIsRefused(t *testing.T) {
	for _, status := range []int{http.StatusNotFound, http.StatusTooManyRequests} {
		t.Run(fmt.Sprint(status), func(t *testing.T) {
			var b *bench
			documents := 0
			b = withHandler(t, func(w http.ResponseWriter, _ *http.Request) {
				if documents++; documents == 1 {
					_, _ = io.WriteString(w, `<rapport statut="integre" recues="1"/>`)
					return
				}
				b.typeHere(1, typedHere)
				w.WriteHeader(status)
			})
			b.give(1, 1)
			b.mustPush()
			b.give(1, 1, func(c *cards.Card) { c.Phone = "04 75 11 11 11" })
			if _, err := b.push(); err == nil || documents != 2 {
				t.Fatalf("%d documents, %v", documents, err)
			}
			b.settled(0, 0)
		})
	}
}

// typeHere has the pushed library change a card at its own desk and give it.
func (b *bench) typeHere(n int, phone string) {
	b.Helper()
	for _, o := range storetest.Send(b, b.store, b.lib, storetest.Card(number(n), func(c *cards.Card) { c.Phone = phone })) {
		if o.Result != cards.Modified {
			b.Errorf("%+v", o)
		}
	}
}
