package store_test

import (
	"context"
	"errors"
	"fmt"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/carte-reseau/hub/internal/cards"
	"github.com/carte-reseau/hub/internal/store"
	"github.com/carte-reseau/hub/internal/store/storetest"
)

// taken are the documents of mours that come one after the other: new cards, few and so many that they are copied; a
// change, with a card that is refused; the same once more; and the card of a reader who was erased.
var taken = [][]cards.Item{
	takenItems("A1"),
	takenItems(manyNumbers(30)...),
	{{Ordinal: 1, Incoming: storetest.Card("A1", func(c *cards.Card) { c.Phone = "04 75 00 00 09" })}, {
		Ordinal: 2, Raw: []byte("<carte/>"), Incoming: storetest.Card("A2"), Faults: []cards.Fault{{Code: "dates", Message: "non"}},
	}},
	{{Ordinal: 1, Incoming: storetest.Card("A1", func(c *cards.Card) { c.Phone = "04 75 00 00 09" })}},
	takenItems("E1"),
}

func takenItems(numbers ...string) (items []cards.Item) {
	for i, number := range numbers {
		items = append(items, cards.Item{Ordinal: i + 1, Incoming: storetest.Card(number)})
	}
	return items
}

func manyNumbers(n int) (numbers []string) {
	for i := range n {
		numbers = append(numbers, fmt.Sprintf("M%02d", i))
	}
	return numbers
}

// What stands in the database when documents were taken is what stands there when they were stored, applied and ended.
func TestTakingADepositIsStoringApplyingAndEndingIt(t *testing.T) {
	arrived := time.Now().Add(-time.Hour).Truncate(time.Microsecond)
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		var stands [2]string
		for way, take := range []func(d cards.Deposit, body []byte, b cards.Batch) (*cards.Deposit, error){
			func(d cards.Deposit, body []byte, b cards.Batch) (*cards.Deposit, error) {
				return s.TakeDeposit(ctx, d, body, b)
			},
			func(d cards.Deposit, body []byte, b cards.Batch) (*cards.Deposit, error) {
				stored, err := s.StoreDeposit(ctx, d, body, "a hub", time.Minute)
				if err != nil {
					return nil, err
				}
				b.Deposit = stored.ID
				if _, err := s.Apply(ctx, b); err != nil {
					return nil, err
				}
				if stored, err = s.Deposit(ctx, stored.ID); err != nil {
					return nil, err
				}
				return stored, s.FinishDeposit(ctx, stored.ID, stored.Counts.Ended(), nil)
			},
		} {
			l := storetest.Library(t, s, fmt.Sprintf("mours-%d", way))
			fresh := func(number string) string { return fmt.Sprintf("%s_%d", number, way) } // each way has cards of its own
			erased := fresh("E1")
			storetest.Send(t, s, l, storetest.Card(erased))
			if _, err := s.Erase(ctx, erased, "anne"); err != nil {
				t.Fatal(err)
			}
			for n, items := range taken {
				items = append([]cards.Item{}, items...)
				for i := range items {
					items[i].Incoming.Number = fresh(items[i].Incoming.Number)
				}
				moment := cards.Moment{Made: arrived.Add(time.Duration(n) * time.Minute), Arrived: arrived.Add(time.Duration(n) * time.Minute)}
				d := cards.Deposit{LibraryID: l.ID, Library: l.Code, Door: cards.DoorPost, Arrived: moment.Arrived}
				got, err := take(d, []byte("document"), cards.Batch{Library: l, Door: cards.DoorPost, Moment: moment, Items: items})
				if err != nil {
					t.Fatal(err)
				}
				if found, err := s.Deposit(ctx, got.ID); way == 0 && (err != nil || !reflect.DeepEqual(found, got)) {
					t.Errorf("given back %+v\nfound %+v, %v", got, found, err)
				}
			}
			stands[way] = strings.NewReplacer(fmt.Sprintf("_%d", way), "", l.Code, "mours").Replace(standsOf(t, s, l))
		}
		steps := strings.Split(stands[1], "\n")
		for i, line := range strings.Split(stands[0], "\n") {
			if i >= len(steps) || line != steps[i] {
				t.Fatalf("taken:\n%s\nin three steps:\n%s", line, steps[min(i, len(steps)-1)])
			}
		}
	})
}

// standsOf is what is kept of a library's documents and their cards, but for numbers and moments that are never the same.
func standsOf(t *testing.T, s *store.Store, l *cards.Library) string {
	t.Helper()
	var all []string
	for _, query := range []string{
		`SELECT status || ' ' || size || ' ' || done || ' ' || received || ' ' || created || ' ' || modified || ' ' || unchanged || ' ' || rejected || ' ' || made || ' ' || arrived
			|| ' ' || fault || owner || ' ' || lease_until || CASE WHEN finished > 0 THEN ' finished' ELSE '' END || CASE WHEN holds_erased THEN ' erased' ELSE '' END
			|| ' ' || (SELECT count(*) FROM deposit_pieces p WHERE p.deposit_id = d.id) || ' ' || (SELECT count(*) FROM deposit_results r WHERE r.deposit_id = d.id AND r.n = d.done)
			FROM deposits d WHERE library_id = ? ORDER BY id`,
		`SELECT v.content || ' ' || v.changed || ' ' || v.door || ' ' || (SELECT count(*) FROM deposits d WHERE d.id < v.deposit_id AND d.library_id = v.library_id)
			FROM versions v WHERE library_id = ? ORDER BY seq`,
		`SELECT c.number || ' ' || s.made || ' ' || s.arrived FROM said s JOIN cards c ON c.id = s.card_id WHERE s.library_id = ? ORDER BY c.number`,
		`SELECT c.number FROM sent s JOIN cards c ON c.id = s.card_id WHERE s.library_id = ? ORDER BY c.number`,
		`SELECT substr(day, 1, 2) || ' ' || documents || ' ' || received || ' ' || created || ' ' || modified || ' ' || rejected FROM activity WHERE library_id = ? ORDER BY day`,
	} {
		var lines []string
		if err := s.Read(ctx, &lines, query, l.ID); err != nil {
			t.Fatal(err)
		}
		if len(lines) == 0 {
			t.Errorf("nothing was kept: %s", query)
		}
		all = append(all, lines...)
	}
	return strings.Join(all, "\n")
}

var errNoCommit = errors.New("the hub died here")

// Whoever takes a deposit is told whether it may be stored otherwise: before the commit nothing has changed, behind it
// nobody knows.
func TestADepositThatIsNotTaken(t *testing.T) {
	for name, database := range map[string]func(testing.TB) string{"sqlite": storetest.SQLiteDatabase, "postgres": storetest.PostgresDatabase} {
		t.Run(name, func(t *testing.T) {
			dies := false
			s, err := store.Open(ctx, store.Options{Database: database(t), Secret: storetest.Secret, AtCommit: func(done bool) error {
				if dies && done {
					return errNoCommit
				}
				return nil
			}})
			if err != nil {
				t.Fatal(err)
			}
			defer s.Close()
			l := storetest.Library(t, s, "mours")
			take := func(ctx context.Context) error {
				_, err := s.TakeDeposit(ctx, cards.Deposit{LibraryID: l.ID, Door: cards.DoorPost, Arrived: time.Now()}, []byte("document"), cards.Batch{
					Library: l, Door: cards.DoorPost, Moment: cards.Moment{Arrived: time.Now()}, Items: takenItems("A1"),
				})
				return err
			}
			var none []int64
			rename := func(from, to string) {
				if err := s.Read(ctx, &none, "ALTER TABLE "+from+" RENAME TO "+to); err != nil {
					t.Fatal(err)
				}
			}
			rename("deposit_results", "away") // as for any trouble in the middle
			if err := take(ctx); !errors.Is(err, cards.ErrUndone) {
				t.Errorf("half done: %v", err)
			}
			rename("away", "deposit_results")
			gone, cancel := context.WithCancel(ctx)
			cancel()
			if err := take(gone); !errors.Is(err, cards.ErrUndone) {
				t.Errorf("without time: %v", err)
			}
			if err := s.Read(ctx, &none, "SELECT id FROM deposits UNION SELECT id FROM cards"); err != nil || len(none) > 0 {
				t.Errorf("something was kept: %v, %v", none, err)
			}
			dies = true
			if err := take(ctx); !errors.Is(err, errNoCommit) || errors.Is(err, cards.ErrUndone) {
				t.Errorf("behind the commit: %v", err)
			}
		})
	}
}
