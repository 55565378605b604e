package main

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"io/fs"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/jlaffaye/ftp"

	"github.com/carte-reseau/hub/internal/cards"
	"github.com/carte-reseau/hub/internal/sigb"
	"github.com/carte-reseau/hub/internal/store/storetest"
)

// misfit is a document something is wrong with.
type misfit struct {
	document string
	code     string // of the erreur in the report
	says     string // part of the sentence
	whole    bool   // refused as a whole; else only the bad card is
	tooLarge bool   // to be attached to a letter
}

// misfits are documents of a library, each with good cards before and, where
// the document can go on, behind what is wrong.
func misfits(code string) map[string]misfit {
	head := documentHead(code) + testCard{number: "BON-" + code}.String()
	const end = "</cartes>\n"
	tail := testCard{number: "APRES-" + code}.String() + end
	card := func(inside string) string { return head + "<carte>" + inside + "</carte>\n" + tail }
	rest := "<nom>Dupré</nom>" + validEnrolment
	const mib = 1 << 20
	return map[string]misfit{
		"pas-du-xml":       {document: "NUMERO;NOM\r\n2610000012345;DUPRE\r\n", code: "mal-forme", says: "XML", whole: true},
		"tronque":          {document: head + "<carte><numero>A2</num", code: "tronque", says: "fin", whole: true},
		"doctype":          {document: `<!DOCTYPE cartes [<!ENTITY e SYSTEM "file:///etc/passwd">]>` + head[len(prologue):] + tail, code: "doctype", says: "DOCTYPE", whole: true},
		"autre-espace":     {document: strings.Replace(head+tail, "urn:carte-reseau:1", "urn:carte-reseau:9", 1), code: "espace-de-noms", says: "urn:carte-reseau:1", whole: true},
		"autre-encodage":   {document: strings.Replace(head+tail, "Dupré", "Dupr\xe9", 1), code: "encodage", says: "UTF-8", whole: true},
		"vide":             {document: "", code: "vide", says: "vide", whole: true},
		"autre-biblio":     {document: strings.Replace(head+tail, `etablissement="`+code, `etablissement="temoin`, 1), code: "etablissement", says: "temoin", whole: true},
		"nul":              {document: head + "\x00\x00\x00" + tail, code: "caractere", says: "ligne", whole: true},
		"prefixe":          {document: head + "<x:carte/>" + tail, code: "prefixe", says: "préfixe", whole: true},
		"attribut-double":  {document: head + `<carte origine="a" origine="b"/>` + tail, code: "mal-forme", says: "attribut", whole: true},
		"seconde-racine":   {document: head + tail + "<cartes/>", code: "mal-forme", says: "racine", whole: true},
		"million":          {document: head + "<carte>" + strings.Repeat("<a>", 1_000_000), code: "profondeur", says: "imbriqu", whole: true},
		"sans-numero":      {document: card(rest), code: "obligatoire", says: "numero"},
		"fin-avant":        {document: card("<numero>F1</numero><nom>Dupré</nom><inscription><premiere>2024-09-03</premiere><fin>2020-01-01</fin></inscription>"), code: "dates", says: "01/01/2020"},
		"double":           {document: head + testCard{number: "BON-" + code, name: "Durand"}.String() + tail, code: "numero-double", says: "déjà"},
		"element-inconnu":  {document: card("<numero>E1</numero><amende>12</amende>" + rest), code: "element-inconnu", says: "amende"},
		"nom-de-dix-mo":    {document: card("<numero>L1</numero>" + strings.Replace(rest, "Dupré", strings.Repeat("a", 10*mib), 1)), code: "longueur", says: "démesurément long", tooLarge: true},
		"numero-de-chemin": {document: card("<numero>../../x.xml</numero>" + rest), code: "numero", says: "numéro"},
	}
}

// misfitCode is the library that sends a misfit, so that its letters are told
// apart.
func misfitCode(name string) string { return "b-" + name }

// goodCards are the numbers that must be in although the document was bad.
func (m misfit) goodCards(code string) []string {
	if m.whole {
		return nil
	}
	return []string{"BON-" + code, "APRES-" + code}
}

func TestWhatIsWrongWithADroppedFileIsToldByMailAndNothingIsLost(t *testing.T) {
	t.Parallel()
	eachDatabase(t, func(t *testing.T, database string) {
		box := newPostbox(t)
		s := newSite(t, database)
		s.FTP, s.SMTP, s.MailFrom = "embedded://127.0.0.1:0", "smtp://"+box.addr, "reseau@example.org"
		s.library("temoin")
		names := map[string]misfit{}
		for name := range misfits("") {
			code := misfitCode(name)
			s.library(code)
			names[name] = misfits(code)[name]
		}
		h := s.boot()
		for name, m := range names {
			if err := dropFile(t.Context(), h.parts.ftpServer.Addr(), misfitCode(name), name+".xml", m.document); err != nil {
				t.Fatalf("%s: %v", name, err)
			}
		}
		const patience = 2 * time.Minute
		eventually(t, patience, "every file is dealt with", func() bool { return len(filesIn(t, s)) == 0 })
		h.sendMail(t)
		eventually(t, patience, "every library has its letter", func() bool { return len(box.all()) >= len(names) })

		var good []string
		for name, m := range names {
			code := misfitCode(name)
			good = append(good, m.goodCards(code)...)
			t.Run(name, func(t *testing.T) { m.checkDropped(t, h, box, name) })
		}
		checkSet(t, newCaller(t, h.publicURL, "temoin").handed(t), good)
		if got := len(box.all()); got != len(names) {
			t.Errorf("%d letters, want %d", got, len(names))
		}
	})
}

// sendMail has what is in the outbox sent now.
func (h *hub) sendMail(t *testing.T) {
	t.Helper()
	if err := h.store.Wake(context.Background(), cards.JobMail, cards.HubID); err != nil {
		t.Fatal(err)
	}
	h.parts.runner.Kick()
}

func checkSet(t *testing.T, set map[string]oaiRecord, want []string) {
	t.Helper()
	for _, number := range want {
		if _, has := set[number]; !has {
			t.Errorf("the good card %s is lost", number)
		}
	}
	if len(set) != len(want) {
		t.Errorf("%d cards are in, want the %d good ones", len(set), len(want))
	}
}

func (m misfit) checkDropped(t *testing.T, h *hub, box *postbox, name string) {
	t.Helper()
	code := misfitCode(name)
	letters := box.to(code + "@example.org")
	if len(letters) != 1 {
		t.Fatalf("%d letters, want 1", len(letters))
	}
	l := letters[0]
	if !strings.Contains(l.subject, name+".xml") || !strings.Contains(l.text, "Bonjour") || !strings.Contains(l.text, m.says) {
		t.Errorf("the letter %q does not say %q:\n%.1500s", l.subject, m.says, l.text)
	}
	deposit := m.checkDeposit(t, h, code)
	report := l.files[fmt.Sprintf("rapport-%d.xml", deposit.ID)]
	m.checkReport(t, string(report))
	if m.tooLarge {
		if len(report) > 1<<20 {
			t.Errorf("the report of a long value is %d bytes long", len(report))
		}
		if back := l.files[fmt.Sprintf("refusees-%d.xml", deposit.ID)]; !bytes.Contains(back, []byte("<numero>L1</numero>")) {
			t.Errorf("the refused card does not come back: %.1000s", back)
		}
		return
	}
	if got, has := l.files[name+".xml"]; !has || !bytes.Equal(got, []byte(strings.ReplaceAll(m.document, "\r\n", "\n"))) {
		t.Errorf("the file does not come back as it was sent: %t, %d bytes of %d", has, len(got), len(m.document))
	}
}

var frenchSentence = regexp.MustCompile(`<erreur [^>]*>\s*[A-ZÀÉÈÊÎÔ«1-9][^<]{15,}[.»)]\s*</erreur>`)

func (m misfit) checkReport(t *testing.T, report string) {
	t.Helper()
	if !strings.Contains(report, `code="`+m.code+`"`) || !strings.Contains(report, m.says) && !strings.Contains(m.says, "ligne") {
		t.Errorf("the report lacks %s or %q:\n%.1500s", m.code, m.says, report)
	}
	if !frenchSentence.MatchString(report) || !utf8.ValidString(report) {
		t.Errorf("no sentence in the report:\n%.1500s", report)
	}
	if read, err := sigb.ReadReport(strings.NewReader(report)); err != nil {
		t.Errorf("the report cannot be read: %v", err)
	} else if m.whole != (read.Status == sigb.StatusRefused) || m.whole == (read.Status == sigb.StatusPartial) {
		t.Errorf("statut %q", read.Status)
	}
}

// checkDeposit finds what the library gave, of which every byte must be kept.
func (m misfit) checkDeposit(t *testing.T, h *hub, code string) cards.Deposit {
	t.Helper()
	list, err := h.store.Deposits(context.Background(), cards.DepositQuery{Library: code, Limit: 10})
	if err != nil || len(list) != 1 {
		t.Fatalf("%d deposits, want 1: %v", len(list), err)
	}
	stored, err := h.store.OpenDeposit(context.Background(), list[0].ID)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = stored.Close() }()
	kept, err := io.ReadAll(stored)
	if err != nil || !bytes.Equal(kept, []byte(m.document)) {
		t.Errorf("%d bytes are kept of %d: %v", len(kept), len(m.document), err)
	}
	return list[0]
}

func TestWhatIsWrongWithAPostedDocumentIsAnsweredAndNothingIsLost(t *testing.T) {
	t.Parallel()
	s := newSite(t, storetest.SQLiteDatabase(t))
	s.library("temoin")
	var good []string
	for name := range misfits("") {
		s.library(misfitCode(name))
	}
	h := s.boot()
	for name := range misfits("") {
		code := misfitCode(name)
		m := misfits(code)[name]
		good = append(good, m.goodCards(code)...)
		t.Run(name, func(t *testing.T) {
			want := http.StatusOK
			if m.whole {
				want = http.StatusBadRequest
			}
			if m.code == "etablissement" {
				want = http.StatusForbidden
			}
			status, reply, err := newCaller(t, h.publicURL, code).call(t.Context(), http.MethodPost, "/cartes", m.document)
			if err != nil || status != want {
				t.Errorf("status %d, want %d: %v", status, want, err)
			}
			m.checkReport(t, string(reply))
			m.checkDeposit(t, h, code)
		})
	}
	checkSet(t, newCaller(t, h.publicURL, "temoin").handed(t), good)
}

// A name that leads out of the library's folder leads nowhere.
func TestADroppedFileCannotLeaveItsFolder(t *testing.T) {
	t.Parallel()
	s := newSite(t, storetest.SQLiteDatabase(t))
	s.FTP = "embedded://127.0.0.1:0"
	s.library("mours")
	s.library("peyrins")
	h := s.boot()
	before := allFiles(t, filepath.Dir(s.Data))
	taken := 0
	for i, name := range []string{
		"../../x.xml", "../peyrins/x.xml", "/../../x.xml", "/etc/x.xml", "..", "a/../../../x.xml", `..\..\x.xml`, "../mours2/x.xml", "./x.xml", "%2e%2e/x.xml",
	} {
		number := fmt.Sprintf("CHEMIN%d", i)
		if rawStore(t, h.parts.ftpServer.Addr(), "mours", name, documentOf("mours", testCard{number: number})) {
			taken++
			t.Logf("%q is taken", name)
		} else {
			t.Logf("%q is refused", name)
		}
		for path := range allFiles(t, filepath.Dir(s.Data)) {
			if !before[path] && strings.HasSuffix(path, ".xml") && !strings.HasPrefix(path, filepath.Join(s.Data, "ftp", "mours")+string(filepath.Separator)) {
				t.Errorf("%q was written to %s", name, path)
			}
		}
	}
	const patience = time.Minute
	eventually(t, patience, "every file that was taken is integrated", func() bool {
		return len(filesIn(t, s)) == 0 && len(phonesHeld(t, h.foundation)) == taken
	})
	list, err := h.store.Deposits(context.Background(), cards.DepositQuery{Limit: 100})
	if err != nil || len(list) != taken {
		t.Errorf("%d deposits of %d files: %v", len(list), taken, err)
	}
	for _, d := range list {
		if d.Library != "mours" || strings.Contains(d.Name, "/") {
			t.Errorf("deposit %q of %s", d.Name, d.Library)
		}
	}
}

// rawStore stores under the very name and reports whether the server took it.
func rawStore(t *testing.T, addr, code, name, content string) bool {
	t.Helper()
	conn, err := ftp.Dial(addr, ftp.DialWithContext(t.Context()), ftp.DialWithTimeout(ftpPatience))
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = conn.Quit() }()
	if err := conn.Login(code, keyOf(code)); err != nil {
		t.Fatal(err)
	}
	return conn.Stor(name, strings.NewReader(content)) == nil
}

func allFiles(t *testing.T, folder string) map[string]bool {
	t.Helper()
	found := map[string]bool{}
	err := filepath.WalkDir(folder, func(path string, _ fs.DirEntry, err error) error {
		found[path] = true
		if os.IsNotExist(err) {
			return nil // integrated meanwhile
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return found
}
