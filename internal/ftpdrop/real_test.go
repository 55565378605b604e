package ftpdrop_test

import (
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/carte-reseau/hub/internal/cards"
	"github.com/carte-reseau/hub/internal/ftpdrop"
	"github.com/carte-reseau/hub/internal/intake"
	"github.com/carte-reseau/hub/internal/store"
	"github.com/carte-reseau/hub/internal/store/storetest"
)

var (
	_ ftpdrop.Store         = (*store.Store)(nil)
	_ ftpdrop.Authenticator = (*store.Store)(nil)
	_ ftpdrop.Inbox         = (*intake.Inbox)(nil)
)

const manyCards = 10_000

// hub is the real store and inbox behind a poller.
type hub struct {
	*store.Store
	inbox *intake.Inbox
	ids   map[string]int64
}

func newHub(t *testing.T, codes ...string) *hub {
	t.Helper()
	s, err := store.Open(t.Context(), store.Options{
		Database: storetest.SQLiteDatabase(t), Secret: make([]byte, 32), Logger: slog.New(slog.DiscardHandler),
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	h := &hub{Store: s, ids: map[string]int64{}, inbox: intake.New(s, intake.Options{MaxDocument: 1 << 30, Owner: "test"})}
	for _, code := range codes {
		lib, err := s.AddLibrary(t.Context(), cards.Library{Code: code, Name: "Bibliothèque de " + code, Email: code + "@bib.example"}, keyOf(code))
		if err != nil {
			t.Fatal(err)
		}
		h.ids[code] = lib.ID
	}
	return h
}

func keyOf(code string) string { return "une clé assez longue pour " + code }

func (h *hub) poller(target ftpdrop.Target, change ...func(*ftpdrop.Options)) *ftpdrop.Poller {
	o := ftpdrop.Options{
		Target: target, MaxDocument: 1 << 30, Settle: 50 * time.Millisecond, Patience: 2 * time.Second, Timeout: 20 * time.Second,
	}
	for _, c := range change {
		c(&o)
	}
	return ftpdrop.New(h.Store, h.inbox, o)
}

// many is a document of that many cards.
func many(library string, n int) string {
	var b strings.Builder
	fmt.Fprintf(&b, "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<cartes xmlns=\"urn:carte-reseau:1\" etablissement=%q>\n", library)
	for i := range n {
		b.WriteString(card(26_100_000_000_00 + i))
	}
	b.WriteString("</cartes>\n")
	return b.String()
}

func card(number int) string {
	return fmt.Sprintf("<carte><numero>%d</numero><nom>Dupré</nom><prenom>Hélène</prenom><date-naissance>1980-02-29</date-naissance>"+
		"<inscription><premiere>2024-09-03</premiere><fin>2099-09-09</fin></inscription></carte>\n", number)
}

// expectFeed checks how many cards wait for a library.
func (h *hub) expectFeed(t *testing.T, code string, want int) {
	t.Helper()
	if _, err := h.CloseSecond(t.Context()); err != nil {
		t.Fatal(err)
	}
	items, err := storetest.Feed(t.Context(), h.Store, cards.FeedRange{LibraryID: h.ids[code], Day: "2026-11-21", Limit: want + 1000})
	if err != nil {
		t.Fatal(err)
	}
	if len(items) != want {
		t.Errorf("%d cards wait for %s, want %d", len(items), code, want)
	}
}

// letters are the mails queued, oldest first.
func (h *hub) letters(t *testing.T) []cards.Message {
	t.Helper()
	list, err := h.DueMail(t.Context(), 1000)
	if err != nil {
		t.Fatal(err)
	}
	return list
}

// TestTenThousandCards goes the whole way on the real store: dropped, taken,
// integrated, deleted, waiting for the others.
func TestTenThousandCards(t *testing.T) {
	h := newHub(t, "mours", "peyrins")
	server, root := startServer(t, h, ftpdrop.ServerOptions{})
	c := connect(t, server.Addr(), "mours", keyOf("mours"))
	mustStore(t, c, "export.xml.tmp", many("mours", manyCards))
	if err := c.Rename("export.xml.tmp", "export.xml"); err != nil {
		t.Fatal(err)
	}
	if err := h.poller(server.Target()).Poll(t.Context()); err != nil {
		t.Fatal(err)
	}
	expectTree(t, root, map[string]string{})
	h.expectFeed(t, "peyrins", manyCards)
	h.expectFeed(t, "mours", 0)
	runs, err := h.Runs(t.Context(), cards.RunQuery{Library: "mours", Job: cards.JobFTP, Limit: 10})
	if err != nil || len(runs) != 1 || !runs[0].OK || runs[0].Counts.Created != manyCards || runs[0].Finished.IsZero() {
		t.Errorf("runs %+v, %v", runs, err)
	}
	if pending, err := h.PendingFiles(t.Context(), h.ids["mours"]); err != nil || len(pending) != 0 {
		t.Errorf("pending %v, %v", pending, err)
	}
	if got := h.letters(t); len(got) != 0 {
		t.Errorf("letters %+v", got)
	}
}

// TestBadFilesOfEveryKind: each goes back with a reason, none stays, none keeps
// the good one from being taken.
func TestBadFilesOfEveryKind(t *testing.T) {
	h := newHub(t, "mours", "peyrins")
	server, root := startServer(t, h, ftpdrop.ServerOptions{})
	c := connect(t, server.Addr(), "mours", keyOf("mours"))
	good := many("mours", 3)
	bad := map[string]string{
		"pas du xml.txt":  "Bonjour, voici nos lecteurs.",
		"vide.xml":        "",
		"coupé.xml":       good[:len(good)-30],
		"autre.xml":       strings.Replace(good, `"mours"`, `"peyrins"`, 1),
		"doctype.xml":     "<!DOCTYPE x [<!ENTITY a \"b\">]>" + many("mours", 0)[39:],
		"../../x.xml":     "<cartes",
		"double.xml":      good + good,
		"nul.xml":         strings.Replace(good, "Dupré", "Du\x00pré", 1),
		"latin.xml":       strings.Replace(good, "Dupré", "Dupr\xe9", 1),
		"sans-numero.xml": strings.Replace(good, "<numero>2610000000000</numero>", "", 1),
		"profond.xml":     strings.Repeat("<a>", 100_000),
	}
	for name, content := range bad {
		mustStore(t, c, name, content)
	}
	mustStore(t, c, "bon.xml", many("mours", 5))
	if err := h.poller(server.Target()).Poll(t.Context()); err != nil {
		t.Fatal(err)
	}
	expectTree(t, root, map[string]string{})
	letters := h.letters(t)
	if len(letters) != len(bad) {
		t.Errorf("%d letters for %d bad files", len(letters), len(bad))
	}
	for _, m := range letters {
		if m.To != "mours@bib.example" || len(m.Attachments) != 2 || !strings.Contains(m.Body, "Bonjour") {
			t.Errorf("letter %q to %s with %d attachments", m.Subject, m.To, len(m.Attachments))
		}
		name := m.Attachments[1].Name
		if name == "x.xml" {
			name = "../../x.xml"
		}
		if want, ok := bad[name]; !ok || want != string(m.Attachments[1].Data) {
			t.Errorf("%s does not come back as it was sent", name)
		}
		if !strings.Contains(string(m.Attachments[0].Data), "<rapport") || !strings.Contains(string(m.Attachments[0].Data), "<erreur") {
			t.Errorf("%s comes back without a report of its errors", name)
		}
	}
	h.expectFeed(t, "peyrins", 5)
}

// TestLetterNamesTheCards: the letter itself says what is wrong with the first
// refused cards, and how many more there are.
func TestLetterNamesTheCards(t *testing.T) {
	h := newHub(t, "mours")
	server, _ := startServer(t, h, ftpdrop.ServerOptions{})
	c := connect(t, server.Addr(), "mours", keyOf("mours"))
	bad := strings.ReplaceAll(many("mours", 13), "<fin>2099", "<fin>2020")
	mustStore(t, c, "a.xml", strings.Replace(bad, "<fin>2020", "<fin>2099", 1))
	if err := h.poller(server.Target()).Poll(t.Context()); err != nil {
		t.Fatal(err)
	}
	letters := h.letters(t)
	if len(letters) != 1 {
		t.Fatalf("%d letters", len(letters))
	}
	for _, want := range []string{"sauf 12 cartes refusées sur 13", "  créées : 1\n", "  - carte n° 2610000000001, ligne 4 : ", "… et 2 autres."} {
		if !strings.Contains(letters[0].Body, want) {
			t.Errorf("the letter does not say %q:\n%s", want, letters[0].Body)
		}
	}
	if n := strings.Count(letters[0].Body, "carte n° "); n != 10 {
		t.Errorf("%d cards named", n)
	}
}

// TestAFileThatHoldsAnErasedCardIsNotGivenBackEmpty: its bytes are dropped when
// it ends; the other cards that were refused still go back.
func TestAFileThatHoldsAnErasedCardIsNotGivenBackEmpty(t *testing.T) {
	h := newHub(t, "mours")
	server, _ := startServer(t, h, ftpdrop.ServerOptions{})
	c := connect(t, server.Addr(), "mours", keyOf("mours"))
	poller := h.poller(server.Target(), func(o *ftpdrop.Options) { o.MaxAttach = 1 << 16 })
	for i, document := range []string{many("mours", 1), strings.ReplaceAll(many("mours", 2), "<fin>2099", "<fin>2020")} {
		mustStore(t, c, fmt.Sprintf("%d.xml", i), document)
		if err := poller.Poll(t.Context()); err != nil {
			t.Fatal(err)
		}
		if i == 0 {
			if _, err := h.Erase(t.Context(), "2610000000000", "Claire"); err != nil {
				t.Fatal(err)
			}
			if err := h.TakeUp(t.Context()); err != nil {
				t.Fatal(err)
			}
		}
	}
	letters := h.letters(t)
	letter := letters[len(letters)-1]
	if !strings.HasPrefix(letter.Key, "ftp-") || strings.Contains(letter.Body, "tel que vous l’avez déposé") || !strings.Contains(letter.Body, "carte effacée") {
		t.Errorf("%s: %s", letter.Key, letter.Body)
	}
	var back string
	for _, a := range letter.Attachments {
		if len(a.Data) == 0 {
			t.Errorf("%s is empty", a.Name)
		}
		back += string(a.Data)
	}
	if !strings.Contains(back, "<numero>2610000000001</numero>") || strings.Contains(back, "<numero>2610000000000</numero>") {
		t.Errorf("given back: %s", back)
	}
}

// The bytes of a deposit are purged after a month; the file they came from lies there still, and is not the library's latest
// word when the hub starts anew.
func TestAFileWhoseBytesWerePurgedIsNotTakenAgain(t *testing.T) {
	h := newHub(t, "mours")
	root := t.TempDir()
	server := newScripted(t, root)
	if err := os.Mkdir(filepath.Join(root, "mours"), 0o750); err != nil {
		t.Fatal(err)
	}
	write(t, filepath.Join(root, "mours", "a.xml"), many("mours", 3))
	server.refuse("DELE mours/a.xml", "550 non")
	for range 2 {
		if err := h.poller(server.target()).Poll(t.Context()); err != nil {
			t.Fatal(err)
		}
		if err := h.Purge(t.Context(), -time.Hour); err != nil {
			t.Fatal(err)
		}
	}
	deposits, err := h.Deposits(t.Context(), cards.DepositQuery{Library: "mours", Limit: 10})
	if err != nil || len(deposits) != 1 {
		t.Errorf("%d deposits, %v", len(deposits), err)
	}
}

// TestOneLetterWhenTakenUpElsewhere: a deposit the inbox took up after a crash
// has one letter, whoever writes it first.
func TestOneLetterWhenTakenUpElsewhere(t *testing.T) {
	h := newHub(t, "mours")
	server, root := startServer(t, h, ftpdrop.ServerOptions{})
	c := connect(t, server.Addr(), "mours", keyOf("mours"))
	mustStore(t, c, "a.xml", "<cartes")

	// As a crash between sealing and integrating leaves it.
	id, err := h.inbox.Receive(t.Context(), cards.Deposit{LibraryID: h.ids["mours"], Door: cards.DoorFTP, Name: "a.xml"}, strings.NewReader("<cartes"))
	if err != nil {
		t.Fatal(err)
	}
	poller := h.poller(server.Target())
	resumed := intake.New(h.Store, intake.Options{MaxDocument: 1 << 20, Owner: "other", Resumed: poller.Answer})
	if err := resumed.Resume(t.Context()); err != nil {
		t.Fatal(err)
	}
	if err := poller.Poll(t.Context()); err != nil {
		t.Fatal(err)
	}
	expectTree(t, root, map[string]string{})
	deposits, err := h.Deposits(t.Context(), cards.DepositQuery{Limit: 10})
	if err != nil || len(deposits) != 1 || deposits[0].ID != id {
		t.Errorf("deposits %+v, %v", deposits, err)
	}
	if got := h.letters(t); len(got) != 1 || got[0].Key != fmt.Sprintf("ftp-%d", id) {
		t.Errorf("%d letters", len(got))
	}
}
