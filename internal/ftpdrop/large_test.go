package ftpdrop_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/carte-reseau/hub/internal/cards"
	"github.com/carte-reseau/hub/internal/ftpdrop"
)

// smallest is the size from which the files of these tests are large ones.
const smallest = 1000

// aside takes large files as the poller does, without the time of large files.
func aside(o *ftpdrop.Options) { o.Large, o.Turn = smallest, 20*time.Millisecond }

// large is a document of that size at least.
func large(library string) string {
	return document(library, strings.Repeat("<carte/>", smallest/len("<carte/>")))
}

// gate holds the integration of large files up until it is opened.
type gate struct {
	entered chan string
	open    chan struct{}
}

func newGate(m *memory) *gate {
	g := &gate{entered: make(chan string, 100), open: make(chan struct{})}
	m.during = func(ctx context.Context, d cards.Deposit) error {
		if d.Size < smallest {
			return nil
		}
		g.entered <- d.Library
		select {
		case <-g.open:
			return nil
		case <-ctx.Done():
			return ctx.Err()
		}
	}
	return g
}

// putInOrder puts files that were written one after the other.
func (r *rig) putInOrder(files ...[2]string) {
	r.t.Helper()
	for i, f := range files {
		p := r.put(f[0], f[1])
		when := time.Now().Add(time.Duration(i-len(files)) * time.Minute)
		if err := os.Chtimes(p, when, when); err != nil {
			r.t.Fatal(err)
		}
	}
}

// pollAside polls meanwhile; what it returns comes to the channel.
func (r *rig) pollAside(ctx context.Context) <-chan error {
	ended := make(chan error, 1)
	go func() { ended <- r.poller.Poll(ctx) }()
	return ended
}

func (r *rig) integrated(name string) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, d := range r.deposits {
		if d.Library+"/"+d.Name == name && d.gone {
			return true
		}
	}
	return false
}

func receive[T any](t *testing.T, what string, from <-chan T) (got T) {
	t.Helper()
	waitUntil(t, what, func() bool {
		select {
		case got = <-from:
			return true
		default:
			return false
		}
	})
	return got
}

// A library that drops a file of a million cards keeps nobody waiting but itself: its later files come after.
func TestALargeFileHoldsUpItsOwnLibraryAlone(t *testing.T) {
	for name, c := range map[string]struct {
		shared  bool
		folders [2]string
	}{
		"folders":                    {folders: [2]string{"mours/", "peyrins/"}},
		"the shared folder":          {shared: true},
		"its own folder and another": {shared: true, folders: [2]string{"mours/", ""}},
	} {
		t.Run(name, func(t *testing.T) {
			r := newRig(t, newMemory("mours", "peyrins"), aside, func(o *ftpdrop.Options) { o.Shared = c.shared })
			g := newGate(r.memory)
			r.putInOrder(
				[2]string{c.folders[0] + "m1.xml", large("mours")}, [2]string{c.folders[0] + "m2.xml", document("mours", "<carte/>")},
				[2]string{c.folders[1] + "p1.xml", document("peyrins", "<carte/>")}, [2]string{c.folders[0] + "m3.xml", large("mours")},
				[2]string{c.folders[0] + "m4.xml", document("mours", "<carte mauvaise/>")},
			)
			ended := r.pollAside(t.Context())
			receive(t, "the large file to be integrated", g.entered)
			waitUntil(t, "another library's file", func() bool { return r.integrated("peyrins/p1.xml") })
			r.put(c.folders[1]+"p2.xml", document("peyrins", "<carte/>"))
			waitUntil(t, "a file dropped since", func() bool { return r.integrated("peyrins/p2.xml") })
			if strings.Contains(r.names(), "mours/m2.xml") {
				t.Error("a library's later file has overtaken its large one")
			}
			close(g.open)
			if err := receive(t, "the round to end", ended); err != nil {
				t.Fatal(err)
			}
			var own []string
			for _, name := range strings.Fields(r.names()) {
				if strings.HasPrefix(name, "mours/") {
					own = append(own, name)
				}
			}
			if got := strings.Join(own, " "); got != "mours/m1.xml mours/m2.xml mours/m3.xml mours/m4.xml" {
				t.Errorf("taken in the order %s", got)
			}
			if left := tree(t, r.root); len(left) != 0 || r.received != 6 || len(r.runs) != 6 || len(r.mails) != 1 {
				t.Errorf("left %v, %d deposits, %d runs, %d letters", left, r.received, len(r.runs), len(r.mails))
			}
		})
	}
}

// Nor does it keep another library's large file waiting once it is fetched; no server needs to let in more than two
// connections at a time for that.
func TestLargeFilesAreIntegratedBesideEachOther(t *testing.T) {
	r, server := newScriptedRig(t, newMemory("mours", "peyrins", "monnaie"), aside)
	server.letIn(2)
	var fetching atomic.Int32
	r.fail = func(step string) error {
		if step == "receive" {
			if fetching.Add(1) > 1 {
				t.Error("two are fetched at a time")
			}
			time.Sleep(r.opt.Turn) // for another one to come, which must not
			fetching.Add(-1)
		}
		return nil
	}
	g := newGate(r.memory)
	for _, code := range []string{"mours", "peyrins", "monnaie"} {
		r.put(code+"/a.xml", large(code))
	}
	ended := r.pollAside(t.Context())
	for range 3 {
		receive(t, "all to be integrated at a time", g.entered)
	}
	close(g.open)
	if err := receive(t, "the round to end", ended); err != nil {
		t.Fatal(err)
	}
	if left := tree(t, r.root); len(left) != 0 || r.received != 3 {
		t.Errorf("left %v, %d deposits", left, r.received)
	}
}

// In the shared folder a library's files lie among others'. Whatever moment its large file ends at, those it kept waiting
// come in their order.
func TestALargeFileEndsWhileTheSharedFolderIsLookedThrough(t *testing.T) {
	r := newRig(t, newMemory("mours", "peyrins"), aside, func(o *ftpdrop.Options) { o.Shared, o.Turn = true, time.Nanosecond })
	g := newGate(r.memory)
	opened := false
	held := r.during
	r.during = func(ctx context.Context, d cards.Deposit) error {
		if d.Library == "peyrins" && !opened {
			opened = true
			receive(t, "the large file to be integrated", g.entered)
			close(g.open)
		}
		return held(ctx, d)
	}
	files := [][2]string{{"m1.xml", large("mours")}, {"m2.xml", document("mours", "")}}
	for i := range 20 {
		files = append(files, [2]string{fmt.Sprintf("p%02d.xml", i), document("peyrins", "")})
	}
	r.putInOrder(append(files, [2]string{"m3.xml", document("mours", "")})...)
	r.poll()
	names := r.names()
	if strings.Index(names, "m2.xml") > strings.Index(names, "m3.xml") || len(tree(t, r.root)) != 0 {
		t.Errorf("taken in the order %s, left %v", names, tree(t, r.root))
	}
}

// Where a server lets the hub in once only, large files are taken as the others are.
func TestLargeFilesOfAServerThatLetsOneConnectionIn(t *testing.T) {
	r, server := newScriptedRig(t, newMemory("mours", "peyrins"), aside)
	server.letIn(1)
	r.putInOrder([2]string{"mours/1.xml", large("mours")}, [2]string{"mours/2.xml", document("mours", "")}, [2]string{"peyrins/3.xml", large("peyrins")})
	r.poll()
	if left := tree(t, r.root); len(left) != 0 || r.received != 3 || strings.Index(r.names(), "mours/1") > strings.Index(r.names(), "mours/2") {
		t.Errorf("left %v, took %s", left, r.names())
	}
}

// What a stop leaves undone, the next process ends; no file is taken twice.
func TestAStopWhileALargeFileIsIntegrated(t *testing.T) {
	r := newRig(t, newMemory("mours"), aside)
	g := newGate(r.memory)
	r.put("mours/1.xml", large("mours"))
	ctx, cancel := context.WithCancel(t.Context())
	ended := r.pollAside(ctx)
	receive(t, "the large file to be integrated", g.entered)
	cancel()
	if err := receive(t, "the round to end", ended); !errors.Is(err, context.Canceled) {
		t.Errorf("stopped with %v", err)
	}
	if len(tree(t, r.root)) != 1 {
		t.Fatal("a file that is not integrated was deleted")
	}
	close(g.open)
	r.restart()
	r.poll()
	if left := tree(t, r.root); len(left) != 0 || r.received != 1 || len(r.runs) != 1 {
		t.Errorf("left %v, %d deposits, %d runs", left, r.received, len(r.runs))
	}
}

// Trouble with a large file is its library's own; it is not tried again and again while others are at work.
func TestTroubleWithALargeFile(t *testing.T) {
	for name, trouble := range map[string]func() error{
		"error": func() error { return errors.New("gone") },
		"panic": func() error { panic("broken") },
	} {
		t.Run(name, func(t *testing.T) {
			r := newRig(t, newMemory("mours", "peyrins", "monnaie"), aside)
			g := newGate(r.memory)
			held, tried := r.during, 0
			r.during = func(ctx context.Context, d cards.Deposit) error {
				if d.Library == "mours" && d.Size >= smallest {
					tried++
					return trouble()
				}
				return held(ctx, d)
			}
			r.putInOrder([2]string{"mours/1.xml", large("mours")}, [2]string{"mours/2.xml", document("mours", "")}, [2]string{"peyrins/1.xml", large("peyrins")})
			ended := make(chan bool, 1)
			go func() {
				told := true
				defer func() {
					_ = recover()
					ended <- told
				}()
				told = r.poller.Poll(t.Context()) != nil
			}()
			receive(t, "the other large file to be integrated", g.entered)
			for _, name := range []string{"1.xml", "2.xml", "3.xml"} {
				r.put("monnaie/"+name, document("monnaie", ""))
				waitUntil(t, "small files", func() bool { return r.integrated("monnaie/" + name) })
			}
			waitUntil(t, "its own small files", func() bool { return r.integrated("mours/2.xml") })
			close(g.open)
			if !receive(t, "the round to end", ended) {
				t.Error("nobody was told")
			}
			if left := tree(t, r.root); len(left) != 1 || left["mours/1.xml"] == "" || tried != 1 {
				t.Errorf("left %v, tried %d times", left, tried)
			}
			r.during = held
			r.restart()
			r.poll()
			if left := tree(t, r.root); len(left) != 0 || r.received != 6 {
				t.Errorf("left %v, %d deposits", left, r.received)
			}
		})
	}
}

// A large file over which the connection breaks, or that has no end yet, waits for the next time, alone.
func TestALargeFileThatCannotBeFetchedNow(t *testing.T) {
	r, server := newScriptedRig(t, newMemory("mours", "peyrins"), aside)
	r.opt.Target.Whole = false
	r.restart()
	server.cutAt(smallest / 2)
	r.put("mours/1.xml", large("mours"))
	r.putInOrder([2]string{"peyrins/1.xml", strings.TrimSuffix(large("peyrins"), "</cartes>\n")}, [2]string{"peyrins/2.xml", document("peyrins", "")})
	r.poll()
	if len(tree(t, r.root)) != 2 || r.names() != "peyrins/2.xml" {
		t.Fatalf("took %s, left %v", r.names(), tree(t, r.root))
	}
	if downloads := server.count("RETR peyrins/1.xml"); downloads != 1 {
		t.Errorf("fetched %d times at a time", downloads)
	}
	server.cutAt(0)
	r.poll()
	if left := tree(t, r.root); len(left) != 1 || r.names() != "peyrins/2.xml mours/1.xml" {
		t.Errorf("left %v, took %s", left, r.names())
	}
}
