package store_test

import (
	"bytes"
	"compress/gzip"
	"database/sql"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
	"unicode/utf16"

	"github.com/carte-reseau/hub/internal/cards"
	"github.com/carte-reseau/hub/internal/store"
	"github.com/carte-reseau/hub/internal/store/storetest"
)

// The reader who asks to be forgotten, and one who does not.
const (
	goneNumber, goneFormer = "GONE-2610000099", "Lost-2610000011"
	stayNumber             = "2610000012345"
)

func gonePerson(c *cards.Card) {
	c.LastName, c.BirthName, c.FirstName = "Zwiebelmann", "Quetschenbach", "Ottokar"
	c.Email, c.Phone, c.Mobile = "ottokar@zwiebel.example", "04 75 98 76 54", "06 98 76 54 32"
	c.Address.Lines = []string{"77 impasse des Oignons"}
	c.Guardians = []cards.Guardian{{LastName: "Schalotten", FirstName: "Ute", Relation: "mere"}}
}

// goneWords are found nowhere once the card is erased.
var goneWords = []string{goneNumber, goneFormer, "Zwiebelmann", "Quetschenbach", "Ottokar", "zwiebel.example", "98 76 54", "Oignons", "Schalotten"}

func goneCard(number string, change ...func(*cards.Card)) cards.Incoming {
	in := storetest.Card(number, append([]func(*cards.Card){gonePerson}, change...)...)
	for _, f := range cards.AllFields() {
		if f != cards.FormerNumbers {
			in.Given = in.Given.With(f)
		}
	}
	return in
}

func goneXML(number string) string {
	return `<carte xmlns="urn:carte-reseau:1"><numero>` + number + `</numero><nom>ZWIEBELMANN</nom><prenom>Ottokar</prenom></carte>`
}

const stayXML = `<carte xmlns="urn:carte-reseau:1"><numero>` + stayNumber + `</numero><nom>Dupré</nom></carte>`

// erasing is a network that holds the card wherever a card can lie.
type erasing struct {
	t               *testing.T
	s               *store.Store
	mours, peyrins  *cards.Library
	monnaie, idle   *cards.Library
	finished, utf16 int64 // deposits
	waiting         int64
}

func newErasing(t *testing.T, s *store.Store) *erasing {
	n := &erasing{
		t: t, s: s, mours: storetest.Library(t, s, "mours"), peyrins: storetest.Library(t, s, "peyrins"),
		monnaie: storetest.Library(t, s, "monnaie", withPush), idle: storetest.Library(t, s, "saint-paul"),
	}
	n.finished = n.document(goneXML(goneFormer)+stayXML, "zwiebelmann.xml", goneCard(goneFormer), storetest.Card(stayNumber))
	replaced := goneCard(goneNumber, func(c *cards.Card) { c.Former = []string{goneFormer} })
	replaced.Given = replaced.Given.With(cards.FormerNumbers)
	storetest.Send(t, s, n.mours, replaced)
	settle(t, s)
	fetch(t, s, n.peyrins, 0)
	storetest.Send(t, s, n.peyrins, goneCard(goneNumber, func(c *cards.Card) { c.Phone = "04 75 98 76 54 0" }))
	n.utf16 = n.document(wide("<cartes>"+goneXML(strings.ToLower(goneNumber))+"</cartes>"), "")
	n.waiting = deposit(t, s, n.peyrins, cards.DoorPost)
	n.must(s.AppendPiece(ctx, n.waiting, 0, []byte("<cartes>"+goneXML(goneNumber)+stayXML+"</cartes>")))
	n.must(s.SealDeposit(ctx, n.waiting, 9))
	n.fillTheRest()
	return n
}

func (n *erasing) must(err error) {
	n.t.Helper()
	if err != nil {
		n.t.Fatal(err)
	}
}

// wide writes a text as UTF-16 with a byte order mark.
func wide(text string) string {
	var b strings.Builder
	for _, unit := range append([]uint16{0xfeff}, utf16.Encode([]rune(text))...) {
		b.WriteByte(byte(unit >> 8))
		b.WriteByte(byte(unit))
	}
	return b.String()
}

// document is a finished deposit of mours: bytes, and cards as they were read,
// of which the last is refused in words that quote it.
func (n *erasing) document(text, name string, incoming ...cards.Incoming) int64 {
	n.t.Helper()
	id, err := n.s.CreateDeposit(ctx, cards.Deposit{LibraryID: n.mours.ID, Door: cards.DoorImport, Name: name, Arrived: time.Now()})
	n.must(err)
	half := len(text) / 2
	n.must(n.s.AppendPiece(ctx, id, 0, []byte(text[:half])))
	n.must(n.s.AppendPiece(ctx, id, 1, []byte(text[half:])))
	n.must(n.s.SealDeposit(ctx, id, int64(len(text))))
	items := itemsOf(incoming...)
	refused := itemsOf(goneCard(goneNumber), storetest.Card(stayNumber))
	for i := range refused {
		refused[i].Ordinal = len(items) + i + 1
		refused[i].Faults = []cards.Fault{{Code: "valeur", Message: "« Zwiebelmann » <ne> convient pas."}}
	}
	refused[0].Raw, refused[1].Raw = []byte(goneXML(goneNumber)), []byte(stayXML)
	refused[1].Faults[0].Message = "Le nom ne convient pas."
	_, err = n.s.Apply(ctx, cards.Batch{
		Library: n.mours, Door: cards.DoorImport, Deposit: id, Moment: cards.Moment{Arrived: time.Now()}, Items: append(items, refused...),
	})
	n.must(err)
	n.must(n.s.FinishDeposit(ctx, id, cards.Partial, nil))
	return id
}

// fillTheRest puts the card into mails, runs, reasons and headers.
func (n *erasing) fillTheRest() {
	report := `<rapport><carte numero="` + goneNumber + `" resultat="rejetee"><erreur code="valeur">« Zwiebelmann »</erreur></carte>` +
		`<carte numero="` + stayNumber + `" resultat="creee"/></rapport>`
	n.must(n.s.TellFaults(ctx, n.mours.ID, cards.Message{
		To: "mours@example.org", Subject: "Deux cartes", Body: "- Carte " + goneNumber + " : « ZWIEBELMANN »\n- Carte " + stayNumber + ".",
		Attachments: []cards.Attachment{
			{Name: "rapport.xml", Data: []byte(report)}, {Name: "cartes.xml", Data: []byte("<cartes>" + goneXML(goneNumber) + stayXML + "</cartes>")},
			{Name: "fichier.xml", Data: []byte(wide(goneXML(goneNumber)))},
		},
	}, [][16]byte{{1}}))
	run, err := n.s.BeginRun(ctx, cards.Run{LibraryID: n.mours.ID, Job: cards.JobPush, Started: time.Now()})
	n.must(err)
	n.must(n.s.FinishRun(ctx, cards.Run{ID: run, Error: cards.Say("Refusée : %s (%s).", goneNumber, "Zwiebelmann"), Finished: time.Now()}))
	n.must(n.s.SetAttention(ctx, n.mours.ID, cards.Say("Voir la carte %s : « %d \\ ».", goneFormer, 7)))
	n.must(n.s.RecordDeleted(ctx, n.mours.ID, "oai:mours:"+goneNumber, "2026-01-01", run))
	n.must(n.s.RecordDeleted(ctx, n.mours.ID, "oai:mours:"+stayNumber, "2026-01-01", run))
	feed, err := n.s.PushFeed(ctx, cards.FeedRange{LibraryID: n.monnaie.ID, Day: "2026-01-01", Limit: 9})
	n.must(err)
	var refused []cards.Refusal
	for _, item := range feed {
		refused = append(refused, cards.Refusal{CardID: item.CardID, Reason: cards.Quote("Trop long : Zwiebelmann, " + goneNumber)})
	}
	n.must(n.s.SettlePush(ctx, n.monnaie.ID, feed[len(feed)-1].Seq, nil, refused))
}

func (n *erasing) sendLetters() (to []string) {
	n.t.Helper()
	mails, err := n.s.DueMail(ctx, 99)
	n.must(err)
	for _, m := range mails {
		if !strings.Contains(m.Body, "RGPD") {
			continue
		}
		if !strings.Contains(m.Body, goneNumber) || !strings.Contains(strings.ToLower(m.Body), strings.ToLower(goneFormer)) {
			n.t.Errorf("a letter that does not say which card: %s", m.Body)
		}
		to = append(to, m.To)
		n.must(n.s.MailSent(ctx, &m))
	}
	return to
}

// dump writes every table out as text, what is packed unpacked.
func dump(t *testing.T, s *store.Store) string {
	t.Helper()
	list := "SELECT name FROM sqlite_master WHERE type = 'table'"
	if s.OnPostgres() {
		list = "SELECT tablename AS name FROM pg_tables WHERE schemaname = current_schema()"
	}
	var tables []string
	if err := s.Read(ctx, &tables, list); err != nil {
		t.Fatal(err)
	}
	if len(tables) < 30 {
		t.Fatalf("tables %v", tables)
	}
	var out strings.Builder
	for _, table := range tables {
		var rows []map[string]any
		if err := s.Read(ctx, &rows, "SELECT * FROM "+table); err != nil {
			t.Fatal(err)
		}
		for _, row := range rows {
			for column, value := range row {
				fmt.Fprintf(&out, "%s.%s: %s\n", table, column, plainText(value))
			}
		}
	}
	return out.String()
}

// plainText shows a value in every form something could hide in.
func plainText(value any) string {
	raw, isBytes := value.([]byte)
	if !isBytes {
		return fmt.Sprint(value)
	}
	if r, err := gzip.NewReader(bytes.NewReader(raw)); err == nil {
		if unpacked, err := io.ReadAll(r); err == nil {
			raw = unpacked
		}
	}
	text := string(raw) + " " + strings.ReplaceAll(string(raw), "\x00", "")
	for _, quoted := range strings.Split(string(raw), `"`) {
		if decoded, err := base64.StdEncoding.DecodeString(quoted); err == nil {
			text += " " + string(decoded) + " " + strings.ReplaceAll(string(decoded), "\x00", "")
		}
	}
	return text
}

func wantNoTrace(t *testing.T, text string) {
	t.Helper()
	folded := strings.ToLower(text)
	for _, word := range goneWords {
		if at := strings.Index(folded, strings.ToLower(word)); at >= 0 {
			line := folded[strings.LastIndex(folded[:at], "\n")+1:]
			t.Errorf("%q is left: %.400s", word, line)
		}
	}
}

func TestErasedCardLeavesNoTrace(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		n := newErasing(t, s)
		before := strings.ToLower(dump(t, s))
		for _, word := range goneWords {
			if !strings.Contains(before, strings.ToLower(word)) {
				t.Fatalf("%q is nowhere to begin with", word)
			}
		}
		e, err := s.Erase(ctx, strings.ToLower(goneFormer), "Claire") // by a number it no longer has
		n.must(err)
		if !e.Finished.IsZero() || strings.Contains(e.Masked, "GONE") || e.By != "Claire" {
			t.Errorf("%+v", e)
		}
		if to := n.sendLetters(); fmt.Sprint(to) != "[monnaie@example.org mours@example.org peyrins@example.org]" {
			t.Errorf("letters to %v", to)
		}
		n.must(s.TakeUp(ctx))
		if e, err = s.Erasure(ctx, e.ID); err != nil || e.Finished.IsZero() {
			t.Errorf("%+v, %v", e, err)
		}
		// what waits is not lost with it: its other cards come in, then its bytes go
		n.integrate()
		wantNoTrace(t, dump(t, s))
		n.wantOthersWhole()
		n.wantTurnedAway()
	})
}

// integrate does what intake would with the waiting document.
func (n *erasing) integrate() {
	n.t.Helper()
	if count, err := n.s.PieceCount(ctx, n.waiting); err != nil || count != 1 {
		n.t.Errorf("%d pieces of a document that waits, %v", count, err)
	}
	items := itemsOf(goneCard(goneNumber), storetest.Card(stayNumber, func(c *cards.Card) { c.FirstName = "Hélène-Marie" }))
	items[0].Raw = []byte(goneXML(goneNumber))
	out, err := n.s.Apply(ctx, cards.Batch{Library: n.peyrins, Deposit: n.waiting, Moment: cards.Moment{Arrived: time.Now()}, Items: items, Complete: true})
	n.must(err)
	if out[0].Result != cards.Rejected || out[0].Faults[0].Code != cards.FaultErased || out[1].Result == cards.Rejected {
		n.t.Errorf("outcomes %+v", out)
	}
	n.must(n.s.FinishDeposit(ctx, n.waiting, cards.Partial, nil))
	if count, err := n.s.PieceCount(ctx, n.waiting); err != nil || count != 0 {
		n.t.Errorf("%d pieces are left, %v", count, err)
	}
}

// wantOthersWhole looks at what must have stayed.
func (n *erasing) wantOthersWhole() {
	n.t.Helper()
	text := dump(n.t, n.s)
	for _, want := range []string{
		"oai:mours:" + stayNumber, `<carte numero="` + stayNumber + `" resultat="creee"/>`, stayXML, "- Carte " + stayNumber + ".",
		"Le nom ne convient pas.", "Hélène-Marie", "Une pièce jointe a été retirée",
	} {
		if !strings.Contains(text, want) {
			n.t.Errorf("%q went with the card", want)
		}
	}
	var lines, sources string
	for piece, err := range n.s.Results(ctx, n.finished, true) {
		n.must(err)
		lines += string(piece)
	}
	for piece, err := range n.s.RejectedSources(ctx, n.finished) {
		n.must(err)
		sources += string(piece)
	}
	if strings.Count(lines, "<carte ") != 2 || strings.Count(sources, "<carte") != 2 {
		n.t.Errorf("lines and sources no longer go in pairs:\n%s\n%s", lines, sources)
	}
}

// wantTurnedAway brings the card back, under each of its numbers.
func (n *erasing) wantTurnedAway() {
	n.t.Helper()
	for _, number := range []string{goneNumber, strings.ToLower(goneNumber), goneFormer} {
		out := storetest.Send(n.t, n.s, n.mours, goneCard(number))
		if out[0].Result != cards.Rejected || out[0].Faults[0].Code != cards.FaultErased || strings.Contains(out[0].Number, number) {
			n.t.Errorf("%s came back: %+v", number, out[0])
		}
		if _, err := n.s.Erase(ctx, number, "Claire"); cards.CodeOf(err) != cards.Conflict {
			n.t.Errorf("erased twice: %v", err)
		}
	}
	wantNoTrace(n.t, dump(n.t, n.s))
	if _, err := n.s.Erase(ctx, "B9", "Claire"); cards.CodeOf(err) != cards.NotFound {
		n.t.Errorf("never known: %v", err)
	}
}

// Staff take down who has confirmed; the first time counts.
func TestLibrariesConfirmAnErasure(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		n := newErasing(t, s)
		e, err := s.Erase(ctx, goneNumber, "Claire")
		n.must(err)
		n.must(s.ConfirmErasure(ctx, e.ID, "mours", "Yves"))
		n.must(s.ConfirmErasure(ctx, e.ID, "mours", "Zoé"))
		if err := s.ConfirmErasure(ctx, e.ID, "saint-paul", "Yves"); cards.CodeOf(err) != cards.NotFound {
			t.Errorf("never asked: %v", err)
		}
		list, err := s.Erasures(ctx, 0, 10)
		if err != nil || len(list) != 1 || len(list[0].Letters) != 3 || list[0].Confirmed() != 1 {
			t.Fatalf("%+v, %v", list, err)
		}
		if l := list[0].Letters[1]; l.Library != "mours" || l.ConfirmedBy != "Yves" || l.Sent || !l.Withdrawn || list[0].Letters[0].Sent || list[0].Letters[0].Withdrawn {
			t.Errorf("%+v", list[0].Letters)
		}
		if to := n.sendLetters(); fmt.Sprint(to) != "[monnaie@example.org peyrins@example.org]" {
			t.Errorf("letters to %v, mours has answered", to)
		}
		n.must(s.ConfirmErasure(ctx, e.ID, "monnaie", "Yves"))
		e, err = s.Erasure(ctx, e.ID)
		n.must(err)
		for i, l := range e.Letters { // what never left is not told as sent, what left stays so
			if wanted := l.Library != "mours"; l.Sent != wanted || l.Withdrawn == wanted || l.Confirmed.IsZero() != (i == 2) {
				t.Errorf("%+v", l)
			}
		}
	})
}

// Some systems find a number only as it is written.
func TestAnErasureIsAskedForByNumbersAsTheyAreWritten(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		n := newErasing(t, s)
		_, err := s.Erase(ctx, strings.ToLower(goneNumber), "Claire")
		n.must(err)
		letters, err := s.DueMail(ctx, 99)
		n.must(err)
		asked := 0
		for _, m := range letters {
			if strings.Contains(m.Body, "article 17") {
				asked++
				for _, number := range []string{goneNumber, goneFormer} {
					if !strings.Contains(m.Body, "  "+number+"\n") {
						t.Errorf("%s is not in %s", number, m.Body)
					}
				}
			}
		}
		if asked == 0 {
			t.Error("nobody is asked")
		}
	})
}

// A library that asked for one card by itself has it, though no mark and no list tells so.
func TestWhoAskedForACardByItselfIsAskedToEraseIt(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		mours, peyrins := storetest.Library(t, s, "mours"), storetest.Library(t, s, "peyrins")
		storetest.Send(t, s, mours, storetest.Card("A1"))
		item, _, err := s.CardByOAIID(ctx, oaiIDOf(t, s, "A1"))
		if err != nil {
			t.Fatal(err)
		}
		if err := s.NoteAsked(ctx, peyrins.ID, item); err != nil {
			t.Fatal(err)
		}
		wantAskedToErase(t, s, "A1", "[mours peyrins]")
	})
}

// Of two records of a reader one takes over the other: who asked for that other by itself still holds it.
func TestWhoAskedForARecordThatWasTakenOverIsAskedToEraseIt(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		mours, peyrins := storetest.Library(t, s, "mours"), storetest.Library(t, s, "peyrins")
		storetest.Send(t, s, mours, storetest.Card("A1"), storetest.Card("A2"))
		item, _, err := s.CardByOAIID(ctx, oaiIDOf(t, s, "A1"))
		must(t, err)
		must(t, s.NoteAsked(ctx, peyrins.ID, item))
		in := storetest.Card("A2", func(c *cards.Card) { c.Former = []string{"A1"} })
		in.Given = in.Given.With(cards.FormerNumbers)
		storetest.Send(t, s, mours, in)
		wantAskedToErase(t, s, "A2", "[mours peyrins]")
	})
}

// A push that is under way may hold the card, before any report moves a mark.
func TestWhoIsPushedToJustThenIsAskedToEraseTheCard(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		mours, monnaie := storetest.Library(t, s, "mours"), storetest.Library(t, s, "monnaie", withPush)
		storetest.Library(t, s, "beauvoir", withPush)
		storetest.Send(t, s, mours, storetest.Card("A1"))
		_, err := s.BeginRun(ctx, cards.Run{LibraryID: monnaie.ID, Job: cards.JobPush, Started: timeOf(t, s)})
		must(t, err)
		wantAskedToErase(t, s, "A1", "[monnaie mours]")
	})
}

// wantAskedToErase erases a card and looks which libraries are asked to.
func wantAskedToErase(t *testing.T, s *store.Store, number, want string) {
	t.Helper()
	erasure, err := s.Erase(ctx, number, "Claire")
	must(t, err)
	var asked []string
	for _, letter := range erasure.Letters {
		asked = append(asked, letter.Library)
	}
	if fmt.Sprint(asked) != want {
		t.Errorf("asked to erase it: %v, want %s", asked, want)
	}
}

func oaiIDOf(t *testing.T, s *store.Store, number string) string {
	t.Helper()
	id, err := s.OAIID(ctx, number)
	if err != nil {
		t.Fatal(err)
	}
	return id
}

// A letter that was on its way when its library confirmed has been sent: what
// withdrew it came too late.
func TestALetterOnItsWayIsNotWithdrawn(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		n := newErasing(t, s)
		e, err := s.Erase(ctx, goneNumber, "Claire")
		n.must(err)
		due, err := s.DueMail(ctx, 99)
		n.must(err)
		n.must(s.ConfirmErasure(ctx, e.ID, "mours", "Yves"))
		n.must(s.ConfirmErasure(ctx, e.ID, "monnaie", "Yves"))
		for _, m := range due {
			if m.To == "mours@example.org" {
				n.must(s.MailSent(ctx, &m))
			}
		}
		e, err = s.Erasure(ctx, e.ID)
		n.must(err)
		for _, l := range e.Letters {
			if l.Sent != (l.Library == "mours") || l.Withdrawn != (l.Library == "monnaie") {
				t.Errorf("%+v", l)
			}
		}
	})
}

// Wherever the hub dies, the erasure was never asked for or is finished by
// whoever lives on.
func TestErasureSurvivesTheHub(t *testing.T) {
	storetest.WithoutRace(t)
	for deadAt, more := 1, true; more; deadAt++ {
		more = false
		t.Run(fmt.Sprint(deadAt), func(t *testing.T) {
			database := storetest.SQLiteDatabase(t)
			s := storetest.Open(t, database)
			n := newErasing(t, s)
			calls := 0
			dying := mortal(t, database, func(bool) error {
				if calls++; calls == deadAt {
					return errDied
				}
				return nil
			})
			_, err := dying.Erase(ctx, goneNumber, "Claire")
			if err == nil {
				err = dying.TakeUp(ctx)
			}
			if err != nil && !errors.Is(err, errDied) {
				t.Fatal(err)
			}
			more = err != nil
			if deadAt == 1 {
				if _, err := s.Standing(ctx, goneNumber); err != nil {
					t.Errorf("rolled back, and gone: %v", err)
				}
				return
			}
			n.must(s.TakeUp(ctx))
			n.sendLetters()
			n.integrate()
			wantNoTrace(t, dump(t, s))
		})
	}
}

// An embedded database overwrites what it deletes: its file is copied, and
// read by whoever finds the copy.
func TestErasedCardIsNotInTheFile(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "hub.db")
	s := storetest.Open(t, "sqlite:"+path)
	n := newErasing(t, s)
	_, err := s.Erase(ctx, goneNumber, "Claire")
	n.must(err)
	n.sendLetters()
	n.must(s.TakeUp(ctx))
	for _, file := range []string{path, path + "-wal"} {
		raw, err := os.ReadFile(file)
		if err != nil && !os.IsNotExist(err) {
			t.Fatal(err)
		}
		wantNoTrace(t, string(raw))
	}
}

// While somebody reads an embedded database its journal cannot be emptied, and
// an erasure is not finished before it is.
func TestAnErasureWaitsForTheJournal(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "hub.db")
	s := storetest.Open(t, "sqlite:"+path)
	n := newErasing(t, s)
	reader, err := sql.Open("sqlite3", "file:"+path)
	n.must(err)
	defer func() { n.must(reader.Close()) }()
	tx, err := reader.BeginTx(ctx, &sql.TxOptions{ReadOnly: true})
	n.must(err)
	var held int
	n.must(tx.QueryRowContext(ctx, "SELECT count(*) FROM cards").Scan(&held))
	erasure, err := s.Erase(ctx, goneNumber, "Claire")
	n.must(err)
	n.sendLetters()
	if err := s.TakeUp(ctx); cards.CodeOf(err) != cards.Unavailable {
		t.Errorf("taken up while %d cards are read: %v", held, err)
	}
	if now, err := s.Erasure(ctx, erasure.ID); err != nil || !now.Finished.IsZero() {
		t.Errorf("%+v, %v", now, err)
	}
	n.must(tx.Rollback())
	n.must(s.TakeUp(ctx))
	if now, err := s.Erasure(ctx, erasure.ID); err != nil || now.Finished.IsZero() {
		t.Errorf("%+v, %v", now, err)
	}
	journal, err := os.ReadFile(path + "-wal")
	n.must(err)
	wantNoTrace(t, string(journal))
}

// A library that erases the card as it was asked to has its server say that the
// record is deleted: that must not bring back what it was called.
func TestADeletionThatFollowsAnErasureIsNotKept(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		mours := storetest.Library(t, s, "mours")
		harvested := itemsOf(goneCard(goneNumber))
		harvested[0].Provenance = &cards.Provenance{Identifier: "oai:mours:record/4711"}
		_, err := s.Apply(ctx, cards.Batch{Library: mours, Door: cards.DoorHarvest, Moment: cards.Moment{Arrived: time.Now()}, Items: harvested})
		must(t, err)
		_, err = s.Erase(ctx, goneNumber, "anne")
		must(t, err)
		must(t, s.TakeUp(ctx))
		for _, identifier := range []string{"oai:mours:" + goneNumber, "oai:mours/reader_" + strings.ToLower(goneNumber) + "_1", "oai:mours:record/4711", "oai:mours:" + stayNumber} {
			must(t, s.RecordDeleted(ctx, mours.ID, identifier, "2026-11-29", 1))
		}
		var kept []string
		if err := s.Read(ctx, &kept, "SELECT identifier FROM deleted_headers"); err != nil || fmt.Sprint(kept) != "[oai:mours:"+stayNumber+"]" {
			t.Errorf("kept are %v, %v", kept, err)
		}
		wantOutcome(t, storetest.Send(t, s, mours, storetest.Card("4711"))[0], cards.Created, "")
	})
}

// A card that is erased while a list, a push and a report on it are under way
// disturbs none of them.
func TestErasureDisturbsNobody(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		n := newErasing(t, s)
		feed, err := s.PushFeed(ctx, cards.FeedRange{LibraryID: n.monnaie.ID, Day: "2026-01-01", Limit: 9})
		n.must(err)
		closed, err := s.CloseSecond(ctx)
		n.must(err)
		r := cards.FeedRange{LibraryID: n.idle.ID, Until: closed, Day: "2026-01-01", Limit: 1}
		r.Upper, _, err = s.ListBounds(ctx, r)
		n.must(err)
		page, err := storetest.Feed(ctx, s, r)
		n.must(err)
		r.After = page[0].Seq
		_, err = s.Erase(ctx, goneNumber, "Claire")
		n.must(err)
		for len(page) > 0 {
			page, err = storetest.Feed(ctx, s, r)
			n.must(err)
			if len(page) > 0 {
				r.After = page[0].Seq
			}
		}
		n.must(s.FinishList(ctx, cards.List{LibraryID: n.idle.ID, Until: closed, UpperSeq: r.Upper}))
		var refused []cards.Refusal
		for _, item := range feed {
			refused = append(refused, cards.Refusal{CardID: item.CardID, Reason: cards.Quote("non")})
		}
		n.must(s.SettlePush(ctx, n.monnaie.ID, feed[len(feed)-1].Seq, nil, refused))
		n.must(s.ConfirmPull(ctx, n.peyrins.ID, cards.Confirmation{Refused: []cards.NumberRefusal{{Number: goneNumber, Reason: cards.Quote("non")}, {Number: stayNumber, Reason: cards.Quote("non")}}}))
	})
}

// A library whose system has no former numbers may fill the element with
// anything. Erasing its reader's card turns nobody else's away.
func TestErasingACardLeavesOtherNumbersAlone(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		mours := storetest.Library(t, s, "mours")
		peyrins := storetest.Library(t, s, "peyrins", func(l *cards.Library) { l.NotHeld = cards.FieldsOf(cards.FormerNumbers) })
		somebodyElse := func(c *cards.Card) { c.LastName, c.BirthDate = "Roux", "2001-01-01" }
		storetest.Send(t, s, mours, storetest.Card("OTHER", somebodyElse))
		storetest.Send(t, s, peyrins, replacing("GONE", "OTHER", "FREE"))
		if _, err := s.Erase(ctx, "GONE", "Claire"); err != nil {
			t.Fatal(err)
		}
		out := storetest.Send(t, s, mours, storetest.Card("OTHER", somebodyElse, phone("01 11 11 11 11")), storetest.Card("FREE"))
		wantOutcome(t, out[0], cards.Modified, "")
		wantOutcome(t, out[1], cards.Created, "")
	})
}

// A file is named after a reader as file names are written, without accents,
// spaces or capitals; the letters about it quote it, also once they were sent.
func TestAFileNamedAfterAnErasedReaderIsNamedNowhere(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		mours := storetest.Library(t, s, "mours")
		storetest.Send(t, s, mours, goneCard(goneNumber, func(c *cards.Card) { c.LastName, c.BirthName, c.FirstName = "Crèvecœur", "de La Tour", "Zoé" }))
		for i, name := range []string{"Crevecoeur.xml", "mours/delatour_2026.xml", "la carte de Zoe\u0301.xml"} {
			id, err := s.CreateDeposit(ctx, cards.Deposit{LibraryID: mours.ID, Door: cards.DoorFTP, Name: name, Arrived: time.Now()})
			must(t, err)
			must(t, s.AppendPiece(ctx, id, 0, []byte(goneXML(goneNumber))))
			must(t, s.SealDeposit(ctx, id, 9))
			must(t, s.FinishDeposit(ctx, id, cards.Partial, nil))
			must(t, s.FileGone(ctx, id))
			must(t, s.QueueMail(ctx, cards.Message{To: "mours@example.org", Subject: "Carte réseau : fichier « " + name + " » : 1 carte refusée", Body: "Le fichier « " + name + " » de Mours"}))
			if i == 0 {
				must(t, s.MailSent(ctx, &cards.Message{ID: 1}))
			}
		}
		must(t, s.QueueMail(ctx, cards.Message{To: "mours@example.org", Subject: "Carte réseau : fichier « tour.xml » refusé"}))
		_, err := s.Erase(ctx, goneNumber, "anne")
		must(t, err)
		must(t, s.TakeUp(ctx))
		text := dump(t, s)
		for _, left := range []string{"Crevecoeur", "delatour", "Zoe\u0301"} {
			if strings.Contains(text, left) {
				t.Errorf("%q is left", left)
			}
		}
		if !strings.Contains(text, "« tour.xml »") {
			t.Error("another file's name went with them")
		}
	})
}

// A file that could not be deleted keeps its name, which tells whose card it
// held, until it goes.
func TestTheNameOfAFileGoesWithTheFile(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		mours := storetest.Library(t, s, "mours")
		storetest.Send(t, s, mours, goneCard(goneNumber))
		var ids []int64
		for _, holds := range []string{goneXML(goneNumber), "<carte/>"} {
			id, err := s.CreateDeposit(ctx, cards.Deposit{LibraryID: mours.ID, Door: cards.DoorFTP, Name: "mours/" + goneNumber + ".xml", Arrived: time.Now()})
			must(t, err)
			must(t, s.AppendPiece(ctx, id, 0, []byte("<cartes>"+holds+"</cartes>")))
			must(t, s.SealDeposit(ctx, id, 9))
			must(t, s.FinishDeposit(ctx, id, cards.Integrated, nil))
			ids = append(ids, id)
		}
		_, err := s.Erase(ctx, goneNumber, "anne")
		must(t, err)
		must(t, s.TakeUp(ctx))
		for _, id := range ids {
			if depositOf(t, s, id).Name == "" {
				t.Error("the file lies on the server, and nobody knows its name")
			}
			must(t, s.FileGone(ctx, id))
			if d := depositOf(t, s, id); d.Name != "" {
				t.Errorf("the file is gone, and its name is still %q", d.Name)
			}
		}
	})
}
