package store_test

import (
	"testing"

	"github.com/carte-reseau/hub/internal/store"
	"github.com/carte-reseau/hub/internal/store/storetest"
)

// A harvester that skips as many cards as a person need not look at is handed them again; one more, and none is, but staff are asked.
func TestBeyondABoundStaffAreAskedAboutAGap(t *testing.T) {
	const bound, stamped, from = 10_000, 100, 200
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		mours, peyrins := storetest.Library(t, s, "mours"), storetest.Library(t, s, "peyrins")
		storetest.Send(t, s, mours, storetest.Card("A1"))
		skip := func(first, last int) {
			must(t, s.Exec(ctx, `INSERT INTO cards (oai_id, number, number_key, content, field_seqs, xml, provenance, seq, stamp, origin, ends, listed_until, created)
				WITH RECURSIVE skipped (i) AS (SELECT CAST(? AS integer) UNION ALL SELECT i + 1 FROM skipped WHERE i < ?)
				SELECT 'o' || i, 'b' || i, 'b' || i, content, field_seqs, xml, provenance, i + 1, ?, origin, ends, listed_until, created
				FROM skipped, cards WHERE number = 'A1'`, first, last, stamped))
			must(t, s.BridgeGap(ctx, peyrins.ID, from))
		}
		want := func(again int, asked bool) {
			t.Helper()
			var waiting int
			must(t, s.Read(ctx, &waiting, "SELECT count(*) FROM hand_again"))
			status, err := s.LibraryStatus(ctx, "peyrins")
			must(t, err)
			if waiting != again || status.Attention.IsZero() == asked {
				t.Errorf("%d cards are handed again, staff are asked %q", waiting, status.Attention)
			}
		}
		skip(1, bound)
		want(bound, false)
		must(t, s.Exec(ctx, "DELETE FROM hand_again"))
		skip(bound+1, bound+1)
		want(0, true)
	})
}
