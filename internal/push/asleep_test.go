package push_test

import (
	"errors"
	"net/http"
	"sync/atomic"
	"testing"

	"github.com/carte-reseau/hub/internal/cards"
	"github.com/carte-reseau/hub/internal/push"
	"github.com/carte-reseau/hub/internal/sigb"
	"github.com/carte-reseau/hub/internal/store"
	"github.com/carte-reseau/hub/internal/store/storetest"
)

// asleep is the network of a hub that is suspended while it is about to send a document: what another hub does meanwhile
// comes in between.
type asleep struct {
	meanwhile func()
	after     error // what becomes of the answer
	once      atomic.Bool
}

// RoundTrip sends.
func (a *asleep) RoundTrip(r *http.Request) (*http.Response, error) {
	wakes := !a.once.Swap(true)
	if wakes {
		a.meanwhile()
	}
	resp, err := http.DefaultTransport.RoundTrip(r)
	if wakes && err == nil && a.after != nil {
		_ = resp.Body.Close()
		return nil, a.after
	}
	return resp, err
}

// A hub that is suspended for longer than its lease sends what it had in hand when it wakes, and the library's system takes an
// older version over the one another hub has delivered meanwhile. It is handed the card again, or it would keep that for good.
func TestWhatAHubSentThatSleptIsMended(t *testing.T) {
	for name, answer := range map[string]error{"reported": nil, "no report": errors.New("connection reset")} {
		t.Run(name, func(t *testing.T) {
			storetest.Each(t, func(t *testing.T, s *store.Store) {
				sys, srv := system(t)
				b := &bench{T: t, store: s, log: new(lockedBuffer)}
				b.giver = storetest.Library(t, s, "mours")
				b.lib = storetest.Library(t, s, "monnaie", func(l *cards.Library) {
					l.PushURL, l.ILSUser, l.ILSPassword = srv.URL(sigb.REST), "reseau", password
				})
				b.renew()
				other := b.pusher
				b.give(1, 3)
				b.renew(func(o *push.Options) {
					o.Transport = &asleep{after: answer, meanwhile: func() {
						b.give(2, 2, func(c *cards.Card) { c.Phone = "04 75 22 22 22" })
						if _, err := other.Push(t.Context(), b.lib); err != nil {
							t.Error(err)
						}
					}}
				})
				if _, err := b.push(); (err == nil) != (answer == nil) {
					t.Fatal(err)
				}
				b.pusher = other
				b.mustPush()
				b.settled(0, 0)
				if p, ok := sys.Patron(number(2)); !ok || p.Card.Phone != "04 75 22 22 22" {
					t.Errorf("its system holds %q", p.Card.Phone)
				}
				if sys.Len() != 3 {
					t.Errorf("%d cards", sys.Len())
				}
			})
		})
	}
}
