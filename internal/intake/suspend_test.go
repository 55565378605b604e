package intake_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/carte-reseau/hub/internal/cards"
	"github.com/carte-reseau/hub/internal/exchange"
	"github.com/carte-reseau/hub/internal/intake"
	"github.com/carte-reseau/hub/internal/store"

	"github.com/carte-reseau/hub/internal/store/storetest"
)

// phoneXML is a card whose telephone tells its edition.
func phoneXML(number string, edition int) string {
	return strings.Replace(cardXML(number), "<inscription>", fmt.Sprintf("<telephone>04 75 00 00 %02d</telephone><inscription>", edition), 1)
}

// edition is a document of the cards S000000 and on, from first to before end.
func edition(first, end, n int) string {
	list := make([]string, 0, end-first)
	for i := first; i < end; i++ {
		list = append(list, phoneXML(fmt.Sprintf("S%06d", i), n))
	}
	return documentOf("mours", list...)
}

// give takes a document in and wants a status.
func give(t *testing.T, in *intake.Inbox, lib *cards.Library, document string, want cards.DepositStatus) *cards.Deposit {
	t.Helper()
	d, err := in.Integrate(t.Context(), receive(t, in, lib, document), lib)
	if err != nil {
		t.Fatal(err)
	}
	if d.Status != want {
		t.Fatalf("deposit %+v, want %s", d, want)
	}
	return d
}

// phones counts, in another library's set, the cards of each edition.
func phones(t *testing.T, db *store.Store, lib *cards.Library) map[string]int {
	t.Helper()
	feed, err := storetest.Feed(t.Context(), db, cards.FeedRange{LibraryID: lib.ID, Day: time.Now().Format(time.DateOnly), Limit: 10_000})
	if err != nil {
		t.Fatal(err)
	}
	count := map[string]int{}
	for _, item := range feed {
		_, behind, _ := strings.Cut(string(item.XML), "<telephone>")
		phone, _, _ := strings.Cut(behind, "</telephone>")
		count[phone[max(0, len(phone)-2):]]++
	}
	return count
}

func wantPhones(t *testing.T, db *store.Store, lib *cards.Library, want map[string]int) {
	t.Helper()
	if got := phones(t, db, lib); fmt.Sprint(got) != fmt.Sprint(want) {
		t.Errorf("cards by edition %v, want %v", got, want)
	}
}

// Creating does not count, 500 modified cards pass, one more does not.
func TestADocumentThatModifiesTooManyCardsWaits(t *testing.T) {
	eachDatabase(t, func(t *testing.T, db *store.Store) {
		mours, peyrins := addLibrary(t, db, "mours"), addLibrary(t, db, "peyrins")
		var letters []string
		in := intake.New(db, intake.Options{MaxDocument: 64 << 20, Owner: "test", Letters: func(d *cards.Deposit) []cards.Message {
			letters = append(letters, fmt.Sprintf("%s %d", d.Library, d.Counts.Modified))
			return []cards.Message{{To: "admin@example.org", Subject: "Dépôt suspendu", Key: fmt.Sprintf("suspendu-%d", d.ID)}}
		}})
		give(t, in, mours, edition(0, 1400, 1), cards.Integrated)
		give(t, in, mours, edition(0, 500, 2), cards.Integrated)
		give(t, in, mours, strings.Replace(edition(0, 500, 2), "</cartes>", strings.Join(manyCards("N", 100), "")+"</cartes>", 1), cards.Integrated)
		wantPhones(t, db, peyrins, map[string]int{"01": 900, "02": 500, "": 100})
		if len(letters) != 0 {
			t.Fatalf("letters %v", letters)
		}

		d := give(t, in, mours, strings.Replace(edition(0, 501, 3), "</cartes>", cardXML("NEW")+"</cartes>", 1), cards.Suspended)
		if want := (cards.Counts{Received: 502, Created: 1, Modified: 501}); d.Counts != want || !d.Finished.IsZero() || d.Suspended.IsZero() {
			t.Errorf("deposit %+v", d)
		}
		wantPhones(t, db, peyrins, map[string]int{"01": 900, "02": 500, "": 100})
		if len(letters) != 1 || letters[0] != "mours 501" {
			t.Errorf("letters %v", letters)
		}
		if mail, err := db.DueMail(t.Context(), 10); err != nil || len(mail) != 1 || mail[0].To != "admin@example.org" {
			t.Errorf("outbox %+v, %v", mail, err)
		}
		dry := report(t, db, in, d.ID, false)
		for _, want := range []string{`statut="suspendu"`, `modifiees="501"`, `numero="S000500" ligne-source=`, `numero="NEW"`} {
			if !strings.Contains(dry, want) {
				t.Errorf("the dry run lacks %s:\n%.600s", want, dry)
			}
		}
		if strings.Contains(dry, `date="0001`) {
			t.Error("the report bears no date")
		}
		if err := in.Resume(t.Context()); err != nil {
			t.Fatal(err)
		}
		if d := deposit(t, db, d.ID); d.Status != cards.Suspended {
			t.Errorf("nobody decided, and yet: %+v", d)
		}
	})
}

// A fifth of what the library sent is let through, however many cards it is.
func TestAFifthOfWhatTheLibrarySentPasses(t *testing.T) {
	db := openSQLite(t)
	mours := addLibrary(t, db, "mours")
	in := newInbox(db)
	give(t, in, mours, edition(0, 3000, 1), cards.Integrated)
	if d := give(t, in, mours, edition(0, 600, 2), cards.Integrated); d.Counts.Modified != 600 {
		t.Errorf("deposit %+v", d)
	}
	give(t, in, mours, edition(0, 601, 3), cards.Suspended)
	// All it sent again, but little of it changed: the rehearsal tells.
	all := documentOf("mours", strings.TrimSuffix(strings.SplitN(edition(0, 600, 4), "\n", 3)[2], "</cartes>\n"), strings.TrimSuffix(strings.SplitN(edition(600, 3000, 1), "\n", 3)[2], "</cartes>\n"))
	if d := give(t, in, mours, all, cards.Integrated); d.Counts.Modified != 600 || d.Counts.Unchanged != 2400 {
		t.Errorf("deposit %+v", d)
	}
}

func TestASimulationIsNeverSuspended(t *testing.T) {
	db := openSQLite(t)
	mours := addLibrary(t, db, "mours")
	in := newInbox(db)
	give(t, in, mours, edition(0, 700, 1), cards.Integrated)
	id, err := in.Receive(t.Context(), cards.Deposit{LibraryID: mours.ID, Door: cards.DoorPost, Simulate: true}, strings.NewReader(edition(0, 700, 2)))
	if err != nil {
		t.Fatal(err)
	}
	if d, err := in.Integrate(t.Context(), id, mours); err != nil || d.Status != cards.Simulated || d.Counts.Modified != 700 {
		t.Errorf("deposit %+v, %v", d, err)
	}
}

// A newer document went by while the suspended one lay: its cards stand.
func TestAnAcceptedDocumentIsIntegratedWithItsOwnMoment(t *testing.T) {
	eachDatabase(t, func(t *testing.T, db *store.Store) {
		mours, peyrins := addLibrary(t, db, "mours"), addLibrary(t, db, "peyrins")
		in := newInbox(db)
		give(t, in, mours, edition(0, 700, 1), cards.Integrated)
		waiting := give(t, in, mours, edition(0, 700, 2), cards.Suspended)
		give(t, in, mours, edition(0, 30, 3), cards.Integrated)
		third := addLibrary(t, db, "third")
		wantPhones(t, db, third, map[string]int{"01": 670, "03": 30})
		// Another library changes cards the document changes too: one of both values goes, and staff hear of it.
		give(t, in, peyrins, strings.Replace(edition(100, 105, 1), `"mours"`, `"peyrins"`, 1), cards.Integrated)
		give(t, in, peyrins, strings.Replace(edition(100, 105, 4), `"mours"`, `"peyrins"`, 1), cards.Integrated)

		if err := db.AcceptDeposit(t.Context(), waiting.ID, "cli:anne"); err != nil {
			t.Fatal(err)
		}
		if d := deposit(t, db, waiting.ID); d.Status != cards.Received || d.Counts != (cards.Counts{}) || d.JudgedBy != "cli:anne" || !d.Accepted {
			t.Errorf("accepted: %+v", d)
		}
		if err := in.Resume(t.Context()); err != nil {
			t.Fatal(err)
		}
		d := deposit(t, db, waiting.ID)
		if want := (cards.Counts{Received: 700, Modified: 670, Unchanged: 30}); d.Status != cards.Integrated || d.Counts != want {
			t.Errorf("integrated: %+v", d)
		}
		wantPhones(t, db, third, map[string]int{"02": 670, "03": 30})
		if asked, err := db.Waiting(t.Context()); err != nil || asked.Disputes != 5 {
			t.Errorf("%+v, want the five conflicts: %v", asked, err)
		}
		if lines := report(t, db, in, d.ID, false); strings.Count(lines, `resultat="perimee"`) != 30 || strings.Count(lines, "<carte ") != 700 {
			t.Errorf("report: %.300s", lines)
		}
		if err := db.AcceptDeposit(t.Context(), waiting.ID, "cli:anne"); cards.CodeOf(err) != cards.Conflict {
			t.Errorf("accepted twice: %v", err)
		}
	})
}

// No door waits for a document that a person lets through: its library is told
// however often the hub dies before it could.
func TestAnAcceptedDocumentIsToldOfAfterACrash(t *testing.T) {
	eachDatabase(t, func(t *testing.T, db *store.Store) {
		mours, peyrins := addLibrary(t, db, "mours"), addLibrary(t, db, "peyrins")
		var told []cards.DepositStatus
		fails := true
		in := intake.New(db, intake.Options{MaxDocument: 64 << 20, Resumed: func(_ context.Context, d *cards.Deposit) error {
			if fails {
				return errCrash
			}
			told = append(told, d.Status)
			return nil
		}})
		give(t, in, mours, edition(0, 700, 1), cards.Integrated)
		waiting := give(t, in, mours, edition(0, 700, 2), cards.Suspended)
		if err := db.AcceptDeposit(t.Context(), waiting.ID, "anne"); err != nil {
			t.Fatal(err)
		}
		if err := in.Resume(t.Context()); !errors.Is(err, errCrash) {
			t.Fatalf("error %v", err)
		}
		wantPhones(t, db, peyrins, map[string]int{"02": 700})
		if d := deposit(t, db, waiting.ID); !d.Finished.IsZero() || d.Status != cards.Integrated {
			t.Errorf("not told of, and %+v", d)
		}
		if lines := report(t, db, in, waiting.ID, false); !strings.Contains(lines, `statut="integre"`) {
			t.Errorf("the report: %.300s", lines)
		}
		fails = false
		for range 2 {
			if err := in.Resume(t.Context()); err != nil {
				t.Fatal(err)
			}
		}
		if len(told) != 1 || told[0] != cards.Integrated {
			t.Errorf("told %v", told)
		}
		if d := deposit(t, db, waiting.ID); d.Finished.IsZero() || d.Counts.Modified != 700 {
			t.Errorf("deposit %+v", d)
		}
	})
}

func TestARefusedDocumentIsToldOfAndNeverIntegrated(t *testing.T) {
	eachDatabase(t, func(t *testing.T, db *store.Store) {
		mours, peyrins := addLibrary(t, db, "mours"), addLibrary(t, db, "peyrins")
		var told []cards.Deposit
		fails := true
		in := intake.New(db, intake.Options{MaxDocument: 64 << 20, Resumed: func(_ context.Context, d *cards.Deposit) error {
			if fails {
				return errCrash
			}
			told = append(told, *d)
			return nil
		}})
		give(t, in, mours, edition(0, 700, 1), cards.Integrated)
		waiting := give(t, in, mours, edition(0, 700, 2), cards.Suspended)
		if err := db.RefuseDeposit(t.Context(), waiting.ID, "anne", "  "); cards.CodeOf(err) != cards.Invalid {
			t.Errorf("refused for no reason: %v", err)
		}
		if err := db.RefuseDeposit(t.Context(), waiting.ID, "anne", "Les téléphones ont glissé d’une ligne."); err != nil {
			t.Fatal(err)
		}
		lines := report(t, db, in, waiting.ID, false)
		for _, want := range []string{`statut="refuse"`, `code="` + exchange.CodeDeclined + `"`, "aurait modifié 700 cartes", "Les téléphones ont glissé", `modifiees="0"`} {
			if !strings.Contains(lines, want) {
				t.Errorf("the report lacks %s: %.600s", want, lines)
			}
		}
		if strings.Contains(lines, "anne") || strings.Contains(lines, "<carte ") {
			t.Errorf("the report says too much: %.600s", lines)
		}
		if err := in.Resume(t.Context()); !errors.Is(err, errCrash) {
			t.Fatalf("error %v", err)
		}
		fails = false
		for range 2 {
			if err := in.Resume(t.Context()); err != nil {
				t.Fatal(err)
			}
		}
		if len(told) != 1 || told[0].Status != cards.Refused || told[0].Fault == nil {
			t.Errorf("told %+v", told)
		}
		if d := deposit(t, db, waiting.ID); d.Finished.IsZero() || d.Status != cards.Refused || d.JudgedBy != "anne" {
			t.Errorf("deposit %+v", d)
		}
		wantPhones(t, db, peyrins, map[string]int{"01": 700})
		if err := db.AcceptDeposit(t.Context(), waiting.ID, "anne"); cards.CodeOf(err) != cards.Conflict {
			t.Errorf("accepted after all: %v", err)
		}
	})
}

// An operator who lets a file through at once is not asked again.
func TestADocumentAcceptedBeforehandDoesNotWait(t *testing.T) {
	db := openSQLite(t)
	mours := addLibrary(t, db, "mours")
	in := newInbox(db)
	give(t, in, mours, edition(0, 700, 1), cards.Integrated)
	id, err := in.Receive(t.Context(), cards.Deposit{
		LibraryID: mours.ID, Door: cards.DoorImport, Accepted: true, JudgedBy: "cli:anne", Judged: time.Now(),
	}, strings.NewReader(edition(0, 700, 2)))
	if err != nil {
		t.Fatal(err)
	}
	if d, err := in.Integrate(t.Context(), id, mours); err != nil || d.Status != cards.Integrated || d.Counts.Modified != 700 || d.JudgedBy != "cli:anne" {
		t.Errorf("deposit %+v, %v", d, err)
	}
}

// mortal is a store that dies at one of its calls that write, before or after it took effect.
type mortal struct {
	*store.Store
	calls, at int
	after     bool
}

func (m *mortal) write(do func() error) error {
	m.calls++
	if m.calls > m.at || m.calls == m.at && !m.after {
		return errCrash
	}
	err := do()
	if m.calls == m.at {
		return errCrash
	}
	return err
}

func (m *mortal) Apply(ctx context.Context, b cards.Batch) (out []cards.Outcome, err error) {
	err = m.write(func() error { out, err = m.Store.Apply(ctx, b); return err })
	return out, err
}

func (m *mortal) BeginDeposit(ctx context.Context, id int64, made time.Time) error {
	return m.write(func() error { return m.Store.BeginDeposit(ctx, id, made) })
}

func (m *mortal) HoldDeposit(ctx context.Context, id int64) error {
	return m.write(func() error { return m.Store.HoldDeposit(ctx, id) })
}

func (m *mortal) SuspendDeposit(ctx context.Context, id int64, letters ...cards.Message) error {
	return m.write(func() error { return m.Store.SuspendDeposit(ctx, id, letters...) })
}

// Wherever the hub dies on the way, the document ends suspended, its dry run whole, nothing changed, one letter queued.
func TestACrashAnywhereEndsInTheSameSuspension(t *testing.T) {
	storetest.WithoutRace(t)
	for at := 1; ; at++ {
		crashed := 0
		for _, after := range []bool{false, true} {
			db := openSQLite(t)
			mours, peyrins := addLibrary(t, db, "mours"), addLibrary(t, db, "peyrins")
			give(t, newInbox(db), mours, edition(0, 600, 1), cards.Integrated)
			options := intake.Options{MaxDocument: 64 << 20, Letters: func(d *cards.Deposit) []cards.Message {
				return []cards.Message{{To: "admin@example.org", Subject: "Dépôt suspendu", Key: fmt.Sprintf("suspendu-%d", d.ID)}}
			}}
			dying := intake.New(&mortal{Store: db, at: at, after: after}, options)
			id := receive(t, dying, mours, edition(0, 600, 2))
			_, err := dying.Integrate(t.Context(), id, mours)
			if err != nil {
				crashed++
			}
			if err != nil && !errors.Is(err, errCrash) {
				t.Fatal(err)
			}
			if err := intake.New(db, options).Resume(t.Context()); err != nil {
				t.Fatal(err)
			}
			d := deposit(t, db, id)
			if want := (cards.Counts{Received: 600, Modified: 600}); d.Status != cards.Suspended || d.Counts != want {
				t.Fatalf("crash at %d (after: %v): %+v", at, after, d)
			}
			wantPhones(t, db, peyrins, map[string]int{"01": 600})
			if n := strings.Count(report(t, db, newInbox(db), id, false), `resultat="modifiee"`); n != 600 {
				t.Errorf("crash at %d (after: %v): %d lines", at, after, n)
			}
			if mail, err := db.DueMail(t.Context(), 10); err != nil || len(mail) != 1 {
				t.Errorf("crash at %d (after: %v): %d letters, %v", at, after, len(mail), err)
			}
		}
		if crashed == 0 {
			if at < 7 {
				t.Fatalf("only %d writes were seen", at)
			}
			return
		}
	}
}
