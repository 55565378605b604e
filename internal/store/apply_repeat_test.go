package store_test

import (
	"encoding/json"
	"fmt"
	"reflect"
	"testing"
	"time"

	"github.com/carte-reseau/hub/internal/cards"
	"github.com/carte-reseau/hub/internal/store"
	"github.com/carte-reseau/hub/internal/store/storetest"
	"pgregory.net/rapid"
)

// twins are one network on two stores. The second forgets every fingerprint, so that it merges each card it is sent, and makes
// the rows of new cards beforehand.
type twins struct {
	stores [2]*store.Store
	libs   [2][]*cards.Library
	said   map[int][]cards.Batch // what was sent, by library
}

// What is known by its fingerprint comes to the same end as what is merged: the same results, the same versions and
// notes, the same record of what was sent.
func TestRepeatsEndAsIfTheyHadBeenMerged(t *testing.T) {
	t.Parallel()
	for name, open := range map[string]func(testing.TB) *store.Store{"sqlite": storetest.SQLite, "postgres": storetest.Postgres} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := twins{stores: [2]*store.Store{open(t), open(t)}}
			w.stores[1].MakesRooms()
			var known int64
			rapid.Check(t, func(t *rapid.T) {
				w.begin(t)
				t.Repeat(map[string]func(*rapid.T){
					"send": w.send, "send more": w.send, "send again": w.sendAgain, "and again": w.sendAgain, "hand over": w.handOver, "": w.agree,
				})
				known += w.number(t, 0, "SELECT count(*) FROM said WHERE length(fingerprint) > 0")
			})
			if known == 0 {
				t.Error("nothing was ever repeatable")
			}
		})
	}
}

// A database from before fingerprints were kept knows when each card was last sent by the record of what was said.
func TestACardSentBeforeFingerprintsWereKept(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		mours := storetest.Library(t, s, "mours")
		storetest.Send(t, s, mours, storetest.Card("A1"))
		if err := s.Exec(ctx, "DELETE FROM said"); err != nil {
			t.Fatal(err)
		}
		for _, c := range []struct {
			later time.Duration
			want  cards.Result
		}{
			{-time.Minute, cards.Stale}, {time.Minute, cards.Unchanged}, {-time.Minute, cards.Stale}, {time.Hour, cards.Unchanged}, {time.Minute, cards.Stale},
		} {
			outcomes, err := s.Apply(ctx, cards.Batch{
				Library: mours, Door: cards.DoorPost, Moment: cards.Moment{Arrived: time.Now().Add(c.later)},
				Items: []cards.Item{{Ordinal: 1, Incoming: storetest.Card("A1")}},
			})
			if err != nil || outcomes[0].Result != c.want {
				t.Errorf("%v after the first: %+v, %v", c.later, outcomes, err)
			}
		}
	})
}

func (w *twins) begin(t *rapid.T) {
	w.said = map[int][]cards.Batch{}
	for i, s := range w.stores {
		w.libs[i] = nil
		for _, table := range []string{
			"hand_again", "given_again", "corrected", "notes", "said", "sent", "former_numbers", "versions", "cards", "marks", "mark_moves", "handings", "libraries",
		} {
			w.exec(t, i, "DELETE FROM "+table)
		}
		w.exec(t, i, "UPDATE clock SET seq = 0")
		for _, l := range []cards.Library{
			{Code: "mours"}, {Code: "etroite", Widths: map[cards.Field]int{cards.LastName: 4}}, {Code: "sans-telephone", NotHeld: cards.FieldsOf(cards.Phone)},
		} {
			l.Name, l.Email = l.Code, "a@example.org"
			added, err := s.AddLibrary(ctx, l, storetest.Key)
			if err != nil {
				t.Fatal(err)
			}
			w.libs[i] = append(w.libs[i], added)
		}
	}
}

func (w *twins) exec(t *rapid.T, i int, statement string, args ...any) {
	if err := w.stores[i].Exec(ctx, statement, args...); err != nil {
		t.Fatal(err)
	}
}

func (w *twins) number(t *rapid.T, i int, query string) (n int64) {
	if err := w.stores[i].Read(ctx, &n, query); err != nil {
		t.Fatal(err)
	}
	return n
}

var repeatedNumbers = rapid.SampledFrom([]string{"A1", "a1", "A2", "A3", "A4"})

// send gives a document of some cards.
func (w *twins) send(t *rapid.T) {
	b := cards.Batch{Door: rapid.SampledFrom([]cards.Door{cards.DoorPost, cards.DoorFTP}).Draw(t, "door")}
	for range rapid.IntRange(1, 3).Draw(t, "cards") {
		in := storetest.Card(repeatedNumbers.Draw(t, "number"), func(c *cards.Card) {
			c.LastName = rapid.SampledFrom([]string{"Dupré", "DUPRE", "Dupr", "Roux"}).Draw(t, "name")
			c.Phone = rapid.SampledFrom([]string{"", "04 75 00 00 00", "0475000000", "06 00 00 00 01"}).Draw(t, "phone")
		})
		if rapid.IntRange(0, 5).Draw(t, "former") == 0 {
			in.Former, in.Given = []string{repeatedNumbers.Draw(t, "old number")}, in.Given.With(cards.FormerNumbers)
		}
		if rapid.IntRange(0, 3).Draw(t, "leaves out") == 0 {
			in.Given = in.Given.Without(rapid.SampledFrom([]cards.Field{cards.Phone, cards.LastName, cards.PostalAddress}).Draw(t, "field"))
		}
		b.Items = append(b.Items, cards.Item{Ordinal: len(b.Items) + 1, Incoming: in})
	}
	w.give(t, rapid.IntRange(0, 2).Draw(t, "library"), b)
}

// sendAgain gives a document once more, be it with a card of another.
func (w *twins) sendAgain(t *rapid.T) {
	l := rapid.IntRange(0, 2).Draw(t, "library")
	if len(w.said[l]) == 0 {
		t.Skip("nothing was sent")
	}
	again := rapid.SampledFrom(w.said[l]).Draw(t, "document")
	b := cards.Batch{Door: again.Door, Items: append([]cards.Item(nil), again.Items...)}
	if rapid.Bool().Draw(t, "with another") {
		other := rapid.SampledFrom(w.said[l]).Draw(t, "other document")
		b.Items = append(b.Items, cards.Item{Ordinal: len(b.Items) + 1, Incoming: other.Items[0].Incoming})
	}
	w.give(t, l, b)
}

func (w *twins) give(t *rapid.T, l int, b cards.Batch) {
	b.Moment.Arrived = time.Now().UTC().Truncate(time.Microsecond)
	if minutes := rapid.IntRange(-1, 3).Draw(t, "minutes on the way"); minutes >= 0 {
		b.Moment.Made = b.Moment.Arrived.Add(-time.Duration(minutes) * time.Minute)
	}
	w.said[l] = append(w.said[l], b)
	w.exec(t, 1, "UPDATE said SET fingerprint = ?", []byte{})
	var outcomes [2][]cards.Outcome
	for i, s := range w.stores {
		b.Library = w.libs[i][l]
		var err error
		if outcomes[i], err = s.Apply(ctx, b); err != nil {
			t.Fatal(err)
		}
	}
	if !reflect.DeepEqual(outcomes[0], outcomes[1]) {
		t.Fatalf("known by fingerprints: %+v\nmerged: %+v", outcomes[0], outcomes[1])
	}
}

// handOver pushes a library what it does not have yet.
func (w *twins) handOver(t *rapid.T) {
	l := rapid.IntRange(0, 2).Draw(t, "library")
	for i, s := range w.stores {
		id := w.libs[i][l].ID
		mark, err := s.Mark(ctx, id, cards.DoorPush)
		if err != nil {
			t.Fatal(err)
		}
		items, err := s.PushFeed(ctx, cards.FeedRange{LibraryID: id, After: mark.Seq, Day: "2026-11-21", Limit: 10})
		if err != nil || len(items) == 0 {
			continue
		}
		if err := s.SettlePush(ctx, id, items[len(items)-1].Seq, items, nil); err != nil {
			t.Fatal(err)
		}
	}
}

// agree holds all against each other that later merges depend on.
func (w *twins) agree(t *rapid.T) {
	for what, query := range map[string]string{
		"cards":      "SELECT number || ' ' || content || ' ' || field_seqs AS line FROM cards ORDER BY number_key",
		"versions":   "SELECT content || ' ' || changed || ' ' || reasons AS line FROM versions ORDER BY seq",
		"notes":      "SELECT kind || ' ' || field || ' ' || kept || ' ' || lost AS line FROM notes ORDER BY seq, field, lost, kind, kept",
		"hand again": "SELECT c.number || ' ' || l.code AS line FROM hand_again h JOIN cards c ON c.id = h.card_id JOIN libraries l ON l.id = h.library_id ORDER BY h.seq",
		"moments": `SELECT c.number || ' ' || l.code || ' ' || s.seq || ' ' || s.made || ' ' || s.arrived AS line
			FROM said s JOIN cards c ON c.id = s.card_id JOIN libraries l ON l.id = s.library_id ORDER BY c.number_key, l.code`,
	} {
		if one, other := w.lines(t, 0, query), w.lines(t, 1, query); !reflect.DeepEqual(one, other) {
			t.Fatalf("%s: known by fingerprints %s\nmerged %s", what, one, other)
		}
	}
	if one, other := w.sent(t, 0), w.sent(t, 1); !reflect.DeepEqual(one, other) {
		t.Fatalf("sent: known by fingerprints %v\nmerged %v", one, other)
	}
}

func (w *twins) lines(t *rapid.T, i int, query string) (lines []string) {
	if err := w.stores[i].Read(ctx, &lines, query); err != nil {
		t.Fatal(err)
	}
	return lines
}

// sent is S without its moment, which stands beside it.
func (w *twins) sent(t *rapid.T, i int) map[string]cards.Sent {
	var rows []struct {
		Number, Code, Content string
		Seq                   int64
	}
	err := w.stores[i].Read(ctx, &rows, `SELECT c.number, l.code, s.content, d.seq FROM sent s JOIN said d ON d.card_id = s.card_id AND d.library_id = s.library_id
		JOIN cards c ON c.id = s.card_id JOIN libraries l ON l.id = s.library_id`)
	if err != nil {
		t.Fatal(err)
	}
	all := map[string]cards.Sent{}
	for _, row := range rows {
		var s cards.Sent
		if err := json.Unmarshal([]byte(row.Content), &s); err != nil {
			t.Fatal(err)
		}
		s.Moment = cards.Moment{}
		s.CameWith(row.Seq)
		all[fmt.Sprint(row.Number, " of ", row.Code)] = s
	}
	return all
}
