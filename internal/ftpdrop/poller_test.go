package ftpdrop_test

import (
	"bytes"
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/carte-reseau/hub/internal/cards"
	"github.com/carte-reseau/hub/internal/ftpdrop"
)

// rig is a poller before an embedded server; files are put into the folder on
// the disk, as any other FTP server would have put them there.
type rig struct {
	*memory
	t      *testing.T
	root   string
	poller *ftpdrop.Poller
	opt    ftpdrop.Options
	log    bytes.Buffer
}

func newRig(t *testing.T, m *memory, change ...func(*ftpdrop.Options)) *rig {
	t.Helper()
	server, root := startServer(t, m, ftpdrop.ServerOptions{})
	r := &rig{memory: m, t: t, root: root}
	r.opt = ftpdrop.Options{
		Target: server.Target(), Timeout: 5 * time.Second, Settle: 20 * time.Millisecond, Patience: time.Hour, MaxAttach: 1 << 16,
		PublicURL: "https://hub.example/", Logger: slog.New(slog.NewTextHandler(&r.log, &slog.HandlerOptions{Level: slog.LevelDebug})),
	}
	for _, c := range change {
		c(&r.opt)
	}
	r.restart()
	return r
}

// newScriptedRig polls a server of the test's own making.
func newScriptedRig(t *testing.T, m *memory, change ...func(*ftpdrop.Options)) (*rig, *scripted) {
	t.Helper()
	r := newRig(t, m, change...)
	server := newScripted(t, r.root)
	r.opt.Target = server.target()
	r.restart()
	return r, server
}

// restart makes a new poller, as a new process would.
func (r *rig) restart() { r.poller = ftpdrop.New(r.memory, r.memory, r.opt) }

func (r *rig) put(name, content string) string {
	r.t.Helper()
	p := filepath.Join(r.root, name)
	if err := os.MkdirAll(filepath.Dir(p), 0o750); err != nil {
		r.t.Fatal(err)
	}
	if err := os.WriteFile(p, []byte(content), 0o600); err != nil {
		r.t.Fatal(err)
	}
	return p
}

func (r *rig) poll() {
	r.t.Helper()
	if err := r.poller.Poll(r.t.Context()); err != nil {
		r.t.Fatal(err)
	}
}

func TestFilesAreTaken(t *testing.T) {
	r := newRig(t, newMemory("mours", "peyrins", "absent"))
	r.put("mours/b.xml", document("mours", "<carte/>"))
	old := r.put("mours/z-plus-ancien.XML", document("mours", "<carte/><carte/>"))
	if err := os.Chtimes(old, time.Now(), time.Now().Add(-time.Hour)); err != nil {
		t.Fatal(err)
	}
	r.put("peyrins/\xe9t\xe9 \xe0 l'\xe9cole & co.xml", document("peyrins", ""))
	r.put("mours/ année  2026 (été)", document("mours", ""))
	kept := map[string]string{
		"mours/c.xml.tmp": "x", "mours/c.PART": "x", "mours/c.filepart": "x", "mours/.c.xml": "x",
		"mours/c.xml.trop-grand": "x", "autre/c.xml": "x", "c.xml": document("mours", ""), "mours/deux\nlignes.xml": "x",
	}
	for name, content := range kept {
		r.put(name, content)
	}
	r.poll()
	if got := r.names(); !strings.HasPrefix(got, "mours/z-plus-ancien.XML ") || !strings.HasSuffix(got, " peyrins/été à l'école & co.xml") ||
		!strings.Contains(got, " mours/b.xml ") || !strings.Contains(got, "mours/année  2026 (été) ") {
		t.Errorf("took %q", got)
	}
	expectTree(t, r.root, kept)
	if len(r.mails) != 0 || len(r.runs) != 4 || !r.runs[0].OK || r.runs[0].Counts.Received != 2 || r.runs[0].Job != cards.JobFTP {
		t.Errorf("mails %v, runs %+v", r.mails, r.runs)
	}
	r.poll()
	if r.received != 4 {
		t.Errorf("%d deposits after a second round", r.received)
	}
}

func TestLetterToTheLibrary(t *testing.T) {
	r := newRig(t, newMemory("mours", "peyrins"))
	broken := "<cartes etablissement=\"mours\">\n<carte/>"
	r.put("mours/coupé.xml", broken)
	r.put("peyrins/partiel.xml", document("peyrins", "<carte/><carte mauvaise/>"))
	r.poll()
	if len(r.mails) != 2 || len(tree(t, r.root)) != 0 {
		t.Fatalf("%d letters, folder %v", len(r.mails), tree(t, r.root))
	}
	first, second := r.mails[0], r.mails[1]
	if first.To != "mours@bib.example" || first.Subject != "Carte réseau : fichier « coupé.xml » refusé" || first.Key != "ftp-1" {
		t.Errorf("%+v", first)
	}
	for _, want := range []string{"ligne 3 : Le document s’arrête avant sa fin.", "Aucune carte", "https://hub.example/depots/1", "dépôt n° 1", "tel que vous l’avez déposé"} {
		if !strings.Contains(first.Body, want) {
			t.Errorf("the letter does not say %q:\n%s", want, first.Body)
		}
	}
	if a := first.Attachments; len(a) != 2 || a[0].Name != "rapport-1.xml" || string(a[0].Data) != `<rapport depot="1"/>` ||
		a[1].Name != "coupé.xml" || string(a[1].Data) != broken {
		t.Errorf("attachments %+v", a)
	}
	if second.To != "peyrins@bib.example" || !strings.Contains(second.Subject, "1 carte refusée") || !strings.Contains(second.Body, "sauf 1 carte refusée sur 2") {
		t.Errorf("%+v", second)
	}
	if r.runs[0].OK || !strings.Contains(r.runs[0].Error.String(), "s’arrête") || !r.runs[1].OK {
		t.Errorf("runs %+v", r.runs)
	}
	for _, secret := range []string{"bib.example", "<carte"} {
		if strings.Contains(r.log.String(), secret) {
			t.Errorf("the log holds %q", secret)
		}
	}
}

func TestLargeFileGivesBackRefusedCards(t *testing.T) {
	r := newRig(t, newMemory("mours"))
	r.put("mours/gros.xml", document("mours", strings.Repeat("<carte/>", 20000)+"<carte mauvaise/>"))
	r.poll()
	if len(r.mails) != 1 || len(r.mails[0].Attachments) != 2 {
		t.Fatalf("%+v", r.mails)
	}
	a := r.mails[0].Attachments[1]
	want := "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<cartes xmlns=\"urn:carte-reseau:1\" etablissement=\"mours\">\n<carte mauvaise/>\n</cartes>\n"
	if a.Name != "refusees-1.xml" || string(a.Data) != want {
		t.Errorf("%s %q", a.Name, a.Data)
	}
}

func TestTooLargeIsSetAside(t *testing.T) {
	r := newRig(t, newMemory("mours"), func(o *ftpdrop.Options) { o.MaxDocument = 100 })
	p := r.put("mours/gros.xml", strings.Repeat("x", 101))
	when := time.Date(2026, 11, 21, 9, 30, 0, 0, time.UTC)
	if err := os.Chtimes(p, when, when); err != nil {
		t.Fatal(err)
	}
	r.put("mours/petit.xml", document("mours", ""))
	r.poll()
	r.poll()
	expectTree(t, r.root, map[string]string{"mours/gros.xml.20261121T093000.trop-grand": strings.Repeat("x", 101)})
	if len(r.mails) != 1 || !strings.Contains(r.mails[0].Body, "101 octets") || r.names() != "mours/petit.xml" {
		t.Errorf("mails %+v, took %s", r.mails, r.names())
	}
}

// What is set aside exists nowhere else. Servers overwrite what a rename meets, and where none tells times the second file of a name
// met the first.
func TestWhatIsSetAsideOverwritesNothing(t *testing.T) {
	first, second := strings.Repeat("x", 101), strings.Repeat("y", 101)
	for name, c := range map[string]struct {
		noTimes bool
		want    map[string]string
	}{
		"no times":   {true, map[string]string{"mours/gros.xml.trop-grand": first, "mours/gros.xml~0002.trop-grand": second}},
		"one second": {false, map[string]string{"mours/gros.xml.20261121T093000.trop-grand": first, "mours/gros.xml.20261121T093000~0002.trop-grand": second}},
	} {
		t.Run(name, func(t *testing.T) {
			r, server := newScriptedRig(t, newMemory("mours"), func(o *ftpdrop.Options) { o.MaxDocument = 100 })
			server.behave(habits{noTimes: c.noTimes, noDates: c.noTimes})
			when := time.Date(2026, 11, 21, 9, 30, 0, 0, time.UTC)
			for _, content := range []string{first, second} {
				if err := os.Chtimes(r.put("mours/gros.xml", content), when, when); err != nil {
					t.Fatal(err)
				}
				r.poll()
				r.poll()
			}
			expectTree(t, r.root, c.want)
			if len(r.mails) != 2 {
				t.Errorf("told of %d files, want both: %+v", len(r.mails), r.mails)
			}
		})
	}
}

// TestGrowingFileWaits: neither a growing file nor one that rests without its
// end is taken, since deleting it would lose what is still on its way.
func TestGrowingFileWaits(t *testing.T) {
	r := newRig(t, newMemory("mours"), func(o *ftpdrop.Options) { o.Target.Whole = false })
	half := "<cartes etablissement=\"mours\"><carte/>"
	r.put("mours/lent.xml", half)
	r.put("mours/vide.xml", "")
	long := strings.Repeat("<carte/>", 5000) // more than is read at a time
	r.put("mours/long.xml", "<cartes></cartes>"+long)
	r.put("mours/entier.xml", document("mours", "")+"<!-- produit par un logiciel -->\x1a\r\n")
	for range 3 {
		r.poll()
	}
	if r.names() != "mours/entier.xml" {
		t.Fatalf("took %q", r.names())
	}
	r.put("mours/long.xml", document("mours", long))
	r.poll()
	r.put("mours/lent.xml", half+"<carte/></cartes>")
	r.poll()
	if r.names() != "mours/entier.xml mours/long.xml mours/lent.xml" {
		t.Errorf("took %q", r.names())
	}
	// After the patience is over, a file without its end is refused.
	r.opt.Patience = 40 * time.Millisecond
	r.restart()
	waitUntil(t, "the empty file to be taken", func() bool { r.poll(); return r.received == 4 })
	if len(r.mails) != 1 || len(tree(t, r.root)) != 0 {
		t.Errorf("mails %+v, folder %v", r.mails, tree(t, r.root))
	}
}

// TestChangedWhileRead: a file written to between download and deletion is not
// deleted; its new state has its own turn.
func TestChangedWhileRead(t *testing.T) {
	r := newRig(t, newMemory("mours"))
	r.put("mours/a.xml", document("mours", "<carte/>"))
	r.fail = func(step string) error {
		if step == "integrate" && r.received == 1 {
			r.put("mours/a.xml", document("mours", "<carte/><carte/>"))
		}
		return nil
	}
	r.takesBoth("mours/a.xml")
}

// takesBoth polls until a file and the one put in its place while it was read are taken.
func (r *rig) takesBoth(path string) {
	r.t.Helper()
	r.poll()
	if len(tree(r.t, r.root)) != 1 {
		r.t.Fatal("the later document was deleted unread")
	}
	r.fail = func(string) error { return nil }
	r.poll()
	if got := r.names(); got != path+" "+path || len(tree(r.t, r.root)) != 0 {
		r.t.Errorf("took %s, folder %v", got, tree(r.t, r.root))
	}
}

// A library takes its file away while it is integrated. Nobody is told of
// trouble, and the same bytes dropped again are another document: what was wrong
// with the first may be set right on the hub's side.
func TestAFileTakenAwayWhileItIsIntegrated(t *testing.T) {
	for name, shared := range map[string]bool{"by library": false, "shared": true} {
		t.Run(name, func(t *testing.T) {
			r := newRig(t, newMemory("mours"), func(o *ftpdrop.Options) { o.Shared = shared })
			path := r.put("mours/a.xml", document("mours", "<carte mauvaise/>"))
			r.fail = func(step string) error {
				if step == "integrate" && r.received == 1 {
					_ = os.Remove(path)
				}
				return nil
			}
			r.poll()
			if len(r.runs) != 1 || strings.Contains(r.runs[0].Error.String(), "supprimé") || !r.deposits[0].gone {
				t.Errorf("%+v, gone %v", r.runs, r.deposits[0].gone)
			}
			r.put("mours/a.xml", document("mours", "<carte mauvaise/>"))
			r.poll()
			if r.received != 2 || len(r.mails) != 2 {
				t.Errorf("%d deposits, %d letters; folder %v", r.received, len(r.mails), tree(t, r.root))
			}
		})
	}
}

// A file that could not be deleted goes later by other hands.
func TestAFileThatCouldNotBeDeletedIsTakenAway(t *testing.T) {
	for name, shared := range map[string]bool{"by library": false, "shared": true} {
		t.Run(name, func(t *testing.T) {
			r, server := newScriptedRig(t, newMemory("mours"), func(o *ftpdrop.Options) { o.Shared = shared })
			path := r.put("mours/a.xml", document("mours", "<carte/>"))
			server.refuse("DELE mours/a.xml", "550 non")
			r.poll()
			if len(r.runs) != 1 || r.runs[0].OK || r.deposits[0].gone {
				t.Fatalf("the file was deleted: %+v", r.runs)
			}
			if err := os.Remove(path); err != nil {
				t.Fatal(err)
			}
			r.poll()
			if !r.deposits[0].gone {
				t.Error("its file is still waited for")
			}
		})
	}
}

// TestCrashAnywhere breaks the round off at every step; the next process ends
// the work, with one deposit and one letter.
func TestCrashAnywhere(t *testing.T) {
	for _, step := range []string{"receive", "integrate", "mail", "gone"} {
		t.Run(step, func(t *testing.T) {
			r := newRig(t, newMemory("mours"))
			r.put("mours/a.xml", document("mours", "<carte/><carte mauvaise/>"))
			r.fail = func(s string) error {
				if s == step {
					return errors.New("gone")
				}
				return nil
			}
			if err := r.poller.Poll(t.Context()); err == nil {
				t.Fatal("a broken database is no success")
			}
			r.fail = func(string) error { return nil }
			r.restart()
			r.poll()
			if r.received != 1 || len(r.mails) != 1 || len(tree(t, r.root)) != 0 || !r.deposits[0].gone {
				t.Fatalf("%d deposits, %d letters, folder %v, gone %v", r.received, len(r.mails), tree(t, r.root), r.deposits[0].gone)
			}
			// The same file dropped again is a new drop.
			r.put("mours/a.xml", document("mours", "<carte/><carte mauvaise/>"))
			r.poll()
			if r.received != 2 {
				t.Errorf("a file dropped again was taken for the old one")
			}
		})
	}
}

// Two hubs poll one server, whichever has the lease. What the one left undone
// when it died is the other's to end.
func TestAFileAnotherHubDeletedIsNotWaitedFor(t *testing.T) {
	r := newRig(t, newMemory("mours"))
	r.poll()
	other := ftpdrop.New(r.memory, r.memory, r.opt)
	r.put("mours/a.xml", document("mours", "<carte mauvaise/>"))
	r.fail = func(step string) error {
		if step == "gone" {
			return errors.New("gone")
		}
		return nil
	}
	if err := other.Poll(t.Context()); err == nil || len(tree(t, r.root)) != 0 {
		t.Fatalf("it did not die behind the deletion: %v, folder %v", err, tree(t, r.root))
	}
	r.fail = func(string) error { return nil }
	r.poll()
	if !r.deposits[0].gone {
		t.Error("its file is still waited for")
	}
	r.put("mours/a.xml", document("mours", "<carte mauvaise/>"))
	r.poll()
	if r.received != 2 || len(r.mails) != 2 {
		t.Errorf("%d deposits, %d letters: a file dropped again was taken for the old one", r.received, len(r.mails))
	}
}

// TestSameNameOtherBytes: what lies under a pending deposit's name and size is
// read, not believed.
func TestSameNameOtherBytes(t *testing.T) {
	r := newRig(t, newMemory("mours"))
	r.put("mours/a.xml", document("mours", "<carte a/>"))
	r.fail = func(step string) error {
		if step == "integrate" {
			return errors.New("gone")
		}
		return nil
	}
	if err := r.poller.Poll(t.Context()); err == nil {
		t.Fatal("no error")
	}
	r.fail = func(string) error { return nil }
	r.put("mours/a.xml", document("mours", "<carte b/>"))
	r.restart()
	r.poll()
	if r.received != 2 || !strings.Contains(string(r.deposits[1].data), "<carte b/>") {
		t.Errorf("%d deposits", r.received)
	}
}

// TestUndeletableIsTakenOnce, whatever the number of rounds and processes.
func TestUndeletableIsTakenOnce(t *testing.T) {
	r, server := newScriptedRig(t, newMemory("mours"))
	r.put("mours/a.xml", document("mours", "<carte mauvaise/>"))
	r.put("mours/b.xml", document("mours", "<carte/>"))
	server.refuse("DELE mours/a.xml", "550 non")
	for range 3 {
		r.poll()
	}
	r.restart()
	for range 2 {
		r.poll()
	}
	if r.received != 2 || len(r.mails) != 1 {
		t.Errorf("%d deposits, %d letters", r.received, len(r.mails))
	}
	if run := r.runs[0]; run.OK || !strings.Contains(run.Error.String(), "ne peut pas être supprimé") {
		t.Errorf("staff are told %+v", run)
	}
	server.refuse("", "")
	r.poll()
	if len(tree(t, r.root)) != 0 || r.received != 2 {
		t.Errorf("folder %v after %d deposits", tree(t, r.root), r.received)
	}
}

// What was read of a file is kept a month; the file itself may lie there longer. What it says is old then, and would be
// integrated as the library's latest word.
func TestUndeletableIsTakenOnceThoughItsBytesAreNoLongerKept(t *testing.T) {
	r, server := newScriptedRig(t, newMemory("mours"))
	path := r.put("mours/a.xml", document("mours", "<carte/>"))
	server.refuse("DELE mours/a.xml", "550 non")
	r.poll()
	r.deposits[0].data = nil
	r.restart()
	r.poll()
	if r.received != 1 {
		t.Fatalf("%d deposits", r.received)
	}
	// Another file of its name and size is another document.
	if err := os.Chtimes(path, time.Time{}, time.Now().Add(time.Hour)); err != nil {
		t.Fatal(err)
	}
	r.restart()
	r.poll()
	if r.received != 2 {
		t.Errorf("%d deposits", r.received)
	}
}

// A library that drops its whole history, a file a day, must not keep the others waiting for the end of it.
func TestFoldersTakeTurns(t *testing.T) {
	r := newRig(t, newMemory("mours", "peyrins"), func(o *ftpdrop.Options) { o.Turn = time.Nanosecond })
	for _, name := range []string{"mours/1.xml", "mours/2.xml", "mours/3.xml", "peyrins/4.xml", "peyrins/5.xml"} {
		r.put(name, document(filepath.Dir(name), "<carte/>"))
	}
	r.poll()
	// Whoever has fewest was looked through first.
	if want := "peyrins/4.xml mours/1.xml peyrins/5.xml mours/2.xml mours/3.xml"; r.names() != want {
		t.Errorf("taken in the order %s\nwant %s", r.names(), want)
	}
	if left := tree(t, r.root); len(left) != 0 {
		t.Errorf("left %v", left)
	}
}

// A library's folder that the hub's account may not list looks like none. Nothing of it is taken, nobody would hear of it, and
// what was integrated from it and could not be deleted would count as gone, and be integrated anew one day.
func TestAFolderThatCannotBeListedIsTold(t *testing.T) {
	r, server := newScriptedRig(t, newMemory("mours", "peyrins", "absent"))
	r.put("mours/a.xml", document("mours", "<carte/>"))
	server.refuse("DELE mours/a.xml", "550 non")
	r.poll()
	server.refuse("MLSD mours", "550 mours: Permission denied")
	r.put("peyrins/b.xml", document("peyrins", "<carte/>"))
	for range 3 {
		r.poll()
	}
	var told []cards.Run
	for _, run := range r.runs {
		if strings.Contains(run.Error.String(), "droit de lister") {
			told = append(told, run)
		}
	}
	if len(told) != 1 || told[0].OK || told[0].Library != "mours" || !strings.Contains(told[0].Error.String(), "550") {
		t.Errorf("told %+v", told)
	}
	if r.names() != "mours/a.xml peyrins/b.xml" || r.deposits[0].gone {
		t.Errorf("took %s; the file that was not deleted counts as gone: %t", r.names(), r.deposits[0].gone)
	}
	server.refuse("", "")
	r.poll()
	if r.received != 2 || !r.deposits[0].gone {
		t.Errorf("%d deposits, gone %t", r.received, r.deposits[0].gone)
	}
}

// Some servers answer with an empty list where a folder cannot be read. What could not be deleted in it is there still.
func TestAFileIsNotGoneBecauseNoListShowsIt(t *testing.T) {
	r, server := newScriptedRig(t, newMemory("mours"))
	path := r.put("mours/a.xml", document("mours", "<carte/>"))
	server.refuse("DELE mours/a.xml", "550 non")
	r.poll()
	server.behave(habits{blind: true})
	r.restart()
	r.poll()
	if r.deposits[0].gone {
		t.Error("it counts as gone")
	}
	server.behave(habits{})
	r.poll()
	if r.received != 1 {
		t.Errorf("%d deposits", r.received)
	}
	if err := os.Remove(path); err != nil {
		t.Fatal(err)
	}
	r.poll()
	if !r.deposits[0].gone {
		t.Error("its file is still waited for")
	}
}

// TestBadFileBlocksNobody: an unreadable file is told once and leaves the
// others, and the schedule, alone.
func TestBadFileBlocksNobody(t *testing.T) {
	r, server := newScriptedRig(t, newMemory("mours", "peyrins"))
	r.put("mours/a.xml", document("mours", "<carte/>"))
	r.put("mours/b.xml", document("mours", "<carte/>"))
	r.put("peyrins/c.xml", document("peyrins", "<carte/>"))
	server.refuse("RETR mours/a.xml", "550 interdit : mours/a.xml")
	for range 4 {
		r.poll()
	}
	if r.names() != "mours/b.xml peyrins/c.xml" {
		t.Errorf("took %q", r.names())
	}
	told := 0
	for _, run := range r.runs {
		if !run.OK && strings.Contains(run.Error.String(), "a.xml") && strings.Contains(run.Error.String(), "550 interdit") {
			told++
		}
	}
	if told != 1 {
		t.Errorf("told %d times: %+v", told, r.runs)
	}
	if log := r.log.String(); strings.Contains(log, "a.xml") || !strings.Contains(log, "answered 550") {
		t.Errorf("the log names the file, which may be a reader's name, or does not say why:\n%s", log)
	}
	server.refuse("", "")
	r.poll()
	if r.received != 3 {
		t.Error("the file is not taken once it can be read")
	}
}

// Nor do many files, over each of which the server hangs up, as it may while they are written.
func TestFilesOverWhichTheServerHangsUpBlockNobody(t *testing.T) {
	r, server := newScriptedRig(t, newMemory("mours", "peyrins"))
	server.dieOver("RETR mours/")
	for _, name := range []string{"mours/1.xml", "mours/2.xml", "mours/3.xml", "mours/4.xml", "peyrins/5.xml"} {
		r.put(name, document(filepath.Dir(name), "<carte/>"))
	}
	for range 3 {
		_ = r.poller.Poll(t.Context())
	}
	if r.names() != "peyrins/5.xml" {
		t.Fatalf("took %q", r.names())
	}
	r.put("mours/6.xml", document("mours", "<carte/>"))
	server.dieOver("")
	r.poll()
	if left := tree(t, r.root); len(left) != 0 {
		t.Errorf("left %v", left)
	}
}

// Files about which the server hangs up when it is asked for their size keep no other waiting, in their folder or elsewhere.
func TestFilesThatCannotBeAskedForBlockNobody(t *testing.T) {
	r, server := newScriptedRig(t, newMemory("mours", "peyrins"))
	server.behave(habits{oldList: true})
	server.dieOver("SIZE mours/a")
	for _, name := range []string{"mours/a1.xml", "mours/a2.xml", "mours/a3.xml", "mours/a4.xml", "mours/b.xml", "peyrins/c.xml"} {
		r.put(name, document(filepath.Dir(name), ""))
	}
	waitUntil(t, "the others to be taken", func() bool {
		_ = r.poller.Poll(t.Context())
		return r.integrated("mours/b.xml") && r.integrated("peyrins/c.xml")
	})
}

// Not those behind them in their own folder either.
func TestFilesOverWhichTheServerHangsUpComeLast(t *testing.T) {
	for name, folder := range map[string]string{"by library": "mours/", "shared": ""} {
		t.Run(name, func(t *testing.T) {
			r, server := newScriptedRig(t, newMemory("mours", "peyrins"), func(o *ftpdrop.Options) { o.Shared = folder == "" })
			server.dieOver("RETR " + folder + "a")
			r.putInOrder([2]string{folder + "a1.xml", document("mours", "")}, [2]string{folder + "a2.xml", document("mours", "")},
				[2]string{folder + "a3.xml", document("mours", "")}, [2]string{folder + "a4.xml", document("mours", "")}, [2]string{folder + "b.xml", document("mours", "<carte/>")})
			for range 3 {
				_ = r.poller.Poll(t.Context())
			}
			if r.names() != "mours/b.xml" {
				t.Fatalf("took %q", r.names())
			}
			older := time.Now().Add(-time.Hour)
			if err := os.Chtimes(r.put(folder+"c.xml", document("mours", "<carte/>")), older, older); err != nil {
				t.Fatal(err)
			}
			waitUntil(t, "one that is older than they", func() bool {
				_ = r.poller.Poll(t.Context())
				return r.integrated("mours/c.xml")
			})
		})
	}
}

// TestServerWithoutMLSD lists by LIST, adds what LIST's lines do not parse by
// NLST, and asks SIZE and MDTM.
func TestServerWithoutMLSD(t *testing.T) {
	r, server := newScriptedRig(t, newMemory("mours"))
	server.behave(habits{oldList: true})
	r.put("mours/a b.xml", document("mours", "<carte/>"))
	r.put("mours/illisible.xml", document("mours", "<carte/>"))
	r.poll()
	if r.received != 2 || len(tree(t, r.root)) != 0 {
		t.Errorf("took %q, left %v", r.names(), tree(t, r.root))
	}
	// Of an empty folder many refuse NLST.
	server.refuse("NLST mours", "550 none")
	r.poll()
	r.put("mours/c.xml", document("mours", "<carte/>"))
	r.poll()
	if r.received != 3 {
		t.Errorf("took %q", r.names())
	}
}

// TestConnectionLostWhileIntegrating: servers hang up on a client that is busy
// with a large file.
func TestConnectionLostWhileIntegrating(t *testing.T) {
	r, server := newScriptedRig(t, newMemory("mours"))
	r.put("mours/a.xml", document("mours", "<carte/>"))
	r.fail = func(step string) error {
		if step == "integrate" {
			server.hangUp()
		}
		return nil
	}
	r.poll()
	if r.received != 1 || len(tree(t, r.root)) != 0 {
		t.Errorf("%d deposits, left %v", r.received, tree(t, r.root))
	}
}

// The connection breaks when the server has deleted the file and has not said so. Its library writes the next one under the same
// name meanwhile: asking once more would delete that one unread.
func TestConnectionLostWhileDeleting(t *testing.T) {
	r, server := newScriptedRig(t, newMemory("mours"))
	r.put("mours/a.xml", document("mours", "<carte/>"))
	server.set(func(s *scripted) { s.unsaid = func() { r.put("mours/a.xml", document("mours", "<carte/><carte/>")) } })
	r.takesBoth("mours/a.xml")
}

// The same over a file that is set aside.
func TestConnectionLostWhileSettingAside(t *testing.T) {
	r, server := newScriptedRig(t, newMemory("mours"), func(o *ftpdrop.Options) { o.MaxDocument = 200 })
	r.put("mours/a.xml", document("mours", strings.Repeat("<carte/>", 100)))
	server.set(func(s *scripted) { s.unsaid = func() { r.put("mours/a.xml", document("mours", "<carte/>")) } })
	r.poll()
	r.poll()
	if got := tree(t, r.root); r.names() != "mours/a.xml" || len(got) != 1 {
		t.Errorf("took %q, left %v", r.names(), got)
	}
}

// TestDownloadBreaksOff: a short transfer is no document.
func TestDownloadBreaksOff(t *testing.T) {
	r, server := newScriptedRig(t, newMemory("mours"))
	server.cutAt(10)
	r.put("mours/a.xml", document("mours", "<carte/>"))
	r.poll()
	if r.received != 0 || len(tree(t, r.root)) != 1 {
		t.Fatalf("half a file was taken")
	}
	server.cutAt(0)
	r.poll()
	if r.received != 1 {
		t.Error("the file was not taken once it came whole")
	}
}

// A file that never comes as the server announces it is not taken, and somebody must hear of it: its library believes it is.
func TestAFileThatNeverComesWholeIsTold(t *testing.T) {
	r, server := newScriptedRig(t, newMemory("mours"), func(o *ftpdrop.Options) { o.Patience = time.Millisecond })
	server.cutAt(10)
	r.put("mours/a.xml", document("mours", "<carte/>"))
	r.poll()
	if len(r.runs) != 0 {
		t.Fatalf("told of a file that may still be written: %+v", r.runs)
	}
	waitUntil(t, "staff to be told", func() bool {
		r.poll()
		return len(r.runs) > 0
	})
	r.poll()
	if len(r.runs) != 1 || r.runs[0].OK || !strings.Contains(r.runs[0].Error.String(), "a.xml") || !strings.Contains(r.runs[0].Error.String(), "taille") {
		t.Errorf("%+v", r.runs)
	}
	server.cutAt(0)
	r.poll()
	if r.received != 1 {
		t.Error("the file was not taken once it came whole")
	}
}

// TestEmbeddedWithCertificate: the poller visits its own server under TLS too,
// over the ports that were opened for it.
func TestEmbeddedWithCertificate(t *testing.T) {
	_, cert := authority(t)
	m := newMemory("mours")
	first := freePort(t)
	server, root := startServer(t, m, ftpdrop.ServerOptions{
		Listen: "0.0.0.0:0", TLS: &tls.Config{Certificates: []tls.Certificate{cert}, MinVersion: tls.VersionTLS12},
		Passive: ftpdrop.PortRange{First: first, Last: first},
	})
	r := &rig{memory: m, t: t, root: root, opt: ftpdrop.Options{Target: server.Target(), Settle: 20 * time.Millisecond, Timeout: 5 * time.Second}}
	r.restart()
	r.put("mours/a.xml", document("mours", "<carte/>"))
	r.poll()
	if r.received != 1 || len(tree(t, root)) != 0 {
		t.Errorf("%d deposits, left %v", r.received, tree(t, root))
	}
}

func TestServerUnreachable(t *testing.T) {
	silent := newSilent(t)
	r := newRig(t, newMemory("mours", "peyrins"), func(o *ftpdrop.Options) {
		o.Target = ftpdrop.Target{Host: silent, User: "hub"}
		o.Timeout = 100 * time.Millisecond
	})
	begin := time.Now()
	err := r.poller.Poll(t.Context())
	if err == nil || !strings.Contains(cards.MessageOf(err), "injoignable") {
		t.Errorf("got %v", err)
	}
	if time.Since(begin) > 2*time.Second {
		t.Errorf("took %v", time.Since(begin))
	}
	r.opt.Timeout = time.Minute
	r.restart()
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	if err := r.poller.Poll(ctx); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("a stop is answered with %v", err)
	}
}

// What is wrong with the encryption is neither a server that is down nor a wrong password.
func TestTLSThatComesToNothingIsCalledThat(t *testing.T) {
	_, cert := authority(t)
	for name, c := range map[string]struct {
		tls  *tls.Config
		want string
	}{
		"a certificate nobody knows": {&tls.Config{Certificates: []tls.Certificate{cert}, MinVersion: tls.VersionTLS12}, "l’autorité qui a signé son certificat"},
		"no TLS at all":              {nil, "refuse de chiffrer"},
	} {
		t.Run(name, func(t *testing.T) {
			m := newMemory("mours")
			server, _ := startServer(t, m, ftpdrop.ServerOptions{TLS: c.tls})
			target := server.Target()
			target.Explicit, target.TLS = true, nil
			err := ftpdrop.New(m, m, ftpdrop.Options{Target: target, Timeout: 5 * time.Second}).Poll(t.Context())
			if err == nil || !strings.Contains(cards.MessageOf(err), c.want) {
				t.Errorf("%v", cards.MessageOf(err))
			}
		})
	}
}

// A server that answers without end must not fill the hub's memory.
func TestEndlessServerIsGivenUp(t *testing.T) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	const much = 64 << 20
	sent := make(chan int, 1)
	go func() {
		n := 0
		if conn, err := listener.Accept(); err == nil {
			for piece := bytes.Repeat([]byte("2"), 1<<16); n < much && err == nil; n += len(piece) {
				_, err = conn.Write(piece)
			}
			_ = conn.Close()
		}
		sent <- n
	}()
	r := newRig(t, newMemory("mours"), func(o *ftpdrop.Options) {
		o.Target = ftpdrop.Target{Host: listener.Addr().String(), User: "hub"}
	})
	if err := r.poller.Poll(t.Context()); err == nil || !strings.Contains(cards.MessageOf(err), "injoignable") {
		t.Errorf("got %v", err)
	}
	_ = listener.Close()
	if n := <-sent; n >= much {
		t.Errorf("%d bytes of one line were read", n)
	}
}

func TestWrongPassword(t *testing.T) {
	r := newRig(t, newMemory("mours"), func(o *ftpdrop.Options) { o.Target.Password = "faux" })
	err := r.poller.Poll(t.Context())
	if err == nil || !strings.Contains(cards.MessageOf(err), "refuse l’ouverture de session") {
		t.Errorf("got %v", err)
	}
	if strings.Contains(fmt.Sprint(err), "faux") {
		t.Error("the error shows the password")
	}
}

func TestPausedLibraryWaits(t *testing.T) {
	m := newMemory("mours")
	m.libraries[0].Paused = true
	r := newRig(t, m)
	r.put("mours/a.xml", document("mours", ""))
	r.poll()
	if r.received != 0 {
		t.Fatal("a paused library's file was taken")
	}
	m.libraries[0].Paused = false
	r.poll()
	if r.received != 1 {
		t.Error("the file was not taken after the pause")
	}
}

func TestSharedFolder(t *testing.T) {
	m := newMemory("mours", "peyrins", "pause")
	m.libraries[1].Serves = []string{"annexe"}
	m.libraries[2].Paused = true
	r := newRig(t, m, func(o *ftpdrop.Options) { o.Shared, o.AdminEmail = true, "admin@reseau.example" })
	r.put("un.xml", document("mours", "<carte/>"))
	r.put("deux.xml", document("annexe", "<carte/>"))
	r.put("mours/trois.xml", document("mours", "<carte/>"))
	left := map[string]string{
		"pause.xml": document("pause", ""), "inconnu.xml": document("ailleurs", ""), "illisible.xml": "rien", "vide.xml": "",
	}
	for name, content := range left {
		r.put(name, content)
	}
	for range 3 {
		r.poll()
	}
	expectTree(t, r.root, left)
	got := map[string]bool{}
	for _, name := range strings.Fields(r.names()) {
		got[name] = true
	}
	if len(got) != 3 || !got["mours/un.xml"] || !got["peyrins/deux.xml"] || !got["mours/trois.xml"] {
		t.Errorf("took %v", got)
	}
	if len(r.mails) != 3 {
		t.Fatalf("%d letters", len(r.mails))
	}
	for _, mail := range r.mails {
		if mail.To != "admin@reseau.example" || mail.Key == "" {
			t.Errorf("%+v", mail)
		}
	}
	r.restart()
	r.poll()
	if len(r.mails) != 3 {
		t.Error("told again after a restart")
	}
}

func TestAnswerAfterResume(t *testing.T) {
	r := newRig(t, newMemory("mours"))
	r.put("mours/a.xml", document("mours", "<carte mauvaise/>"))
	r.poll()
	d := r.deposits[0].Deposit
	for range 2 {
		if err := r.poller.Answer(t.Context(), &d); err != nil {
			t.Fatal(err)
		}
	}
	d.Door = cards.DoorPost
	d.ID = 99
	if err := r.poller.Answer(t.Context(), &d); err != nil || len(r.mails) != 1 {
		t.Errorf("%v, %d letters", err, len(r.mails))
	}
}
