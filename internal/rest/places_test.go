package rest_test

import (
	"context"
	"io"
	"net/http"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/carte-reseau/hub/internal/cards"
	"github.com/carte-reseau/hub/internal/intake"
	"github.com/carte-reseau/hub/internal/rest"
)

// each is how many documents of one library are taken at a time.
const each = 4

// crowd holds up what one library sends until the test lets it go.
type crowd struct {
	*intake.Inbox
	rest.Confirmations
	library *cards.Library
	inside  atomic.Int32
	open    chan struct{}
}

func (c *crowd) Take(ctx context.Context, d cards.Deposit, body io.Reader, lib *cards.Library) (int64, *cards.Deposit, error) {
	c.stay(lib.ID)
	return c.Inbox.Take(ctx, d, body, lib)
}

func (c *crowd) ConfirmPull(ctx context.Context, library int64, confirmation cards.Confirmation) error {
	c.stay(library)
	return c.Confirmations.ConfirmPull(ctx, library, confirmation)
}

func (c *crowd) stay(library int64) {
	if library == c.library.ID && c.inside.Add(1) <= each {
		<-c.open
	}
}

const nothingRefused = `<rapport xmlns="urn:carte-reseau:1" statut="integre" recues="0" creees="0" modifiees="0" inchangees="0" rejetees="0"/>`

// A system that sends its file again and again because its own patience ends before the integration does must not take the
// memory, the disk and the database from all others.
func TestWhatOneLibrarySendsLeavesRoomForTheOthers(t *testing.T) {
	c := &crowd{open: make(chan struct{})}
	h := newHub(t, func(o *rest.Options) {
		c.Inbox, c.Confirmations = o.Inbox.(*intake.Inbox), o.Confirmations
		o.Inbox, o.Confirmations, o.PlacePatience = c, c, 20*time.Millisecond
	})
	var held sync.WaitGroup
	release := sync.OnceFunc(func() { close(c.open) })
	t.Cleanup(release)
	c.library = h.library("mours")
	h.library("peyrins")
	for name, send := range map[string]func(code string) answer{
		"documents":     func(code string) answer { return h.post(code, documentOf(code, cardXML("A-"+code))) },
		"confirmations": func(code string) answer { return h.confirm(code, nothingRefused) },
	} {
		t.Run(name, func(t *testing.T) {
			c.inside.Store(0)
			for range each {
				held.Go(func() { send("mours") })
			}
			h.until(func() bool { return c.inside.Load() == each })
			away := send("mours")
			away.wantReport(http.StatusServiceUnavailable, cards.Refused, `code="indisponible"`, "4 documents de votre bibliothèque")
			if away.header.Get("Retry-After") == "" {
				t.Errorf("it is not told when to come back: %v", away.header)
			}
			if other := send("peyrins"); other.status >= http.StatusMultipleChoices {
				t.Errorf("another library is answered %d\n%s", other.status, other.body)
			}
		})
	}
	release()
	held.Wait()
	h.until(func() bool { return h.post("mours", documentOf("mours", cardXML("A2"))).status == http.StatusOK })
}
