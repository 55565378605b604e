package intake_test

import (
	"bytes"
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/carte-reseau/hub/internal/cards"
	"github.com/carte-reseau/hub/internal/intake"
	"github.com/carte-reseau/hub/internal/store"
	"github.com/carte-reseau/hub/internal/store/storetest"
)

// eachDatabase runs a test on both databases.
func eachDatabase(t *testing.T, test func(t *testing.T, db *store.Store)) {
	t.Helper()
	t.Run("sqlite", func(t *testing.T) { test(t, openSQLite(t)) })
	t.Run("postgres", func(t *testing.T) { test(t, openStore(t, storetest.PostgresDatabase(t))) })
}

func openSQLite(t *testing.T) *store.Store {
	t.Helper()
	return openStore(t, storetest.SQLiteDatabase(t))
}

func openStore(t *testing.T, database string) *store.Store {
	t.Helper()
	db, err := store.Open(t.Context(), store.Options{Database: database, Secret: make([]byte, 32)})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := db.Close(); err != nil {
			t.Error(err)
		}
	})
	return db
}

func addLibrary(t *testing.T, db *store.Store, code string, serves ...string) *cards.Library {
	t.Helper()
	lib, err := db.AddLibrary(t.Context(), cards.Library{
		Code: code, Name: "Médiathèque de " + code, Email: code + "@example.org", Serves: serves,
	}, "clef-de-test-de-"+code)
	if err != nil {
		t.Fatal(err)
	}
	return lib
}

func newInbox(s intake.Store) *intake.Inbox {
	return intake.New(s, intake.Options{MaxDocument: 64 << 20, Owner: "test"})
}

// cardXML is one valid card.
func cardXML(number string) string {
	return "<carte><numero>" + number + "</numero><nom>Dupré</nom><prenom>Hélène</prenom>" +
		"<inscription><premiere>2024-09-03</premiere><fin>2099-09-09</fin></inscription></carte>\n"
}

func documentOf(establishment string, cards ...string) string {
	return `<?xml version="1.0" encoding="UTF-8"?>` + "\n" + `<cartes xmlns="urn:carte-reseau:1" etablissement="` +
		establishment + `">` + "\n" + strings.Join(cards, "") + "</cartes>\n"
}

// manyCards makes cards whose numbers begin with prefix.
func manyCards(prefix string, count int) []string {
	list := make([]string, count)
	for i := range list {
		list[i] = cardXML(fmt.Sprintf("%s%06d", prefix, i))
	}
	return list
}

func receive(t *testing.T, in *intake.Inbox, lib *cards.Library, document string) int64 {
	t.Helper()
	id, err := in.Receive(t.Context(), cards.Deposit{LibraryID: lib.ID, Door: cards.DoorPost}, strings.NewReader(document))
	if err != nil {
		t.Fatal(err)
	}
	return id
}

func report(t *testing.T, db *store.Store, in *intake.Inbox, id int64, rejectedOnly bool) string {
	t.Helper()
	var out bytes.Buffer
	if err := in.WriteReport(t.Context(), deposit(t, db, id), rejectedOnly, &out); err != nil {
		t.Fatal(err)
	}
	return out.String()
}

// inSetOf counts the cards another library's set holds.
func inSetOf(t *testing.T, db *store.Store, lib *cards.Library) int {
	t.Helper()
	feed, err := storetest.Feed(t.Context(), db, cards.FeedRange{LibraryID: lib.ID, Day: time.Now().Format(time.DateOnly), Limit: 10_000})
	if err != nil {
		t.Fatal(err)
	}
	return len(feed)
}

func deposit(t *testing.T, db *store.Store, id int64) *cards.Deposit {
	t.Helper()
	d, err := db.Deposit(context.Background(), id)
	if err != nil {
		t.Fatal(err)
	}
	return d
}
