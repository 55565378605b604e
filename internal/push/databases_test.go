package push_test

import (
	"testing"

	"github.com/carte-reseau/hub/internal/cards"
	"github.com/carte-reseau/hub/internal/push"
	"github.com/carte-reseau/hub/internal/sigb"
	"github.com/carte-reseau/hub/internal/store"
	"github.com/carte-reseau/hub/internal/store/storetest"
)

// TestBothDatabases pushes a feed with a refused card, then its next version,
// from either database; the other tests need the embedded one only.
func TestBothDatabases(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		sys, srv := system(t)
		b := &bench{T: t, store: s, log: new(lockedBuffer)}
		b.giver = storetest.Library(t, s, "mours")
		b.lib = storetest.Library(t, s, "monnaie", func(l *cards.Library) {
			l.PushURL, l.ILSUser, l.ILSPassword = srv.URL(sigb.REST), "reseau", password
		})
		b.renew(func(o *push.Options) { o.BatchCards = 7 })
		sys.Refuse(func(n string) error {
			if n == number(11) {
				return saying("Non.")
			}
			return nil
		})
		b.give(1, 30)
		run := b.mustPush()
		if run.Counts.Created != 29 || run.Counts.Rejected != 1 || sys.Len() != 29 {
			t.Errorf("run %+v, %d cards", run, sys.Len())
		}
		b.settled(1, 1)
		sys.Refuse(nil)
		b.give(11, 11, func(c *cards.Card) { c.Phone = "04 75 22 22 22" })
		b.mustPush()
		b.settled(0, 0)
		if runs := b.runs(); len(runs) != 2 || !runs[0].OK || runs[0].Counts.Created != 1 {
			t.Errorf("runs %+v", runs)
		}
	})
}
