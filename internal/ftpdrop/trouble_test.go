package ftpdrop_test

import (
	"context"
	"errors"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/carte-reseau/hub/internal/cards"
	"github.com/carte-reseau/hub/internal/ftpdrop"
)

// failing lets one step fail until it is lifted.
func (r *rig) failing(step string, err error) (lift func()) {
	r.fail = func(s string) error {
		if s == step {
			return err
		}
		return nil
	}
	return func() { r.fail = func(string) error { return nil } }
}

// A database that is away costs time only, whatever it is asked: the round says so, and once it is there again each file is taken once.
func TestADatabaseThatIsAwayCostsNoFile(t *testing.T) {
	for _, step := range []string{"libraries", "awaiting", "pending", "open inbox", "receive", "integrate", "gone"} {
		t.Run(step, func(t *testing.T) {
			r := newRig(t, newMemory("mours"))
			r.put("mours/a.xml", document("mours", "<carte mauvaise/>"))
			lift := r.failing(step, errors.New("away"))
			for range 2 {
				if err := r.poller.Poll(t.Context()); err == nil {
					t.Fatal("a database that is away is no success")
				}
			}
			lift()
			r.poll()
			if r.received != 1 || len(r.mails) != 1 || len(tree(t, r.root)) != 0 || !r.deposits[0].gone {
				t.Errorf("%d deposits, %d letters, left %v, gone %v", r.received, len(r.mails), tree(t, r.root), r.deposits[0].gone)
			}
		})
	}
}

// That a run cannot be recorded keeps no file: what was to be done is done.
func TestARunThatCannotBeRecordedKeepsNoFile(t *testing.T) {
	for _, step := range []string{"begin run", "finish run"} {
		r := newRig(t, newMemory("mours"))
		r.put("mours/a.xml", document("mours", "<carte/>"))
		r.failing(step, errors.New("away"))
		r.poll()
		if r.received != 1 || len(tree(t, r.root)) != 0 || !strings.Contains(r.log.String(), "could not be recorded") {
			t.Errorf("%s: %d deposits, left %v; logged: %s", step, r.received, tree(t, r.root), r.log.String())
		}
	}
}

// unfinished is an inbox that gives a deposit back before its end.
type unfinished struct{ *memory }

func (u unfinished) Integrate(ctx context.Context, id int64, lib *cards.Library) (*cards.Deposit, error) {
	d, err := u.memory.Integrate(ctx, id, lib)
	d.Status, d.Finished = cards.Received, time.Time{}
	return d, err
}

// A file is deleted when its document has come to its end, not before.
func TestAFileStaysUntilItsDocumentHasComeToItsEnd(t *testing.T) {
	r := newRig(t, newMemory("mours"))
	r.put("mours/a.xml", document("mours", "<carte/>"))
	if err := ftpdrop.New(r.memory, unfinished{r.memory}, r.opt).Poll(t.Context()); err == nil || len(tree(t, r.root)) != 1 {
		t.Errorf("%v, left %v", err, tree(t, r.root))
	}
	r.poll()
	if r.received != 1 || len(tree(t, r.root)) != 0 {
		t.Errorf("%d deposits, left %v", r.received, tree(t, r.root))
	}
}

// What lies under the name of a stored file is compared to its end. Where that breaks off nothing is known yet: the file is neither
// taken again nor deleted.
func TestAComparisonThatBreaksOffTellsNothing(t *testing.T) {
	r, server := newScriptedRig(t, newMemory("mours"))
	r.put("mours/a.xml", document("mours", strings.Repeat("<carte/>", 100)))
	lift := r.failing("integrate", errors.New("away"))
	if err := r.poller.Poll(t.Context()); err == nil {
		t.Fatal("no error")
	}
	lift()
	server.cutAt(10)
	r.restart()
	r.poll()
	if r.received != 1 || len(tree(t, r.root)) != 1 || r.deposits[0].gone {
		t.Fatalf("%d deposits, left %d files, gone %v", r.received, len(tree(t, r.root)), r.deposits[0].gone)
	}
	server.cutAt(0)
	r.poll()
	if r.received != 1 || len(tree(t, r.root)) != 0 {
		t.Errorf("%d deposits, left %d files", r.received, len(tree(t, r.root)))
	}
}

// A file that is stored is known again whatever its length: of none, of a piece exactly as long as is read at once, of more.
func TestAStoredFileIsKnownAgain(t *testing.T) {
	const piece = 64 << 10
	whole := document("mours", "")
	for name, size := range map[string]int{"empty": 0, "one piece": piece, "two pieces": 2 * piece, "a piece and a byte": piece + 1} {
		t.Run(name, func(t *testing.T) {
			r, server := newScriptedRig(t, newMemory("mours"))
			server.behave(habits{noTimes: true})
			content := ""
			if size > 0 {
				content = whole + strings.Repeat(" ", size-len(whole))
			}
			r.put("mours/a.xml", content)
			server.refuse("DELE mours/a.xml", "550 non")
			r.poll()
			r.restart()
			r.poll()
			if r.received != 1 {
				t.Fatalf("%d deposits", r.received)
			}
			if size > 0 {
				r.put("mours/a.xml", content[:size-1]+"\n")
				r.restart()
				r.poll()
				if r.received != 2 {
					t.Error("one that differs at its end was taken for it")
				}
			}
		})
	}
}

// Of a file whose bytes are no longer kept, its size and its rest tell that it is the one that was read.
func TestAnOlderFileOfAnotherSizeIsNotTheOneWhoseBytesAreNoLongerKept(t *testing.T) {
	r, server := newScriptedRig(t, newMemory("mours"))
	path := r.put("mours/a.xml", document("mours", "<carte/>"))
	server.refuse("DELE mours/a.xml", "550 non")
	r.poll()
	r.deposits[0].data = nil
	r.put("mours/a.xml", document("mours", "<carte/><carte/>"))
	older := time.Now().Add(-time.Hour)
	if err := os.Chtimes(path, older, older); err != nil {
		t.Fatal(err)
	}
	r.restart()
	r.poll()
	if r.received != 2 {
		t.Errorf("%d deposits", r.received)
	}
}

// A file over the limit goes aside when its library has been told, not before: nothing else would tell it.
func TestAFileOverTheLimitStaysUntilItsLibraryIsTold(t *testing.T) {
	r := newRig(t, newMemory("mours"), func(o *ftpdrop.Options) { o.MaxDocument = 100 })
	r.put("mours/gros.xml", strings.Repeat("x", 101))
	r.put("mours/juste.xml", document("mours", strings.Repeat(" ", 100-len(document("mours", "")))))
	lift := r.failing("mail", errors.New("away"))
	if err := r.poller.Poll(t.Context()); err == nil || tree(t, r.root)["mours/gros.xml"] == "" {
		t.Fatalf("%v, left %v", err, tree(t, r.root))
	}
	lift()
	r.poll()
	if len(r.mails) != 1 || r.names() != "mours/juste.xml" || tree(t, r.root)["mours/gros.xml"] != "" {
		t.Fatalf("letters %+v, took %s", r.mails, r.names())
	}
	says(t, r.mails[0], []string{"« gros.xml » trop grand", "Bibliothèque mours (mours)", "compte 101 octets ; la limite est de 100 octets", "« .trop-grand »"})
	if run := r.runs[len(r.runs)-1]; run.OK || !strings.Contains(run.Error.String(), "« gros.xml » dépasse la taille permise (100 octets)") {
		t.Errorf("staff are told %+v", run)
	}
}

// The inbox may have a limit that is lower than the poller's.
func TestAFileTooLargeForTheInboxIsSetAside(t *testing.T) {
	r := newRig(t, newMemory("mours"))
	r.put("mours/gros.xml", document("mours", "<carte/>"))
	r.failing("receive", cards.Errorf(cards.TooLarge, "trop grand"))
	r.poll()
	for name := range tree(t, r.root) {
		if !strings.HasSuffix(name, ".trop-grand") {
			t.Errorf("left %s", name)
		}
	}
	if len(r.mails) != 1 || len(tree(t, r.root)) != 1 {
		t.Errorf("letters %+v, left %v", r.mails, tree(t, r.root))
	}
}

// Where a file over the limit cannot be renamed its library and staff hear of it once, and nothing else is kept by it.
func TestAFileOverTheLimitThatCannotBeRenamed(t *testing.T) {
	r, server := newScriptedRig(t, newMemory("mours"), func(o *ftpdrop.Options) { o.MaxDocument = 100 })
	r.put("mours/gros.xml", strings.Repeat("x", 101))
	r.put("mours/petit.xml", document("mours", ""))
	server.refuse("RNFR mours/gros.xml", "550 non")
	for range 4 {
		r.poll()
	}
	told := 0
	for _, run := range r.runs {
		if !run.OK && strings.Contains(run.Error.String(), "« gros.xml » ne peut pas être lu") {
			told++
		}
	}
	if tree(t, r.root)["mours/gros.xml"] == "" || r.names() != "mours/petit.xml" || len(r.mails) != 1 || told != 1 {
		t.Errorf("left %v, took %s, %d letters, told staff %d times", tree(t, r.root), r.names(), len(r.mails), told)
	}
	server.refuse("", "")
	r.poll()
	if len(r.mails) != 1 || tree(t, r.root)["mours/gros.xml"] != "" {
		t.Errorf("letters %+v, left %v", r.mails, tree(t, r.root))
	}
}
