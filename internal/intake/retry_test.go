package intake_test

import (
	"io"
	"strings"
	"testing"
	"time"

	"github.com/carte-reseau/hub/internal/cards"
	"github.com/carte-reseau/hub/internal/store"
	"github.com/carte-reseau/hub/internal/store/storetest"
)

const badCard = "<carte><numero>B1</numero><nom>Roux</nom><inscription><premiere>2024-09-03</premiere><fin>2020-01-01</fin></inscription></carte>\n"

func phoneCard(number, phone string) string {
	return strings.Replace(cardXML(number), "<inscription>", "<telephone>"+phone+"</telephone><inscription>", 1)
}

func phoneOf(t *testing.T, db *store.Store, number string) string {
	t.Helper()
	file, err := db.CardFile(t.Context(), number)
	if err != nil {
		t.Fatal(err)
	}
	return file.Card.Phone
}

// A document that is tried again brings what was refused, and outdates nothing: neither what its library sent since, nor
// what the others did.
func TestADocumentTriedAgainOutdatesNothing(t *testing.T) {
	eachDatabase(t, func(t *testing.T, db *store.Store) {
		mours, peyrins := addLibrary(t, db, "mours"), addLibrary(t, db, "peyrins")
		in := newInbox(db)
		send := func(lib *cards.Library, body ...string) *cards.Deposit {
			d, err := in.Integrate(t.Context(), receive(t, in, lib, documentOf(lib.Code, body...)), lib)
			if err != nil {
				t.Fatal(err)
			}
			return d
		}
		first := send(mours, phoneCard("A1", "04 75 11 11 11"), phoneCard("A2", "04 75 11 11 11"), badCard)
		if first.Status != cards.Partial || !first.Kept {
			t.Fatalf("%+v", first)
		}
		send(mours, phoneCard("A1", "04 75 22 22 22"))
		send(peyrins, phoneCard("A2", "04 75 11 11 11"))
		send(peyrins, phoneCard("A2", "04 75 33 33 33"))
		before, err := db.Seq(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		again, err := db.RetryDeposit(t.Context(), first.ID)
		if err != nil {
			t.Fatal(err)
		}
		if again.RetryOf != first.ID || !again.Arrived.Equal(first.Arrived) || again.Status != cards.Received {
			t.Errorf("%+v", again)
		}
		if _, err := db.RetryDeposit(t.Context(), first.ID); cards.CodeOf(err) != cards.Conflict {
			t.Errorf("two tries at once: %v", err)
		}
		if err := in.Resume(t.Context()); err != nil {
			t.Fatal(err)
		}
		done := deposit(t, db, again.ID)
		if done.Status != cards.Partial || done.Counts.Unchanged != 2 || done.Counts.Rejected != 1 {
			t.Errorf("%+v", done)
		}
		if after, err := db.Seq(t.Context()); err != nil || after != before {
			t.Errorf("seq went from %d to %d, %v", before, after, err)
		}
		for number, want := range map[string]string{"A1": "04 75 22 22 22", "A2": "04 75 33 33 33"} {
			if got := phoneOf(t, db, number); got != want {
				t.Errorf("%s: %s", number, got)
			}
		}
	})
}

// What its library was refused for as a whole comes in once the cause is gone.
func TestARefusedDocumentComesInOnceTheCauseIsGone(t *testing.T) {
	db := openSQLite(t)
	mours := addLibrary(t, db, "mours")
	in := newInbox(db)
	d, err := in.Integrate(t.Context(), receive(t, in, mours, documentOf("mours-annexe", cardXML("A1"))), mours)
	if cards.CodeOf(err) != cards.Forbidden {
		t.Fatalf("%+v, %v", d, err)
	}
	changed := *mours
	changed.Serves = []string{"mours-annexe"}
	storetest.Change(t, db, changed)
	again, err := db.RetryDeposit(t.Context(), d.ID)
	if err != nil {
		t.Fatal(err)
	}
	if err := in.Resume(t.Context()); err != nil {
		t.Fatal(err)
	}
	if got := deposit(t, db, again.ID); got.Status != cards.Integrated || got.Counts.Created != 1 {
		t.Errorf("%+v", got)
	}
}

func TestWhatIsNotTriedAgain(t *testing.T) {
	db := openSQLite(t)
	mours, gone := addLibrary(t, db, "mours"), addLibrary(t, db, "parti")
	in := newInbox(db)
	sent := func(lib *cards.Library, body string) int64 {
		id := receive(t, in, lib, body)
		if _, err := in.Integrate(t.Context(), id, lib); err != nil && cards.CodeOf(err) != cards.Invalid {
			t.Fatal(err)
		}
		return id
	}
	whole, waiting := sent(mours, documentOf("mours", cardXML("A1"))), receive(t, in, mours, documentOf("mours", cardXML("A1")))
	left, purged := sent(gone, "<cartes"), sent(mours, "<cartes")
	if err := db.RemoveLibrary(t.Context(), gone.ID); err != nil {
		t.Fatal(err)
	}
	for _, id := range []int64{whole, waiting, left} {
		if _, err := db.RetryDeposit(t.Context(), id); cards.CodeOf(err) != cards.Conflict {
			t.Errorf("deposit %d: %v", id, err)
		}
	}
	if err := db.Purge(t.Context(), -time.Hour); err != nil {
		t.Fatal(err)
	}
	if _, err := db.RetryDeposit(t.Context(), purged); cards.CodeOf(err) != cards.Conflict || !strings.Contains(err.Error(), "conservés") {
		t.Errorf("without bytes: %v", err)
	}
	if _, err := db.RetryDeposit(t.Context(), 999); cards.CodeOf(err) != cards.NotFound {
		t.Error(err)
	}
	if _, err := db.DocumentOf(t.Context(), purged); cards.CodeOf(err) != cards.NotFound {
		t.Error(err)
	}
}

func TestRefusedCardsAreReadPageByPage(t *testing.T) {
	eachDatabase(t, func(t *testing.T, db *store.Store) {
		mours := addLibrary(t, db, "mours")
		in := newInbox(db)
		var body []string
		for _, number := range manyCards("A", 7) {
			body = append(body, number, strings.Replace(badCard, "B1", "B"+string(rune('a'+len(body)/2)), 1))
		}
		document := documentOf("mours", body...)
		id := receive(t, in, mours, document)
		if _, err := in.Integrate(t.Context(), id, mours); err != nil {
			t.Fatal(err)
		}
		var numbers []string
		for after, pages := "", 0; ; pages++ {
			list, next, err := db.RefusedCards(t.Context(), id, after, 2)
			if err != nil || len(list) > 2 || pages > 4 {
				t.Fatalf("%+v, %v", list, err)
			}
			for _, o := range list {
				numbers = append(numbers, o.Number)
				if len(o.Faults) != 1 || o.Faults[0].Code != "dates" || o.Faults[0].Field != "inscription/fin" || o.Faults[0].Message == "" || o.Line == 0 {
					t.Errorf("%+v", o)
				}
			}
			if after = next; next == "" {
				break
			}
		}
		if got := strings.Join(numbers, " "); got != "Ba Bb Bc Bd Be Bf Bg" {
			t.Errorf("%s", got)
		}
		for _, after := range []string{"x", "1", "-1-0", "1-2-3", "0x1-1"} {
			if _, _, err := db.RefusedCards(t.Context(), id, after, 2); cards.CodeOf(err) != cards.Invalid {
				t.Errorf("%q: %v", after, err)
			}
		}
		bytes, err := db.DocumentOf(t.Context(), id)
		if err != nil {
			t.Fatal(err)
		}
		if whole, err := io.ReadAll(bytes); err != nil || string(whole) != document {
			t.Errorf("%q, %v", whole, err)
		}
	})
}

// What was taken at once is as old when it is tried again as it was the first time: the field that was not read of it comes
// in once the library's settings are put right.
func TestWhatWasTakenAtOnceIsNoOlderWhenItIsTriedAgain(t *testing.T) {
	eachDatabase(t, func(t *testing.T, db *store.Store) {
		mours, in := *addLibrary(t, db, "mours"), newInbox(db)
		mours.NotHeld = cards.FieldsOf(cards.Phone)
		storetest.Change(t, db, mours)
		arrived := time.Now().Truncate(time.Second).Add(-time.Minute + 123_456_789)
		_, first, err := in.Take(t.Context(), cards.Deposit{LibraryID: mours.ID, Library: mours.Code, Door: cards.DoorPost, Arrived: arrived},
			strings.NewReader(documentOf("mours", phoneCard("A1", "04 75 11 11 11"), badCard)), &mours)
		if err != nil || first.Status != cards.Partial {
			t.Fatalf("%+v, %v", first, err)
		}
		mours.NotHeld = 0
		storetest.Change(t, db, mours)
		if _, err := db.RetryDeposit(t.Context(), first.ID); err != nil {
			t.Fatal(err)
		}
		if err := in.Resume(t.Context()); err != nil {
			t.Fatal(err)
		}
		if got := phoneOf(t, db, "A1"); got != "04 75 11 11 11" {
			t.Errorf("telephone %q", got)
		}
	})
}
