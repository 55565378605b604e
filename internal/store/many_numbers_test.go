package store_test

import (
	"fmt"
	"testing"

	"github.com/carte-reseau/hub/internal/cards"
	"github.com/carte-reseau/hub/internal/store"
	"github.com/carte-reseau/hub/internal/store/storetest"
)

// As many former numbers as the format allows, in every card of a batch: more
// than a database takes in one question.
func TestABatchFullOfFormerNumbers(t *testing.T) {
	storetest.WithoutRace(t)
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		mours := storetest.Library(t, s, "mours")
		items := make([]cards.Incoming, 350)
		for i := range items {
			former := make([]string, 100)
			for n := range former {
				former[n] = fmt.Sprintf("F%d-%d", i, n)
			}
			items[i] = replacing(fmt.Sprintf("N%d", i), former...)
		}
		for range 2 {
			storetest.Send(t, s, mours, items...)
		}
	})
}

// A library that refuses all it fetched names more cards than a database takes
// in one question.
func TestAReportThatRefusesAlmostEverything(t *testing.T) {
	s := storetest.SQLite(t)
	const refusals = 33_000
	mours, peyrins := storetest.Library(t, s, "mours"), storetest.Library(t, s, "peyrins")
	storetest.Send(t, s, mours, storetest.Card("A0"))
	err := s.Exec(ctx, `INSERT INTO cards (oai_id, number, number_key, content, field_seqs, xml, provenance, seq, stamp, origin, ends, listed_until, created)
		WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ?)
		SELECT 'o' || i, 'A' || i, 'a' || i, content, field_seqs, xml, provenance, seq, stamp, origin, ends, listed_until, created FROM cards, n`, refusals)
	if err != nil {
		t.Fatal(err)
	}
	var c cards.Confirmation
	for i := range refusals {
		c.Refused = append(c.Refused, cards.NumberRefusal{Number: fmt.Sprintf("A%d", i), Reason: cards.Quote("non")})
	}
	if err := s.ConfirmPull(ctx, peyrins.ID, c); err != nil {
		t.Fatal(err)
	}
	var waiting int64
	if err := s.Read(ctx, &waiting, "SELECT count(*) FROM hand_again"); err != nil || waiting != refusals {
		t.Errorf("%d wait, %v", waiting, err)
	}
}
