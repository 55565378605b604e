package store_test

import (
	"testing"

	"github.com/carte-reseau/hub/internal/store"
	"github.com/carte-reseau/hub/internal/store/storetest"
)

// Of a card that changes without end the last 500 versions are told, and that there were others.
func TestACardsOldestVersionsAreLeftOut(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		storetest.Send(t, s, storetest.Library(t, s, "mours"), storetest.Card("A1"))
		older := func(from, to int) {
			t.Helper()
			err := s.Exec(ctx, `INSERT INTO versions (card_id, seq, stamp, content, changed, origin, library_id, door, deposit_id, provenance)
				WITH RECURSIVE n(i) AS (SELECT CAST(? AS integer) UNION ALL SELECT i + 1 FROM n WHERE i < ?)
				SELECT card_id, -i, stamp, content, changed, origin, library_id, door, deposit_id, provenance FROM versions, n WHERE seq > 0`, from, to)
			if err != nil {
				t.Fatal(err)
			}
		}
		told := func(versions int, more bool) {
			t.Helper()
			file, err := s.CardFile(ctx, "A1")
			if err != nil || len(file.Versions) != versions || file.Older != more || file.Versions[0].Seq <= 0 {
				t.Errorf("%d versions, older ones: %v, %v; want %d, %v", len(file.Versions), file.Older, err, versions, more)
			}
		}
		told(1, false)
		older(1, 499)
		told(500, false)
		older(500, 500)
		told(500, true)
	})
}
