package intake_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/carte-reseau/hub/internal/cards"
	"github.com/carte-reseau/hub/internal/intake"
	"github.com/carte-reseau/hub/internal/store"
	"github.com/carte-reseau/hub/internal/store/storetest"
)

func named(name string) string {
	return strings.NewReplacer("Dupré", name, "Hélène", name).Replace(cardXML("A1"))
}

// A name is one value however a library's system encodes it and whatever it strews in: sent so by the library it came
// from, and by one it did not come from, it changes nothing and goes to nobody; and the hub hands it over composed.
func TestOneNameHoweverItIsEncodedChangesNothing(t *testing.T) {
	eachDatabase(t, func(t *testing.T, db *store.Store) {
		mours, peyrins := addLibrary(t, db, "mours"), addLibrary(t, db, "peyrins")
		in := newInbox(db)
		send := func(lib *cards.Library, name string) cards.Counts {
			d, err := in.Integrate(t.Context(), receive(t, in, lib, documentOf(lib.Code, named(name))), lib)
			if err != nil {
				t.Fatal(err)
			}
			return d.Counts
		}
		if got := send(mours, "He\u0301le\u0300ne D’Ange\u0301ly"); got.Created != 1 {
			t.Fatalf("%+v", got)
		}
		seq, err := db.Seq(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		for _, name := range []string{
			"H\u00e9l\u00e8ne D’Ang\u00e9ly", "He\u0301l\u00e8ne D'Angély", "Hélène DʼAngély", "Hélène D`Ang\u00e9ly", "H\u200bélène\u00a0D’Angély", "\ufeff Hélène\u202fD’Angély ",
		} {
			for _, lib := range []*cards.Library{peyrins, mours} {
				if got := send(lib, name); got.Unchanged != 1 || got.Received != 1 {
					t.Errorf("%+q of %s: %+v", name, lib.Code, got)
				}
			}
		}
		poor := addLibrary(t, db, "capitales") // never had it in full: what is poorer is not meant
		for _, name := range []string{"HÉLÈNE D’ANGÉLY", "HELENE D'ANGELY", "HéLèNE D'ANGéLY"} {
			if got := send(poor, name); got.Unchanged != 1 {
				t.Errorf("%+q: %+v", name, got)
			}
		}
		if after, err := db.Seq(t.Context()); err != nil || after != seq {
			t.Errorf("%d versions were made, %v", after-seq, err)
		}
		montrigaud := addLibrary(t, db, "montrigaud")
		feed, err := storetest.Feed(t.Context(), db, cards.FeedRange{LibraryID: montrigaud.ID, Day: time.Now().Format(time.DateOnly), Limit: 10})
		if err != nil || len(feed) != 1 || !strings.Contains(string(feed[0].XML), "<nom>H\u00e9l\u00e8ne D’Ang\u00e9ly</nom>") {
			t.Errorf("handed over: %+v, %v", feed, err)
		}
		if got := inSetOf(t, db, mours); got != 0 {
			t.Errorf("%d cards go back to where they came from", got)
		}
	})
}

// When clocks go back, what a library without zones makes at 02:10 for the second time comes after what it made at 02:50.
func TestAnEditOfTheHourThatExistsTwiceIsTaken(t *testing.T) {
	paris, err := time.LoadLocation("Europe/Paris")
	if err != nil {
		t.Fatal(err)
	}
	var ahead time.Duration
	db, err := store.Open(t.Context(), store.Options{
		Database: storetest.SQLiteDatabase(t), Secret: make([]byte, 32), Location: paris, Ahead: func() time.Duration { return ahead },
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = db.Close() })
	mours := addLibrary(t, db, "mours")
	in := intake.New(db, intake.Options{MaxDocument: 1 << 20, Owner: "test", Location: paris})
	for i, c := range []struct{ utc, wall string }{
		{"10-31T00:50:00Z", "2027-10-31T02:50:00"}, {"10-31T01:10:00Z", "2027-10-31T02:10:00"}, {"10-31T01:55:00Z", "2027-10-31T02:55:00"}, {"10-31T02:05:00Z", "2027-10-31T03:05:00"},
	} {
		arrives, err := time.Parse(time.RFC3339, "2027-"+c.utc)
		if err != nil {
			t.Fatal(err)
		}
		ahead = time.Until(arrives)
		document := strings.Replace(documentOf("mours", named(fmt.Sprint("Dupré ", i))), `"mours"`, `"mours" genere-le="`+c.wall+`"`, 1)
		d, err := in.Integrate(t.Context(), receive(t, in, mours, document), mours)
		if err != nil {
			t.Fatal(err)
		}
		if d.Counts.Created+d.Counts.Modified != 1 {
			t.Errorf("made at %s, arrived at %s: %+v", c.wall, c.utc, d.Counts)
		}
	}
}

// arrive takes in the i-th edition of a card, in a file that says when it was made.
func arrive(t *testing.T, in *intake.Inbox, lib *cards.Library, i int, made string, at time.Time) cards.Counts {
	t.Helper()
	document := strings.Replace(documentOf(lib.Code, named(fmt.Sprint("Dupré ", i))), `<cartes `, `<cartes genere-le="`+made+`" `, 1)
	id, err := in.Receive(t.Context(), cards.Deposit{LibraryID: lib.ID, Door: cards.DoorFTP, Arrived: at}, strings.NewReader(document))
	if err != nil {
		t.Fatal(err)
	}
	d, err := in.Integrate(t.Context(), id, lib)
	if err != nil {
		t.Fatal(err)
	}
	return d.Counts
}

// A library's clock was half a day ahead and is set right: what it sends from then on is no older than what it sent
// before. As long as it is ahead, what it says keeps its documents in order.
func TestAClockThatIsSetRight(t *testing.T) {
	noon := time.Date(2026, 11, 21, 12, 0, 0, 0, time.UTC)
	db := openSQLite(t)
	mours := addLibrary(t, db, "mours")
	in := newInbox(db)
	for i, c := range []struct {
		made, arrives time.Duration
		taken         bool
	}{
		{made: 12 * time.Hour, arrives: 1 * time.Minute, taken: true},
		{made: 13 * time.Hour, arrives: 61 * time.Minute, taken: true},
		{made: 12*time.Hour + 30*time.Minute, arrives: 62 * time.Minute}, // out of turn
		{made: 2 * time.Hour, arrives: 2*time.Hour + time.Minute, taken: true},
		{made: 3 * time.Hour, arrives: 3*time.Hour + time.Minute, taken: true},
	} {
		counts := arrive(t, in, mours, i, noon.Add(c.made).Format(time.RFC3339), noon.Add(c.arrives))
		if taken := counts.Created+counts.Modified == 1; taken != c.taken {
			t.Errorf("document %d, made at %v by its clock and arrived at %v: %+v", i, c.made, c.arrives, counts)
		}
	}
}

// Two files of that night come together the next morning, so that nobody can tell which hour they are of: neither is put
// aside as out of date.
func TestFilesOfTheHourThatExistsTwiceThatComeLate(t *testing.T) {
	paris, err := time.LoadLocation("Europe/Paris")
	if err != nil {
		t.Fatal(err)
	}
	db, err := store.Open(t.Context(), store.Options{Database: storetest.SQLiteDatabase(t), Secret: make([]byte, 32), Location: paris})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = db.Close() })
	mours := addLibrary(t, db, "mours")
	in := intake.New(db, intake.Options{MaxDocument: 1 << 20, Owner: "test", Location: paris})
	for i, wall := range []string{"2026-10-25T02:50:00", "2026-10-25T02:10:00"} {
		if counts := arrive(t, in, mours, i, wall, time.Date(2026, 10, 25, 8, i, 0, 0, paris)); counts.Created+counts.Modified != 1 {
			t.Errorf("made at %s: %+v", wall, counts)
		}
	}
	notes, err := db.Disputes(t.Context(), cards.DisputeQuery{Limit: 9})
	if err != nil || len(notes) == 0 {
		t.Errorf("what it replaced is not noted: %+v, %v", notes, err)
	}
}
