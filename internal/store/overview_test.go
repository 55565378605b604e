package store_test

import (
	"fmt"
	"math/rand/v2"
	"reflect"
	"testing"
	"time"

	"github.com/carte-reseau/hub/internal/cards"
	"github.com/carte-reseau/hub/internal/store"
	"github.com/carte-reseau/hub/internal/store/storetest"
)

// The status of all libraries, counted at once, is that of each, counted by
// itself, whatever state their marks and cards are in.
func TestStatusOfAllIsThatOfEach(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		seed := uint64(time.Now().UnixNano())
		t.Logf("seed %d", seed)
		r := &states{t: t, s: s, Rand: rand.New(rand.NewPCG(seed, 1))}
		for i := range 8 {
			r.libraries = append(r.libraries, storetest.Library(t, s, fmt.Sprintf("bib-%d", i), func(l *cards.Library) {
				if i%3 == 0 {
					l.PushURL = "http://ils.example.org/cartes"
				}
			}))
		}
		r.compare()
		for range 12 {
			r.sendSome()
			r.disturb()
			r.compare()
		}
		if r.most < 5 {
			t.Errorf("no library was ever owed more than %d cards", r.most)
		}
	})
}

// A hub that has run for years has a row of every document. The status is looked
// at by every page and every minute: it reads fewer than all of them.
func TestTheStatusDoesNotGrowWithTheDocumentsOfYears(t *testing.T) {
	storetest.WithoutRace(t)
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		mours := storetest.Library(t, s, "mours")
		numbers := "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 200000) "
		document := func(status string, finished int, from string) string {
			return fmt.Sprintf(`INSERT INTO deposits (library_id, door, name, file_gone, charset, simulate, status, size, arrived, made, finished, done,
				received, created, modified, unchanged, rejected, fault, owner, lease_until) %s SELECT %d, 'post', '', false, '', false, '%s', 1, 1, 0, %d, 1, 1, 0, 0, 1, 0, '', '', 0 FROM n`,
				from, mours.ID, status, finished)
		}
		for _, statement := range []string{document("integre", 1, numbers), document("suspendu", 0, "WITH n AS (SELECT 1 AS i)")} {
			if err := s.Exec(ctx, statement); err != nil {
				t.Fatal(err)
			}
		}
		if s.OnPostgres() {
			if err := s.Exec(ctx, "ANALYZE deposits"); err != nil {
				t.Fatal(err)
			}
		}
		fastest := func(ask func() error) time.Duration {
			took := time.Hour
			for range 25 { // the machine may be busy
				began := time.Now()
				if err := ask(); err != nil {
					t.Fatal(err)
				}
				took = min(took, time.Since(began))
			}
			return took
		}
		all := fastest(func() error {
			var n int
			return s.Read(ctx, &n, "SELECT count(*) FROM deposits WHERE fault = '' AND owner = ''")
		})
		for what, ask := range map[string]func() error{
			"of all": func() error {
				list, err := s.Status(ctx)
				if err == nil && (len(list) != 1 || list[0].Suspended != 1) {
					t.Errorf("%+v", list)
				}
				return err
			},
			"of one": func() error {
				one, err := s.LibraryStatus(ctx, "mours")
				if err == nil && one.Suspended != 1 {
					t.Errorf("%+v", one)
				}
				return err
			},
		} {
			if took := fastest(ask); took > all/2 {
				t.Errorf("the status %s took %v, reading all documents %v", what, took, all)
			}
		}
	})
}

type states struct {
	*rand.Rand
	t         *testing.T
	s         *store.Store
	libraries []*cards.Library
	most      int64
}

func (r *states) sendSome() {
	l := r.libraries[r.IntN(len(r.libraries))]
	for range 1 + r.IntN(8) {
		in := storetest.Card(fmt.Sprintf("N%d", r.IntN(25)), func(c *cards.Card) {
			c.Phone = fmt.Sprintf("04 75 00 %02d %02d", r.IntN(100), r.IntN(100))
			if r.IntN(4) == 0 {
				c.Enrolment.Renewed, c.Enrolment.End = "", "2024-10-01"
			}
		})
		storetest.Send(r.t, r.s, l, in)
	}
}

// disturb puts marks and what waits to be handed again where chance wants it.
func (r *states) disturb() {
	seq, err := r.s.Seq(ctx)
	if err != nil {
		r.t.Fatal(err)
	}
	for _, l := range r.libraries {
		door := []cards.Door{cards.DoorPull, cards.DoorPush}[r.IntN(2)]
		at := r.Int64N(seq + 2)
		if r.IntN(3) == 0 {
			at = seq
		}
		r.exec(`INSERT INTO marks (library_id, door, seq, stamp, finished_seq, moved) VALUES (?, ?, ?, ?, 0, ?)
			ON CONFLICT (library_id, door) DO UPDATE SET seq = excluded.seq, moved = excluded.moved`, l.ID, door, at, at, time.Now().UnixMicro())
		if r.IntN(2) == 0 {
			r.exec(`INSERT INTO hand_again (library_id, card_id, seq, stamp, reason, attempts, due)
				SELECT ?, id, seq + ?, stamp + ?, '', id % 2, 0 FROM cards WHERE id % 5 = ? AND seq > 0 AND seq + ? > 0
				ON CONFLICT (library_id, card_id) DO UPDATE SET seq = excluded.seq, stamp = excluded.stamp, attempts = excluded.attempts`,
				l.ID, r.IntN(40)-20, r.IntN(40)-20, r.IntN(5), 0)
		}
		if r.IntN(4) == 0 {
			r.exec("DELETE FROM hand_again WHERE library_id = ? AND card_id % 3 = 1", l.ID)
		}
		if r.IntN(4) == 0 {
			r.exec(`INSERT INTO jobs (kind, library_id, schedule, paused, next_run, last_start, last_success, last_failure, last_error, failures, wakes, owner, lease_until, fence)
				VALUES (?, ?, '@every 5m', false, 7, 0, 5, 6, 'x', ?, 0, '', 0, 0) ON CONFLICT (kind, library_id) DO NOTHING`,
				[]cards.JobKind{cards.JobHarvest, cards.JobPush}[r.IntN(2)], l.ID, r.IntN(3))
		}
		if r.IntN(4) == 0 {
			id := deposit(r.t, r.s, l, cards.DoorPost)
			r.exec("UPDATE deposits SET status = ?, rejected = ? WHERE id = ?", cards.Suspended, 0, id)
			id = deposit(r.t, r.s, l, cards.DoorPost)
			r.exec("UPDATE deposits SET rejected = 3 WHERE id = ?", id)
			r.must(r.s.FinishDeposit(ctx, id, cards.Partial, nil))
			r.exec("INSERT INTO drifts (library_id, deposit_id, taken, expected, held, differing) VALUES (?, ?, 1, 2, 3, 4) ON CONFLICT DO NOTHING", l.ID, id)
			r.exec("INSERT INTO deliveries (library_id, requested, requested_by, last_card, handed, finished) VALUES (?, 1, 'x', 2, 3, 4) ON CONFLICT DO NOTHING", l.ID)
		}
	}
	r.must(r.s.SetAttention(ctx, r.libraries[0].ID, cards.Quote(fmt.Sprint(seq))))
}

func (r *states) compare() {
	r.t.Helper()
	all, err := r.s.Status(ctx)
	if err != nil || len(all) != len(r.libraries) {
		r.t.Fatalf("%d libraries, %v", len(all), err)
	}
	for _, got := range all {
		want, err := r.s.LibraryStatus(ctx, got.Library.Code)
		if err != nil {
			r.t.Fatal(err)
		}
		if got.Now.IsZero() || want.Now.Before(got.Now) {
			r.t.Errorf("at %v, then at %v", got.Now, want.Now)
		}
		got.Now = want.Now
		if !reflect.DeepEqual(got, *want) {
			r.t.Errorf("%s among all:\n%+v\nby itself:\n%+v", got.Library.Code, got, *want)
		}
		r.most = max(r.most, got.Behind)
	}
}

func (r *states) exec(query string, args ...any) {
	r.t.Helper()
	r.must(r.s.Exec(ctx, query, args...))
}

func (r *states) must(err error) {
	r.t.Helper()
	if err != nil {
		r.t.Fatal(err)
	}
}
