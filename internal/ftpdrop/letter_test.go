package ftpdrop_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/carte-reseau/hub/internal/cards"
	"github.com/carte-reseau/hub/internal/ftpdrop"
)

// says checks that text stands in a letter, and what must not stand there.
func says(t *testing.T, m cards.Message, want []string, never ...string) {
	t.Helper()
	text := m.Subject + "\n" + m.Body
	for _, words := range want {
		if !strings.Contains(text, words) {
			t.Errorf("the letter does not say %q:\n%s", words, text)
		}
	}
	for _, words := range never {
		if strings.Contains(text, words) {
			t.Errorf("the letter says %q:\n%s", words, text)
		}
	}
}

// A file that would change much waits for a person: its library is told so, does not drop it again, and is told what was decided.
func TestALibraryHearsThatItsFileWaitsAndThatItWasAccepted(t *testing.T) {
	r := newRig(t, newMemory("peyrins", "mours"))
	r.put("mours/gros.xml", document("mours", "<carte suspecte/>"))
	r.poll()
	if len(r.mails) != 1 || len(tree(t, r.root)) != 0 || !r.deposits[0].gone {
		t.Fatalf("%d letters, left %v, gone %v", len(r.mails), tree(t, r.root), r.deposits[0].gone)
	}
	says(t, r.mails[0], []string{"« gros.xml » en attente d’un accord", "Bibliothèque mours (mours)", "modifierait 0 cartes d’un coup",
		"Aucune carte n’a encore été créée ni modifiée", "https://hub.example/depots/1\n", "Dépôt n° 1.", "automatiquement"})

	d := r.deposits[0].Deposit
	d.Status, d.Accepted, d.Arrived = cards.Integrated, true, time.Date(2026, 11, 21, 8, 30, 0, 0, time.UTC)
	d.Counts = cards.Counts{Received: 10, Created: 2, Modified: 7, Unchanged: 1}
	for range 2 {
		if err := r.poller.Answer(t.Context(), &d); err != nil {
			t.Fatal(err)
		}
	}
	if len(r.mails) != 2 {
		t.Fatalf("%d letters", len(r.mails))
	}
	says(t, r.mails[1], []string{"« gros.xml » accepté", "Bibliothèque mours (mours), reçu par FTP le 21/11/2026 à 08:30",
		"créées : 2\n", "modifiées : 7\n", "inchangées : 1\n", "https://hub.example/depots/1\n", "Dépôt n° 1."})
	if a, b := r.mails[0], r.mails[1]; a.To != "mours@bib.example" || b.To != a.To || a.Key != "ftp-suspendu-1" || b.Key != "ftp-1" {
		t.Errorf("to %s and %s, keys %s and %s", a.To, b.To, a.Key, b.Key)
	}
}

func TestNoLetterIsWrittenOfWhatWentWell(t *testing.T) {
	r := newRig(t, newMemory("mours"))
	d := cards.Deposit{ID: 1, LibraryID: 1, Door: cards.DoorFTP, Status: cards.Integrated, Name: "a.xml"}
	if err := r.poller.Answer(t.Context(), &d); err != nil || len(r.mails) != 0 {
		t.Errorf("%v, letters %+v", err, r.mails)
	}
	d.Status, d.LibraryID = cards.Suspended, 99
	if err := r.poller.Answer(t.Context(), &d); err != nil || len(r.mails) != 0 {
		t.Errorf("of a library that is gone: %v, letters %+v", err, r.mails)
	}
}

// A hub without an address of its own names none.
func TestALetterNamesNoAddressWhereTheHubHasNone(t *testing.T) {
	r := newRig(t, newMemory("mours"), func(o *ftpdrop.Options) { o.PublicURL = "" })
	r.put("mours/a.xml", "<cartes>")
	r.poll()
	says(t, r.mails[0], []string{"dépôt n° 1"}, "depots/", "Le rapport complet")
}

// The times in letters are those of the network.
func TestALetterTellsTheTimeOfTheNetwork(t *testing.T) {
	r := newRig(t, newMemory("mours"), func(o *ftpdrop.Options) { o.Location = time.FixedZone("là", 2*3600) })
	d := cards.Deposit{ID: 1, LibraryID: 1, Door: cards.DoorFTP, Status: cards.Suspended, Name: "a.xml", Arrived: time.Date(2026, 11, 21, 23, 30, 0, 0, time.UTC)}
	if err := r.poller.Answer(t.Context(), &d); err != nil {
		t.Fatal(err)
	}
	says(t, r.mails[0], []string{"le 22/11/2026 à 01:30"})
}

const reportHead = `<rapport xmlns="urn:carte-reseau:1" etablissement="mours" date="2026-11-21T08:30:02Z" depot="1" statut="partiel" recues="9" creees="0" modifiees="0" inchangees="0" rejetees="9">`

// The letter itself names the cards, whatever is known of them.
func TestALetterNamesACardByWhatIsKnownOfIt(t *testing.T) {
	r := newRig(t, newMemory("mours"))
	r.report = reportHead + `<carte numero="26" ligne-source="4" resultat="rejetee"><erreur code="dates">Un.</erreur><erreur code="valeur">Deux.</erreur></carte>` +
		`<carte ligne-source="5" resultat="rejetee"><erreur code="numero">Trois.</erreur></carte>` +
		`<carte numero="27" resultat="rejetee"><erreur code="dates">Quatre.</erreur></carte></rapport>`
	r.put("mours/a.xml", document("mours", "<carte mauvaise/><carte mauvaise/><carte mauvaise/>"))
	r.poll()
	says(t, r.mails[0], []string{"  - carte n° 26, ligne 4 : Un. Deux.\n", "  - carte sans numéro, ligne 5 : Trois.\n", "  - carte n° 27 : Quatre.\n"}, "… et")
}

// What is too large for a mail is left out of it; the letter comes, and says what it holds.
func TestALetterLeavesOutWhatIsTooLargeForAMail(t *testing.T) {
	const attach = 500
	long := func(inside string) string { return document("mours", inside+strings.Repeat(" ", attach)) }
	manyBad := long(strings.Repeat("<carte mauvaise/>", 100))
	for name, c := range map[string]struct {
		document, report string
		attached         []string
	}{
		"a report":            {document("mours", "<carte mauvaise/>"), reportHead + strings.Repeat(" ", 1<<20) + "</rapport>", []string{"a.xml"}},
		"the largest report":  {document("mours", "<carte mauvaise/>"), strings.Repeat(" ", 1<<20), []string{"rapport-1.xml", "a.xml"}},
		"a refused document":  {strings.TrimSuffix(long(""), "</cartes>\n"), "", []string{"rapport-1.xml"}},
		"the refused cards":   {manyBad, "", []string{"rapport-1.xml"}},
		"all but few refused": {long("<carte mauvaise/>"), "", []string{"rapport-1.xml", "refusees-1.xml"}},
		"nothing": {document("mours", "<carte mauvaise/>"+strings.Repeat(" ", attach-len(document("mours", "<carte mauvaise/>")))), "",
			[]string{"rapport-1.xml", "a.xml"}},
	} {
		t.Run(name, func(t *testing.T) {
			r := newRig(t, newMemory("mours"), func(o *ftpdrop.Options) { o.MaxAttach = attach })
			r.report = c.report
			r.put("mours/a.xml", c.document)
			r.poll()
			if len(r.mails) != 1 || len(tree(t, r.root)) != 0 {
				t.Fatalf("%d letters, left %v", len(r.mails), len(tree(t, r.root)))
			}
			var attached []string
			for _, a := range r.mails[0].Attachments {
				attached = append(attached, a.Name)
				if a.Name != "rapport-1.xml" && len(a.Data) > attach+len("</cartes>\n") {
					t.Errorf("%s has %d bytes", a.Name, len(a.Data))
				}
			}
			if fmt.Sprint(attached) != fmt.Sprint(c.attached) {
				t.Errorf("attached %v, want %v", attached, c.attached)
			}
			if lines := strings.Count(r.mails[0].Body, "\n  - le"); lines != len(attached) {
				t.Errorf("the letter tells of %d attachments:\n%s", lines, r.mails[0].Body)
			}
		})
	}
}

// A letter that cannot be written keeps the file: deleted, nobody would hear what was wrong with it.
func TestALetterThatCannotBeWrittenNowIsWrittenLater(t *testing.T) {
	for _, step := range []string{"libraries", "open", "rejected", "report", "mail"} {
		t.Run(step, func(t *testing.T) {
			r := newRig(t, newMemory("mours"), func(o *ftpdrop.Options) { o.MaxAttach = 400 })
			r.put("mours/a.xml", document("mours", strings.Repeat("<carte/>", 100)+"<carte mauvaise/>"))
			r.fail = func(s string) error {
				if s == step && (step != "libraries" || r.received > 0) {
					return errors.New("gone")
				}
				return nil
			}
			_ = r.poller.Poll(t.Context()) // "libraries" alone is asked for before
			if step == "libraries" {
				d := r.deposits[0].Deposit
				d.ID = 2
				if err := r.poller.Answer(t.Context(), &d); err == nil {
					t.Error("a letter that was not written is no success")
				}
				return
			}
			if err := r.poller.Poll(t.Context()); err == nil || len(r.mails) != 0 || len(tree(t, r.root)) != 1 {
				t.Fatalf("%v, %d letters, left %v", err, len(r.mails), tree(t, r.root))
			}
			r.fail = func(string) error { return nil }
			r.poll()
			if len(r.mails) != 1 || len(r.mails[0].Attachments) != 2 || len(tree(t, r.root)) != 0 || r.received != 1 {
				t.Errorf("%+v, left %v, %d deposits", r.mails, tree(t, r.root), r.received)
			}
		})
	}
}
