// Package storetest gives tests a real store: on SQLite always, and on
// PostgreSQL where a server can be had. Nothing of the program imports it.
package storetest

import (
	"bytes"
	"context"
	"testing"
	"time"

	"github.com/carte-reseau/hub/internal/cards"
	"github.com/carte-reseau/hub/internal/store"
)

// Each runs the test once on every database.
func Each(t *testing.T, test func(t *testing.T, s *store.Store)) {
	t.Helper()
	t.Run("sqlite", func(t *testing.T) {
		t.Parallel()
		test(t, SQLite(t))
	})
	t.Run("postgres", func(t *testing.T) {
		t.Parallel()
		test(t, Postgres(t))
	})
}

// SQLite opens a fresh store on an embedded database.
func SQLite(t testing.TB) *store.Store {
	t.Helper()
	return Open(t, SQLiteDatabase(t))
}

// Postgres opens a fresh store on a database of a real server.
func Postgres(t testing.TB) *store.Store {
	t.Helper()
	return Open(t, PostgresDatabase(t))
}

// Secret is the secret the test stores use.
var Secret = []byte("0123456789abcdef0123456789abcdef")

// Cheap is what passwords cost the test stores.
var Cheap = store.PasswordCost{Memory: 64, Iterations: 1}

// Open opens a store that is closed with the test.
func Open(t testing.TB, database string) *store.Store {
	t.Helper()
	paris, err := time.LoadLocation("Europe/Paris")
	if err != nil {
		t.Fatal(err)
	}
	s, err := store.Open(context.Background(), store.Options{Database: database, Secret: Secret, Location: paris, PasswordCost: Cheap})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	return s
}

// Key is the key of every library that Library adds.
const Key = "une-cle-de-test-assez-longue"

// Library adds a library of the given code, changed as wanted.
func Library(t testing.TB, s *store.Store, code string, change ...func(*cards.Library)) *cards.Library {
	t.Helper()
	l := cards.Library{Code: code, Name: "Bibliothèque de " + code, Email: code + "@example.org"}
	for _, do := range change {
		do(&l)
	}
	added, err := s.AddLibrary(context.Background(), l, Key)
	if err != nil {
		t.Fatal(err)
	}
	return added
}

// Change saves a library's settings as they are given.
func Change(t testing.TB, s *store.Store, l cards.Library) {
	t.Helper()
	_, err := s.EditLibrary(context.Background(), l.Code, "", func(stands *cards.Library) error { *stands = l; return nil })
	if err != nil {
		t.Fatal(err)
	}
}

// Card makes an incoming card of which every usual field is given.
func Card(number string, change ...func(*cards.Card)) cards.Incoming {
	in := cards.Incoming{
		Card: cards.Card{
			Number: number, LastName: "Dupré", FirstName: "Hélène", BirthDate: "1980-02-29", Sex: "F",
			Address:   cards.Address{Lines: []string{"12 rue des Lilas"}, Postcode: "26100", Town: "Romans-sur-Isère", Country: "FR"},
			Phone:     "04 75 00 00 00",
			Enrolment: cards.Registration{First: "2024-09-03", Renewed: "2026-09-10", End: "2099-09-09"},
		},
		Given: cards.FieldsOf(cards.LastName, cards.FirstName, cards.BirthDate, cards.Sex, cards.PostalAddress, cards.Phone, cards.EnrolmentDates),
	}
	for _, do := range change {
		do(&in.Card)
	}
	return in
}

// Send applies cards as one document of a library that arrives now.
func Send(t testing.TB, s *store.Store, l *cards.Library, incoming ...cards.Incoming) []cards.Outcome {
	t.Helper()
	b := cards.Batch{Library: l, Door: cards.DoorPost, Moment: cards.Moment{Arrived: time.Now()}}
	for i, in := range incoming {
		b.Items = append(b.Items, cards.Item{Ordinal: i + 1, Incoming: in})
	}
	outcomes, err := s.Apply(context.Background(), b)
	if err != nil {
		t.Fatal(err)
	}
	return outcomes
}

// Feed lists a range of what a library that fetches is to be handed.
func Feed(ctx context.Context, s *store.Store, r cards.FeedRange) ([]cards.FeedItem, error) {
	var items []cards.FeedItem
	err := s.Feed(ctx, r, func(item *cards.FeedItem) error {
		kept := *item
		kept.XML = bytes.Clone(item.XML)
		items = append(items, kept)
		return nil
	})
	return items, err
}
