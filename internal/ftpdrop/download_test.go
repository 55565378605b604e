package ftpdrop_test

import (
	"os"
	"strings"
	"testing"
	"time"
)

// A download of which the server does not say that it is whole is no document, however many bytes came.
func TestADownloadThatIsNotConfirmedIsNoDocument(t *testing.T) {
	for name, ending := range map[string]string{"refused": "451 disk error", "hung up": hangsUp} {
		t.Run(name, func(t *testing.T) {
			r, server := newScriptedRig(t, newMemory("mours", "peyrins"))
			server.set(func(s *scripted) { s.ending = ending })
			r.put("mours/a.xml", document("mours", "<carte/>"))
			r.poll()
			if r.received != 0 || len(tree(t, r.root)) != 1 {
				t.Fatalf("%d deposits, left %v", r.received, tree(t, r.root))
			}
			server.set(func(s *scripted) { s.ending = "" })
			r.poll()
			if r.received != 1 || len(tree(t, r.root)) != 0 {
				t.Errorf("once it is confirmed: %d deposits, left %v", r.received, tree(t, r.root))
			}
		})
	}
}

// What is written to a file while it is downloaded is part of the document: neither half of it is one.
func TestAFileThatGrowsWhileItIsDownloadedIsTakenWhole(t *testing.T) {
	r, server := newScriptedRig(t, newMemory("mours"))
	whole := document("mours", "<carte/><carte/>")
	path := r.put("mours/a.xml", whole[:len(whole)/2])
	server.set(func(s *scripted) { s.sent = func() { r.put("mours/a.xml", whole) } })
	r.poll()
	if r.received != 0 {
		t.Fatalf("took %q", r.deposits[0].data)
	}
	r.poll()
	if r.received != 1 || string(r.deposits[0].data) != whole {
		t.Errorf("%d deposits", r.received)
	}
	if _, err := os.Stat(path); err == nil {
		t.Error("the file is still there")
	}
}

// A server that never stops sending is not listened to for ever: what comes beyond the file's size tells that it is another file.
func TestADownloadWithoutEndIsGivenUp(t *testing.T) {
	const surplus = 64 << 20
	r, server := newScriptedRig(t, newMemory("mours"))
	server.set(func(s *scripted) { s.surplus = surplus })
	r.put("mours/a.xml", document("mours", "<carte/>"))
	r.poll()
	server.mu.Lock()
	given := server.given
	server.mu.Unlock()
	if r.received != 0 || given >= surplus {
		t.Errorf("%d deposits, %d bytes were read", r.received, given)
	}
}

// A file replaced by one of its size while it is integrated is known by its time. Some servers do not know MDTM; what a file is
// then, the list alone tells.
func TestReplacedByOneOfItsSizeWhileRead(t *testing.T) {
	for name, noTimes := range map[string]bool{"the server tells times": false, "the list alone does": true} {
		t.Run(name, func(t *testing.T) {
			r, server := newScriptedRig(t, newMemory("mours"))
			server.behave(habits{noTimes: noTimes})
			path := r.put("mours/a.xml", document("mours", "<carte/>"))
			r.fail = func(step string) error {
				if step == "integrate" && r.received == 1 {
					r.put("mours/a.xml", strings.Replace(document("mours", "<carte/>"), "carte/", "CARTE/", 1))
					return os.Chtimes(path, time.Time{}, time.Now().Add(time.Minute))
				}
				return nil
			}
			r.takesBoth("mours/a.xml")
		})
	}
}

// Some servers know no SIZE. What the list says of sizes is enough; a file of which it says nothing cannot be told from one that is
// still written, and keeps no other waiting.
func TestAServerThatTellsNoSizes(t *testing.T) {
	r, server := newScriptedRig(t, newMemory("mours", "peyrins"))
	server.behave(habits{noSize: true})
	r.put("mours/a.xml", document("mours", "<carte/>"))
	r.poll()
	if r.received != 1 || len(tree(t, r.root)) != 0 {
		t.Fatalf("%d deposits, left %v", r.received, tree(t, r.root))
	}
	server.behave(habits{noSize: true, oldList: true})
	r.put("mours/illisible.xml", document("mours", "<carte/>"))
	r.put("mours/b.xml", document("mours", "<carte/>"))
	r.put("peyrins/c.xml", document("peyrins", "<carte/>"))
	r.restart()
	for range 3 {
		r.poll()
	}
	if r.names() != "mours/a.xml mours/b.xml peyrins/c.xml" || len(tree(t, r.root)) != 1 {
		t.Errorf("took %s, left %v", r.names(), tree(t, r.root))
	}
	told := 0
	for _, run := range r.runs {
		if !run.OK && strings.Contains(run.Error.String(), "illisible.xml") && strings.Contains(run.Error.String(), "taille") {
			told++
		}
	}
	if told != 1 {
		t.Errorf("told %d times: %+v", told, r.runs)
	}
}

// Where the server tells no time of a file, the list's is what its files are put in order by.
func TestAServerThatTellsTimesInItsListAlone(t *testing.T) {
	r, server := newScriptedRig(t, newMemory("mours"))
	server.behave(habits{oldList: true, noTimes: true})
	r.putInOrder([2]string{"mours/b.xml", document("mours", "")}, [2]string{"mours/a.xml", document("mours", "")})
	r.poll()
	if got := r.names(); got != "mours/b.xml mours/a.xml" || len(tree(t, r.root)) != 0 {
		t.Errorf("taken in the order %s", got)
	}
}

// A file that cannot be looked at before it is deleted may be another one by then, and is not deleted.
func TestAFileThatCannotBeLookedAtIsNotDeleted(t *testing.T) {
	first, longer := document("mours", "<carte/>"), document("mours", "<carte/><carte/>")
	for refused, c := range map[string]struct {
		noTimes bool
		next    string
		moved   time.Duration // the next one's time
	}{
		"SIZE mours/a.xml": {next: longer},
		"MDTM mours/a.xml": {next: strings.Replace(first, "carte/", "CARTE/", 1), moved: time.Minute},
		"MLSD mours":       {noTimes: true, next: strings.Replace(first, "carte/", "CARTE/", 1), moved: time.Minute},
	} {
		t.Run(refused, func(t *testing.T) {
			r, server := newScriptedRig(t, newMemory("mours"))
			server.behave(habits{noTimes: c.noTimes})
			path := r.put("mours/a.xml", first)
			when := time.Now().Add(-time.Hour)
			if err := os.Chtimes(path, when, when); err != nil {
				t.Fatal(err)
			}
			r.fail = func(step string) error {
				if step != "integrate" || r.received != 1 {
					return nil
				}
				server.refuse(refused, "450 busy")
				r.put("mours/a.xml", c.next)
				return os.Chtimes(path, when, when.Add(c.moved))
			}
			_ = r.poller.Poll(t.Context())
			if tree(t, r.root)["mours/a.xml"] != c.next {
				t.Fatal("it was deleted unread")
			}
			r.fail = func(string) error { return nil }
			server.refuse("", "")
			r.poll()
			if r.received != 2 || len(tree(t, r.root)) != 0 {
				t.Errorf("%d deposits, left %v", r.received, tree(t, r.root))
			}
		})
	}
}
