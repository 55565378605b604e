package store_test

import (
	"crypto/rand"
	"strings"
	"testing"
	"time"

	"github.com/carte-reseau/hub/internal/cards"
	"github.com/carte-reseau/hub/internal/store"
	"github.com/carte-reseau/hub/internal/store/storetest"
)

func TestStaffSignInWithTheirKeys(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		added, err := s.AddUser(ctx, cards.User{Name: "Ana", Role: cards.RoleOperator}, "une-cle-assez-longue")
		if err != nil || added.ID == 0 || added.Role != cards.RoleOperator {
			t.Fatal(added, err)
		}
		if _, err := s.AddUser(ctx, cards.User{Name: "Ana", Role: cards.RoleReader}, "une-autre-cle-longue"); cards.CodeOf(err) != cards.Conflict {
			t.Errorf("the name twice: %v", err)
		}
		for _, bad := range []cards.User{{Role: cards.RoleReader}, {Name: "Bob"}, {Name: "Bob", Role: "chef"}} {
			if _, err := s.AddUser(ctx, bad, "encore-une-cle-longue"); cards.CodeOf(err) != cards.Invalid {
				t.Errorf("%+v: %v", bad, err)
			}
		}
		if u, err := s.AuthenticateUser(ctx, "une-cle-assez-longue"); err != nil || u.Name != "Ana" || u.Created.IsZero() {
			t.Errorf("%+v, %v", u, err)
		}
		if _, err := s.AuthenticateUser(ctx, "une-cle-assez-longuE"); cards.CodeOf(err) != cards.Unauthorized {
			t.Errorf("%v", err)
		}
		if list, err := s.Users(ctx); err != nil || len(list) != 1 {
			t.Errorf("%+v, %v", list, err)
		}
	})
}

func TestLibraryKeyPauseAndNote(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		l := storetest.Library(t, s, "mours")
		if err := s.SetLibraryKey(ctx, l.ID, "la-nouvelle-cle-du-SIGB"); err != nil {
			t.Fatal(err)
		}
		if _, err := s.Authenticate(ctx, "mours", storetest.Key); cards.CodeOf(err) != cards.Unauthorized {
			t.Errorf("the old key lives: %v", err)
		}
		if _, err := s.Authenticate(ctx, "mours", "la-nouvelle-cle-du-SIGB"); err != nil {
			t.Error(err)
		}
		if err := s.PauseLibrary(ctx, l.ID, cards.Quote("clé refusée")); err != nil {
			t.Fatal(err)
		}
		if got, err := s.LibraryByID(ctx, l.ID); err != nil || !got.Paused || got.PauseReason.String() != "clé refusée" {
			t.Errorf("%+v, %v", got, err)
		}
		if err := s.ResumeLibrary(ctx, l.ID); err != nil {
			t.Fatal(err)
		}
		if err := s.SetAttention(ctx, l.ID, cards.Quote("à voir")); err != nil {
			t.Fatal(err)
		}
		if status, err := s.LibraryStatus(ctx, "mours"); err != nil || status.Library.Paused || status.Attention.String() != "à voir" {
			t.Errorf("%+v, %v", status, err)
		}
		if _, err := s.LibraryStatus(ctx, "peyrins"); cards.CodeOf(err) != cards.NotFound {
			t.Errorf("%v", err)
		}
	})
}

// A password is readable only for the library it was given for.
func TestPasswordOfAnotherLibrary(t *testing.T) {
	databases(t, func(t *testing.T, database string) {
		s := storetest.Open(t, database)
		storetest.Library(t, s, "mours", func(l *cards.Library) { l.ILSPassword = "secret du SIGB" })
		storetest.Library(t, s, "peyrins", func(l *cards.Library) { l.ILSPassword = "un autre secret" })
		var row struct{ Kept []byte }
		if err := s.Read(ctx, &row, "SELECT ils_password AS kept FROM libraries WHERE code = 'mours'"); err != nil || len(row.Kept) == 0 || contains(string(row.Kept), "secret") {
			t.Errorf("kept as %q, %v", row.Kept, err)
		}
		if err := s.Exec(ctx, "UPDATE libraries SET ils_password = ? WHERE code = 'peyrins'", row.Kept); err != nil {
			t.Fatal(err)
		}
		if _, err := s.Library(ctx, "peyrins"); cards.CodeOf(err) != cards.Conflict {
			t.Errorf("another library's password was read: %v", err)
		}
	})
}

func TestFaultsOfAHarvestAreToldOnce(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		l, hash := storetest.Library(t, s, "mours"), [16]byte{1, 2, 3}
		letter := cards.Message{To: l.Email, Subject: "Une carte refusée", Key: "moisson-1"}
		for round, want := range []bool{false, true} {
			if told, err := s.ToldFault(ctx, l.ID, hash); err != nil || told != want {
				t.Errorf("round %d: told %v, %v", round, told, err)
			}
			if err := s.TellFaults(ctx, l.ID, letter, [][16]byte{hash, {byte(round)}}); err != nil {
				t.Errorf("round %d: %v", round, err)
			}
		}
		if mails, err := s.DueMail(ctx, 9); err != nil || len(mails) != 1 || mails[0].Subject != letter.Subject {
			t.Errorf("mails %+v, %v", mails, err)
		}
		if told, err := s.ToldFault(ctx, l.ID+1, hash); err != nil || told {
			t.Errorf("another library's: %v, %v", told, err)
		}
		var long strings.Builder // nothing bounds an identifier, and this one does not compress
		for long.Len() < 16<<10 {
			long.WriteString(rand.Text())
		}
		for _, identifier := range []string{"oai:a:1", "oai:a:1", long.String(), long.String(), long.String() + "é"} {
			if err := s.RecordDeleted(ctx, l.ID, identifier, "2026-11-21", 3); err != nil {
				t.Fatal(err)
			}
		}
		kept := 0
		if err := s.Read(ctx, &kept, "SELECT count(*) FROM deleted_headers"); err != nil || kept != 3 {
			t.Errorf("%d kept, %v", kept, err)
		}
	})
}

// A card tells where it came from, and a change is told to this process.
func TestProvenanceExportAndSignal(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		closed, err := s.CloseSecond(ctx)
		if err != nil {
			t.Fatal(err)
		}
		if earliest, err := s.EarliestStamp(ctx); err != nil || earliest < closed {
			t.Errorf("of nothing: %d, %v", earliest, err)
		}
		mours, peyrins := storetest.Library(t, s, "mours"), storetest.Library(t, s, "peyrins")
		from := cards.Provenance{BaseURL: "http://ils.example.org/oai", Identifier: "oai:ils:1", Datestamp: "2026-11-21", Harvested: 7}
		b := cards.Batch{
			Library: mours, Door: cards.DoorHarvest, Moment: cards.Moment{Arrived: time.Now()},
			Harvest: &cards.Harvest{LibraryID: mours.ID, Token: "abc"},
			Items:   []cards.Item{{Ordinal: 1, Incoming: storetest.Card("A1"), Provenance: &from}},
		}
		if _, err := s.Apply(ctx, b); err != nil {
			t.Fatal(err)
		}
		select {
		case <-s.Changed():
		default:
			t.Error("nobody was told")
		}
		if state, err := s.Harvest(ctx, mours.ID); err != nil || state.Token != "abc" {
			t.Errorf("%+v, %v", state, err)
		}
		feed, err := s.PushFeed(ctx, cards.FeedRange{LibraryID: peyrins.ID, Day: "2026-01-01", Limit: 1})
		if err != nil || len(feed) != 1 || feed[0].Provenance == nil || *feed[0].Provenance != from {
			t.Fatalf("%+v, %v", feed, err)
		}
		if item, end, err := s.CardByOAIID(ctx, feed[0].OAIID); err != nil || item.CardID != feed[0].CardID || end != "2099-09-09" {
			t.Errorf("%+v, %s, %v", item, end, err)
		}
		if earliest, err := s.EarliestStamp(ctx); err != nil || earliest != feed[0].Stamp {
			t.Errorf("%d, %v", earliest, err)
		}
		for l, want := range map[*cards.Library]int{mours: 1, peyrins: 0} {
			n := 0
			for xml, err := range s.CardsSentBy(ctx, l.ID) {
				if n++; err != nil || !contains(string(xml), "<numero>A1</numero>") {
					t.Errorf("%s, %v", xml, err)
				}
			}
			if n != want {
				t.Errorf("%s sent %d cards", l.Code, n)
			}
		}
		select {
		case <-s.Changed():
			t.Error("told of a reading")
		default:
		}
	})
}

func TestSchemaOfItsOwn(t *testing.T) {
	t.Parallel()
	database := storetest.PostgresDatabase(t)
	const name = `Démo "1"; DROP`
	for range 2 {
		if err := store.CreateSchema(ctx, database, name); err != nil {
			t.Fatal(err)
		}
		if err := store.CreateSchema(ctx, database, name); err == nil {
			t.Error("made twice")
		}
		if err := store.DropSchema(ctx, database, name); err != nil {
			t.Fatal(err)
		}
	}
	if err := store.DropSchema(ctx, "postgres://127.0.0.1:1/x", name); cards.CodeOf(err) != cards.Unavailable {
		t.Errorf("%v", err)
	}
}
