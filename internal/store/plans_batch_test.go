package store_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/carte-reseau/hub/internal/cards"
	"github.com/carte-reseau/hub/internal/store"
	"github.com/carte-reseau/hub/internal/store/storetest"
)

// A library gives its first file to a database that has not looked at its own tables yet, or not since the library came: what a
// batch costs must not grow with the batches before it.
func TestABatchReadsNoOtherWhateverTheDatabaseKnows(t *testing.T) {
	if testing.Short() {
		t.Skip("fills a database")
	}
	t.Parallel()
	s := openUnobserved(t, "cards", "card_names", "versions", "sent", "said", "hand_again", "given_again")
	batchesReadNoOther(t, s, "first")
	if err := s.Exec(ctx, "ANALYZE"); err != nil {
		t.Fatal(err)
	}
	batchesReadNoOther(t, s, "second")
	feedsReadNoOther(t, s)
}

// A step of a test may read a fraction of what its library has sent.
const batches, each = 60, 300

type step struct {
	what string
	do   func() error
}

func readNoOther(t *testing.T, s *store.Store, code string, steps ...step) {
	t.Helper()
	for _, step := range steps {
		before := tuplesRead(t, s)
		if err := step.do(); err != nil {
			t.Fatalf("%s: %s: %v", code, step.what, err)
		}
		for table, n := range tuplesRead(t, s) {
			if read := n - before[table]; read > batches*each/4 {
				t.Errorf("%s: %s: %d rows of %s were read for %d", code, step.what, read, table, each)
			}
		}
	}
}

func batchesReadNoOther(t *testing.T, s *store.Store, code string) {
	t.Helper()
	library := storetest.Library(t, s, code)
	batch := func(first int, change ...func(*cards.Card)) []cards.Incoming {
		list := make([]cards.Incoming, each)
		for i := range list {
			number := fmt.Sprintf("%s%05d", code, first+i)
			list[i] = storetest.Card(number, append(change, func(c *cards.Card) { c.LastName = "Dupré " + number })...)
		}
		return list
	}
	for i := range batches {
		storetest.Send(t, s, library, batch(i*each)...)
	}
	for _, statement := range []string{ // and everything is handed to it once more
		"INSERT INTO hand_again (library_id, card_id, seq, stamp, reason, attempts, due) SELECT library_id, card_id, seq, 1, '', 0, 0 FROM said WHERE library_id = %d",
		"INSERT INTO given_again SELECT library_id, card_id, seq, 1 FROM said WHERE library_id = %d",
	} {
		if err := s.Exec(ctx, fmt.Sprintf(statement, library.ID)); err != nil {
			t.Fatal(err)
		}
	}
	give := func(cards []cards.Incoming) func() error {
		return func() error { storetest.Send(t, s, library, cards...); return nil }
	}
	readNoOther(t, s, code,
		step{"new cards", give(batch(batches * each))},
		step{"the same cards", give(batch(2 * each))},
		step{"changed cards", give(batch(4*each, func(c *cards.Card) { c.Phone = "06 00 00 00 42" }))},
		step{"statistics", func() error { _, err := s.CountStatistics(ctx); return err }},
		step{"likenesses", func() error { _, err := s.FindLikenesses(ctx); return err }},
		step{"erasure", func() error { _, err := s.Erase(ctx, code+"00007", "anna"); return err }},
		step{"card", func() error { _, err := s.CardFile(ctx, code+"00008"); return err }},
	)
}

// feedsReadNoOther hands the cards to a library that came last.
func feedsReadNoOther(t *testing.T, s *store.Store) {
	t.Helper()
	pushed := storetest.Library(t, s, "pushed", withPush)
	r := cards.FeedRange{LibraryID: pushed.ID, Day: "2026-11-21", Limit: each}
	var sent []cards.FeedItem
	readNoOther(t, s, "pushed",
		step{"push", func() error {
			work, err := s.PushWork(ctx, cards.PushQuery{LibraryID: pushed.ID, Place: time.UTC, Limit: each})
			sent = work.Feed
			return err
		}},
		step{"sign-in", func() error { _, err := s.Admit(ctx, "pushed", storetest.Key); return err }},
		step{"what waits", func() error { _, err := s.NextHandAgain(ctx, pushed.ID); return err }},
		step{"report", func() error { return s.SettlePush(ctx, pushed.ID, sent[len(sent)-1].Seq, sent, nil) }},
		step{"next push", func() (err error) { r.After = sent[len(sent)-1].Seq; sent, err = s.PushFeed(ctx, r); return err }},
		step{"page", func() error { r.Upper, r.Until = 1<<40, 1<<40; _, err := storetest.Feed(ctx, s, r); return err }},
	)
}

// Everything is handed once more to a library of which the database does not know yet that anything waits for it.
func TestHandingEverythingAgainReadsWhatItHandsOver(t *testing.T) {
	if testing.Short() {
		t.Skip("fills a database")
	}
	t.Parallel()
	s := openUnobserved(t, "hand_again", "given_again")
	fill(t, s)
	const waiting, page = 20_000, 200
	library := storetest.Library(t, s, "tard-venue", withPush)
	for _, statement := range []string{
		"INSERT INTO hand_again (library_id, card_id, seq, stamp, reason, attempts, due) SELECT @l, n, @n * 2 + n, 1700000000 + @n / 100, 'non', 0, 0 FROM generate_series(1, @w) n",
		"UPDATE clock SET seq = @n * 4",
	} {
		statement = strings.NewReplacer("@l", fmt.Sprint(library.ID), "@n", fmt.Sprint(filled), "@w", fmt.Sprint(waiting)).Replace(statement)
		if err := s.Exec(ctx, statement); err != nil {
			t.Fatal(err)
		}
	}
	var due []cards.HandAgain
	r := cards.FeedRange{LibraryID: library.ID, Upper: filled * 4, Until: filledStamp, Day: "2026-11-21", Limit: page}
	readNoOther(t, s, "late",
		step{"page", func() error { r.After = filled*2 + 500; _, err := storetest.Feed(ctx, s, r); return err }},
		step{"due", func() (err error) { due, err = s.HandAgainDue(ctx, library.ID, "2026-11-21", page); return err }},
		step{"next", func() error { _, err := s.NextHandAgain(ctx, library.ID); return err }},
		step{"report", func() error {
			items := make([]cards.FeedItem, len(due))
			for i := range due {
				items[i] = due[i].FeedItem
			}
			return s.SettlePush(ctx, library.ID, 0, items, nil)
		}},
	)
}
