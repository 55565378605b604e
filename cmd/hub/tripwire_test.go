package main

import (
	"errors"
	"strings"
	"sync"
)

// errDead is what everything meets that a dead hub still tries.
var errDead = errors.New("the hub is dead")

// The points of a hub's life at which it may die. Those of the exchanges stand
// at the other end of the wire: before a request is looked at, and when its
// answer is ready but has not left.
const (
	commitBegins = "commit begins"
	commitEnds   = "commit ends"
	mailArrives  = "mail arrives"
	mailTaken    = "mail taken"
)

// Each point's name begins with what it stands before or behind. A kind is all
// those of one name.
const (
	atCommit  = "commit "
	atMail    = "mail "
	atPage    = "page "    // of a library's OAI-PMH server
	atPush    = "push "    // to a library's REST service
	atDeposit = "/cartes " // the paths are those of the hub
	atList    = "/oai "
	atReport  = "/rapports "
	atStaff   = "/api/v1/"
	atFetch   = "RETR " // the commands, those of FTP
	atDelete  = "DELE "
)

// death is the point to die at: among those of one kind, or of all where it has
// none, counted from 1. The zero value is no death.
type death struct {
	kind  string
	count int
}

// tripwire counts the points a hub passes and ends its life at the one chosen:
// that point fails, and so does all the hub tries afterwards, until it is born
// again.
type tripwire struct {
	mu     sync.Mutex
	armed  bool
	at     death
	passed []string // the points since it was armed, up to the death
	met    int      // those among them of the kind to die at
	died   bool     // once
	dead   bool     // now
	kill   func()   // stops what is left of the hub
}

// arm begins to count.
func (w *tripwire) arm(at death) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.armed, w.at = true, at
}

// pass is called at every point; an error means that the hub has not come past.
func (w *tripwire) pass(point string) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	switch {
	case w.dead:
		return errDead
	case !w.armed || w.died:
		return nil
	}
	w.passed = append(w.passed, point)
	if !strings.HasPrefix(point, w.at.kind) {
		return nil
	}
	if w.met++; w.met != w.at.count {
		return nil
	}
	w.died, w.dead = true, true
	w.kill()
	return errDead
}

// commit is the store's end of the wire.
func (w *tripwire) commit(done bool) error {
	if done {
		return w.pass(commitEnds)
	}
	return w.pass(commitBegins)
}

// born begins a life, which kill ends. There is one death at most.
func (w *tripwire) born(kill func()) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.dead, w.kill = false, kill
}

func (w *tripwire) isDead() bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.dead
}

// fired reports whether there was a death.
func (w *tripwire) fired() bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.died
}

// points lists what was passed; the last one is where the hub died.
func (w *tripwire) points() []string {
	w.mu.Lock()
	defer w.mu.Unlock()
	return append([]string(nil), w.passed...)
}
