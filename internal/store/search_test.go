package store_test

import (
	"encoding/base64"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/carte-reseau/hub/internal/cards"
	"github.com/carte-reseau/hub/internal/store"
	"github.com/carte-reseau/hub/internal/store/storetest"
)

// reader is a card of a name, a first name and a birth date.
func reader(number, last, first, birth string, change ...func(*cards.Card)) cards.Incoming {
	in := storetest.Card(number, append([]func(*cards.Card){func(c *cards.Card) {
		c.LastName, c.FirstName, c.BirthDate = last, first, birth
	}}, change...)...)
	in.Given = in.Given.With(cards.BirthName)
	return in
}

func bornAs(name string) func(*cards.Card) { return func(c *cards.Card) { c.BirthName = name } }

// search lists the numbers that are found, page by page.
func search(t *testing.T, s *store.Store, q cards.CardQuery) (found []string) {
	t.Helper()
	for pages := 0; ; pages++ {
		page, err := s.SearchCards(ctx, q)
		if err != nil {
			t.Fatalf("%+v: %v", q, err)
		}
		if pages > 100 || page.Filling || q.Limit > 0 && len(page.Cards) > q.Limit {
			t.Fatalf("%+v: page %d of %d cards, filling %v", q, pages, len(page.Cards), page.Filling)
		}
		for _, c := range page.Cards {
			found = append(found, c.Number)
		}
		if q.Cursor = page.Next; q.Cursor == "" {
			return found
		}
	}
}

func wantFound(t *testing.T, s *store.Store, q cards.CardQuery, want string) {
	t.Helper()
	for _, limit := range []int{0, 1, 2} {
		q.Limit = limit
		if got := strings.Join(search(t, s, q), " "); got != want {
			t.Errorf("%+v: %q, want %q", q, got, want)
		}
	}
}

func TestCardsAreFound(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		mours := storetest.Library(t, s, "mours")
		storetest.Send(t, s, mours,
			reader("2610-A", "Dupré", "Hélène", "1980-02-29"), reader("2610-B", "DUPRE", "Henri", "1980-02"), reader("2610-C", "Dupret", "Zoé", "1980"),
			reader("2611-D", "Le Goff", "Yann", "1975-01-02"), reader("2611-E", "LEGOFF", "Ana", "1980-03-01", bornAs("Dupré")),
			reader("2611-F", "Le-Goffic", "", "1975-01"), reader("9", "Hélène", "Dupré", ""), reader("2611-G", "Dupré-Martin", "Jean", "1975", bornAs("Dupré")))
		for want, queries := range map[string][]cards.CardQuery{
			"2611-E 2611-D 2611-F": {{Name: "le goff"}, {Name: "LEGOFF"}, {Name: "Le-Goff"}, {Name: "l'e göff"}},
			"2610-A 9":             {{Name: "dupre hel"}, {Name: "hel dupre"}, {Name: "Hélène DUPRÉ"}},
			"2610-A":               {{Name: "dup", FirstName: "Hel"}, {Name: "d", BirthDate: "29/02/1980", FirstName: "hél"}, {Number: "2610-a"}, {Number: "2610-A", Name: "dupré"}},
			// the name at birth finds a card once, where its name in use does not
			"2611-E 2610-A 2610-B 2611-G 2610-C": {{Name: "Dupré"}},
			"2611-E":                             {{Name: "dupre ana"}, {Name: "Dupré", BirthDate: "1980-03-01", FirstName: "A"}, {BirthDate: "1980-03"}, {BirthDate: "1980-03-01"}},
			"2610-B 2610-A":                      {{BirthDate: "1980-02"}},
			"2610-C 2610-B 2610-A 2611-E":        {{BirthDate: "1980"}},
			"2610-A 2610-B 2610-C":               {{Number: "2610"}, {Number: "2610-"}, {Name: "dup", BirthDate: "1980-02-29"}},
			"2611-D":                             {{Number: "2611", FirstName: "yann"}, {FirstName: "Y", BirthDate: "1975"}},
			"9":                                  {{Number: "9"}},
			"":                                   {{Number: "261"}, {Name: "Dupond"}, {Name: "goff"}, {BirthDate: "1980-04"}, {Number: "2610", Name: "Goff"}},
		} {
			for _, q := range queries {
				wantFound(t, s, q, want)
			}
		}
	})
}

func TestWhatIsShownOfAFoundCard(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		mours := storetest.Library(t, s, "mours")
		storetest.Send(t, s, mours, reader("Old-1234", "Roux", "Ana", "1990-05-06", bornAs("Blanc")))
		in := reader("New-5678", "Roux", "Ana", "1990-05-06", bornAs("Blanc"), func(c *cards.Card) { c.Former = []string{"Old-1234"} })
		in.Given = in.Given.With(cards.FormerNumbers)
		storetest.Send(t, s, mours, in)
		page, err := s.SearchCards(ctx, cards.CardQuery{Number: "old-12"})
		if err != nil || len(page.Cards) != 1 {
			t.Fatalf("%+v, %v", page, err)
		}
		got := page.Cards[0]
		want := cards.FoundCard{
			OAIID: got.OAIID, Number: "New-5678", Former: "Old-1234", LastName: "Roux", BirthName: "Blanc", FirstName: "Ana", BirthDate: "1990-05-06",
			Town: "Romans-sur-Isère", EnrolledAt: "mours", End: "2099-09-09", Updated: got.Updated,
		}
		if got != want || got.OAIID == "" || got.Updated.IsZero() {
			t.Errorf("%+v", got)
		}
		file, err := s.CardFileByID(ctx, got.OAIID)
		if err != nil || file.Card.Number != "New-5678" || file.Asked != "" || len(file.Versions) != 2 {
			t.Errorf("%+v, %v", file, err)
		}
		if number, err := s.CardNumber(ctx, got.OAIID); err != nil || number != "New-5678" {
			t.Errorf("%q, %v", number, err)
		}
		ids, err := s.CardIDs(ctx, []string{"NEW-5678", "Old-1234", "old-1234", "none"})
		if err != nil || fmt.Sprint(ids) != fmt.Sprint(map[string]string{"NEW-5678": got.OAIID, "Old-1234": got.OAIID, "old-1234": got.OAIID}) {
			t.Errorf("%v, %v", ids, err)
		}
		if _, err := s.CardFileByID(ctx, "nobody"); cards.CodeOf(err) != cards.NotFound {
			t.Error(err)
		}
		if _, err := s.CardNumber(ctx, "nobody"); cards.CodeOf(err) != cards.NotFound {
			t.Error(err)
		}
	})
}

// Names follow the card: whatever it was called before finds it no more.
func TestNamesFollowTheCard(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		mours := storetest.Library(t, s, "mours")
		storetest.Send(t, s, mours, reader("A1", "Roux", "Ana", "1990-05-06", bornAs("Blanc")), reader("A2", "Noir", "Ana", "1990-05-06"))
		storetest.Send(t, s, mours, reader("A1", "Vert", "Ana", "1991"))
		for query, want := range map[string]string{"roux": "", "blanc": "", "vert ana": "A1", "noir": "A2"} {
			wantFound(t, s, cards.CardQuery{Name: query}, want)
		}
		wantFound(t, s, cards.CardQuery{BirthDate: "1991"}, "A1")
		if _, err := s.Erase(ctx, "A2", "Claire"); err != nil {
			t.Fatal(err)
		}
		wantFound(t, s, cards.CardQuery{Name: "noir"}, "")
		wantNamesTrue(t, s)
	})
}

// One card of two: by its new number, and by a person's word.
func TestACardThatWentIsNotFound(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		mours := storetest.Library(t, s, "mours")
		person := func(c *cards.Card) { c.LastName, c.FirstName = "Dupré", "Hélène" }
		storetest.Send(t, s, mours, storetest.Card("K1", person), storetest.Card("G1", person, bornAs("Roux")), storetest.Card("G2", person))
		lookForLikenesses(t, s)
		if err := s.SamePerson(ctx, "K1", "G1", "Claire"); err != nil {
			t.Fatal(err)
		}
		next := reader("K2", "Dupré", "Hélène", "1980-02-29", func(c *cards.Card) { c.Former = []string{"G2"} })
		next.Given = next.Given.With(cards.FormerNumbers)
		storetest.Send(t, s, mours, storetest.Card("K2"), next)
		found := search(t, s, cards.CardQuery{Name: "dupre"})
		slices.Sort(found)
		if got := fmt.Sprint(found); got != "[K1 K2]" {
			t.Errorf("found %s", got)
		}
		wantNamesTrue(t, s)
	})
}

// wantNamesTrue compares the names with the cards.
func wantNamesTrue(t *testing.T, s *store.Store) {
	t.Helper()
	var wrong []string
	err := s.Read(ctx, &wrong, `SELECT number_key FROM cards c WHERE NOT EXISTS (SELECT 1 FROM card_names n WHERE n.card_id = c.id AND NOT n.at_birth)
		UNION ALL SELECT n.last_key FROM card_names n WHERE NOT EXISTS (SELECT 1 FROM cards c WHERE c.id = n.card_id)`)
	if err != nil || len(wrong) != 0 {
		t.Errorf("%v, %v", wrong, err)
	}
	for _, err := range s.Cards(ctx, "2026-01-01") {
		if err != nil {
			t.Fatal(err)
		}
	}
}

// The cards of a hub that was there before the search are entered by the job
// that takes work up; until then staff are told.
func TestCardsFromBeforeTheSearchAreEntered(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		mours := storetest.Library(t, s, "mours")
		var incoming []cards.Incoming
		for i := range 1200 {
			incoming = append(incoming, reader(fmt.Sprintf("N%04d", i), fmt.Sprintf("Nom%c", 'a'+i%2), "Ana", "1990", bornAs("Roux")))
		}
		storetest.Send(t, s, mours, incoming...)
		for _, statement := range []string{
			"DELETE FROM card_names", "INSERT INTO card_names_missing (last_card, upto) SELECT 0, max(id) FROM cards HAVING max(id) IS NOT NULL",
		} {
			if err := s.Exec(ctx, statement); err != nil {
				t.Fatal(err)
			}
		}
		storetest.Send(t, s, mours, reader("N0003", "Vert", "Ana", "1990")) // meanwhile
		if page, err := s.SearchCards(ctx, cards.CardQuery{Name: "roux"}); err != nil || !page.Filling || len(page.Cards) != 0 {
			t.Errorf("%+v, %v", page, err)
		}
		if err := s.TakeUp(ctx); err != nil {
			t.Fatal(err)
		}
		if found := search(t, s, cards.CardQuery{Name: "roux"}); len(found) != 1199 {
			t.Errorf("%d cards found", len(found))
		}
		wantFound(t, s, cards.CardQuery{Name: "vert"}, "N0003")
	})
}

// A cursor goes through other hands: it tells nothing, and leads nowhere but
// on with the search it is of.
func TestACursorBetraysNothing(t *testing.T) {
	s := storetest.SQLite(t)
	mours := storetest.Library(t, s, "mours")
	storetest.Send(t, s, mours, reader("A1", "Roux", "Ana", "1990"), reader("A2", "Roux", "Eva", "1990"), reader("A3", "Roux", "Ida", "1990"))
	page, err := s.SearchCards(ctx, cards.CardQuery{Name: "roux", Limit: 1})
	if err != nil || page.Next == "" {
		t.Fatalf("%+v, %v", page, err)
	}
	raw, err := base64.RawURLEncoding.DecodeString(page.Next)
	if err != nil || strings.Contains(string(raw), "ROUX") || strings.Contains(string(raw), "ANA") {
		t.Errorf("%q, %v", raw, err)
	}
	for _, q := range []cards.CardQuery{
		{Name: "rou", Cursor: page.Next}, {Name: "roux", Cursor: page.Next[1:]}, {Name: "roux", Cursor: "é"}, {Name: "roux", Cursor: "AAAA"},
	} {
		if _, err := s.SearchCards(ctx, q); cards.CodeOf(err) != cards.Invalid {
			t.Errorf("%+v: %v", q, err)
		}
	}
	storetest.Send(t, s, mours, reader("A1", "Vert", "Ana", "1990")) // the card it stands on
	wantFound(t, s, cards.CardQuery{Name: "roux", Cursor: page.Next}, "A2 A3")
}
