package store_test

import (
	"errors"
	"slices"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/carte-reseau/hub/internal/cards"
	"github.com/carte-reseau/hub/internal/store"
	"github.com/carte-reseau/hub/internal/store/storetest"
)

var otherSecret = []byte("another secret of thirty-two byt")

func openWith(t *testing.T, database string, secret []byte) (*store.Store, error) {
	t.Helper()
	s, err := store.Open(ctx, store.Options{Database: database, Secret: secret})
	if err == nil {
		t.Cleanup(func() { _ = s.Close() })
	}
	return s, err
}

// asked opens a database as a hub does that may have to make its secret, and
// tells what it was asked for.
func asked(database string, secret []byte) (fresh []bool, err error) {
	s, err := store.Open(ctx, store.Options{Database: database, SecretOf: func(isFresh bool) ([]byte, error) {
		fresh = append(fresh, isFresh)
		return secret, nil
	}})
	if err == nil {
		err = s.Close()
	}
	return fresh, err
}

func TestADatabaseIsOpenedWithItsOwnSecretOnly(t *testing.T) {
	databases(t, func(t *testing.T, database string) {
		if fresh, err := asked(database, storetest.Secret); err != nil || !slices.Equal(fresh, []bool{true}) {
			t.Fatalf("a new database: asked %v, %v", fresh, err)
		}
		if fresh, err := asked(database, otherSecret); !errors.Is(err, store.ErrOtherSecret) || !slices.Equal(fresh, []bool{false}) {
			t.Errorf("another secret: asked %v, %v", fresh, err)
		}
		if fresh, err := asked(database, storetest.Secret); err != nil || !slices.Equal(fresh, []bool{false}) {
			t.Errorf("its own secret again: asked %v, %v", fresh, err)
		}
	})
}

// A database from before the proof takes the secret that opens what it holds.
func TestAnOlderDatabaseTakesTheSecretThatOpensIt(t *testing.T) {
	for name, use := range map[string]func(t *testing.T, s *store.Store){
		"a password": func(t *testing.T, s *store.Store) {
			storetest.Library(t, s, "mours", func(l *cards.Library) { l.ILSPassword = "secret du SIGB" })
		},
		"an erasure under way": func(t *testing.T, s *store.Store) {
			storetest.Send(t, s, storetest.Library(t, s, "mours"), storetest.Card("A1"))
			if _, err := s.Erase(ctx, "A1", "Ana"); err != nil {
				t.Fatal(err)
			}
		},
	} {
		t.Run(name, func(t *testing.T) {
			databases(t, func(t *testing.T, database string) {
				s := storetest.Open(t, database)
				use(t, s)
				forgetProof(t, s)
				if fresh, err := asked(database, otherSecret); !errors.Is(err, store.ErrOtherSecret) || !slices.Equal(fresh, []bool{false}) {
					t.Errorf("another secret: asked %v, %v", fresh, err)
				}
				if _, err := openWith(t, database, storetest.Secret); err != nil {
					t.Fatal(err)
				}
				if _, err := openWith(t, database, otherSecret); !errors.Is(err, store.ErrOtherSecret) {
					t.Errorf("another secret, later: %v", err)
				}
			})
		})
	}
}

// Of erased numbers nobody can tell which secret they were hashed with: none is
// made for them.
func TestNoSecretIsMadeForErasedNumbers(t *testing.T) {
	databases(t, func(t *testing.T, database string) {
		s := storetest.Open(t, database)
		storetest.Send(t, s, storetest.Library(t, s, "mours"), storetest.Card("A1"))
		if _, err := s.Erase(ctx, "A1", "Ana"); err != nil {
			t.Fatal(err)
		}
		if err := s.TakeUp(ctx); err != nil {
			t.Fatal(err)
		}
		forgetProof(t, s)
		if fresh, err := asked(database, storetest.Secret); err != nil || !slices.Equal(fresh, []bool{false}) {
			t.Errorf("asked %v, %v", fresh, err)
		}
	})
}

func forgetProof(t *testing.T, s *store.Store) {
	t.Helper()
	if err := s.Exec(ctx, "UPDATE secret SET proof = NULL"); err != nil {
		t.Fatal(err)
	}
}

// Hubs with different secrets that start together on a new database: one secret
// becomes the database's, the others are refused.
func TestOfTwoSecretsAtOnceOneIsTaken(t *testing.T) {
	databases(t, func(t *testing.T, database string) {
		var all sync.WaitGroup
		var taken [2]atomic.Int64
		const each = 3
		for i := range 2 * each {
			all.Go(func() {
				switch _, err := asked(database, [][]byte{storetest.Secret, otherSecret}[i%2]); {
				case err == nil:
					taken[i%2].Add(1)
				case !errors.Is(err, store.ErrOtherSecret):
					t.Error(err)
				}
			})
		}
		all.Wait()
		if a, b := taken[0].Load(), taken[1].Load(); a+b != each || a*b != 0 {
			t.Errorf("opened %d times with one secret and %d times with the other", a, b)
		}
	})
}

func TestALostSecretIsReplaced(t *testing.T) {
	databases(t, func(t *testing.T, database string) {
		s := storetest.Open(t, database)
		mours := storetest.Library(t, s, "mours", func(l *cards.Library) { l.ILSUser, l.ILSPassword = "hub", "secret du SIGB" })
		storetest.Library(t, s, "peyrins")
		storetest.Send(t, s, mours, storetest.Card("A1"))
		erasure, err := s.Erase(ctx, "A1", "Ana")
		if err != nil {
			t.Fatal(err)
		}
		entry := cards.AuditEntry{Actor: "Ana", Door: cards.AuditCommand, Action: "replace-secret"}
		if _, err := store.ReplaceSecret(ctx, store.Options{Database: database, Secret: storetest.Secret}, entry); cards.CodeOf(err) != cards.Conflict {
			t.Errorf("its own secret was replaced: %v", err)
		}
		lost, err := store.ReplaceSecret(ctx, store.Options{Database: database, Secret: otherSecret}, entry)
		if err != nil || !slices.Equal(lost.Passwords, []string{"mours"}) || !slices.Equal(lost.Erasures, []int64{erasure.ID}) {
			t.Fatalf("lost %+v, %v", lost, err)
		}
		if _, err := openWith(t, database, storetest.Secret); !errors.Is(err, store.ErrOtherSecret) {
			t.Errorf("the lost secret: %v", err)
		}
		if s, err = openWith(t, database, otherSecret); err != nil {
			t.Fatal(err)
		}
		if l, err := s.Library(ctx, "mours"); err != nil || l.ILSUser != "hub" || l.ILSPassword != "" {
			t.Errorf("%+v, %v", l, err)
		}
		if err := s.TakeUp(ctx); err != nil {
			t.Errorf("what was under way: %v", err)
		}
		log, err := s.Audit(ctx, cards.AuditQuery{Action: "replace-secret", Limit: 9})
		if err != nil || len(log) != 1 || !contains(log[0].Detail, "mours") {
			t.Errorf("recorded %+v, %v", log, err)
		}
	})
}

// A database from before the proof loses nothing to who has its secret still.
func TestTheSecretOfAnOlderDatabaseIsNotReplacedByItself(t *testing.T) {
	databases(t, func(t *testing.T, database string) {
		s := storetest.Open(t, database)
		storetest.Library(t, s, "mours", func(l *cards.Library) { l.ILSPassword = "secret du SIGB" })
		forgetProof(t, s)
		entry := cards.AuditEntry{Actor: "Ana", Door: cards.AuditCommand, Action: "replace-secret"}
		if _, err := store.ReplaceSecret(ctx, store.Options{Database: database, Secret: storetest.Secret}, entry); cards.CodeOf(err) != cards.Conflict {
			t.Errorf("%v", err)
		}
		if l, err := s.Library(ctx, "mours"); err != nil || l.ILSPassword == "" {
			t.Errorf("%+v, %v", l, err)
		}
	})
}
