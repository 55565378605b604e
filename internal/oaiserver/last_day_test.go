package oaiserver_test

import (
	"context"
	"net/url"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/carte-reseau/hub/internal/cards"
	"github.com/carte-reseau/hub/internal/oai"
	"github.com/carte-reseau/hub/internal/oaiserver"
	"github.com/carte-reseau/hub/internal/store"
	"github.com/carte-reseau/hub/internal/store/storetest"
)

// travel opens a store in a time zone whose clock goes where it is told; it must not be told to go back.
func travel(t *testing.T, database string, place *time.Location) (s *store.Store, to func(time.Time)) {
	t.Helper()
	var ahead atomic.Int64
	s, err := store.Open(context.Background(), store.Options{
		Database: database, Secret: storetest.Secret, Location: place, Ahead: func() time.Duration { return time.Duration(ahead.Load()) },
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.Close() })
	return s, func(at time.Time) { ahead.Store(int64(time.Until(at).Round(time.Second))) }
}

// A card is valid through its last day in the network's time zone, 23 and 25 hours long ones and 29 February among
// them, and in no set from the next midnight on.
func TestACardIsValidThroughItsLastDay(t *testing.T) {
	t.Parallel()
	for _, zone := range []string{"Europe/Paris", "America/Martinique", "Pacific/Noumea"} {
		for name, database := range map[string]func(testing.TB) string{"sqlite": storetest.SQLiteDatabase, "postgres": storetest.PostgresDatabase} {
			if name == "postgres" && zone != "Pacific/Noumea" {
				continue // the day is reckoned outside of the database: once will do
			}
			t.Run(zone+" "+name, func(t *testing.T) {
				t.Parallel()
				place, err := time.LoadLocation(zone)
				if err != nil {
					t.Fatal(err)
				}
				lastDays(t, database(t), place)
			})
		}
	}
}

func lastDays(t *testing.T, database string, place *time.Location) {
	s, to := travel(t, database, place)
	h := open(t, s, func(o *oaiserver.Options) { o.Location = place })
	days := []string{"2027-03-27", "2027-03-28", "2027-03-29", "2027-10-30", "2027-10-31", "2027-11-01", "2027-12-31", "2028-02-28", "2028-02-29", "2028-03-01"}
	storetest.Library(t, s, "saint-paul") // never fetches anything: all that is valid is owed to it
	var all []cards.Incoming
	for _, day := range days {
		all = append(all, storetest.Card("E"+day, func(c *cards.Card) { c.Enrolment.End = day }))
	}
	storetest.Send(t, s, h.peyrins, all...)
	identifiers := make([]string, len(days))
	for i, day := range days {
		midnight, err := time.ParseInLocation(time.DateOnly, day, place)
		if err != nil {
			t.Fatal(err)
		}
		to(midnight.Add(time.Second))
		if i == 0 {
			for at, header := range h.listed(days) {
				identifiers[at] = header.Identifier
			}
		}
		h.shows(days[i:], identifiers[i])
		to(midnight.AddDate(0, 0, 1).Add(-time.Minute))
		h.shows(days[i:], identifiers[i])
		to(midnight.AddDate(0, 0, 1).Add(time.Second))
		left := slices.DeleteFunc(slices.Clone(days), func(d string) bool { return d <= day })
		h.shows(left, "")
		if got := h.as(h.mours, "verb=GetRecord&metadataPrefix=carte&identifier="+url.QueryEscape(identifiers[i])); got.code != oai.IDDoesNotExist {
			t.Errorf("%s at %s: GetRecord still gives it", day, midnight.AddDate(0, 0, 1))
		}
	}
}

// listed checks that the library is shown the cards that end on these days, wherever their number is told.
func (h *hub) listed(days []string) []oai.Header {
	h.t.Helper()
	got := h.as(h.mours, "verb=ListRecords&metadataPrefix=carte&from=2020-01-01")
	var numbers []string
	for _, day := range days {
		numbers = append(numbers, "E"+day)
	}
	if strings.Join(got.numbers, " ") != strings.Join(numbers, " ") {
		h.t.Errorf("%s: listed %v, want %v", got.date, got.numbers, numbers)
	}
	return got.headers
}

func (h *hub) shows(days []string, identifier string) {
	h.t.Helper()
	h.listed(days)
	if identifier != "" {
		if got := h.as(h.mours, "verb=GetRecord&metadataPrefix=carte&identifier="+url.QueryEscape(identifier)); len(got.headers) != 1 {
			h.t.Errorf("GetRecord does not give %s: %s", identifier, got.body)
		}
	}
	status, err := h.store.LibraryStatus(h.t.Context(), "saint-paul")
	if err != nil || status.Behind != int64(len(days)) {
		h.t.Errorf("behind by %+v cards, want %d, %v", status.Behind, len(days), err)
	}
}
