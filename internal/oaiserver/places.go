package oaiserver

import "sync"

// placesEach is how many answers to one library are under way at a time. A
// harvester asks for one page after the other; a slow client has the hub hold
// the page it is given, and one that asks for hundreds at once would have it
// hold as many, and keep the others from the database.
const placesEach = 8

// places are the answers under way, counted by library.
type places struct {
	mu    sync.Mutex
	taken map[int64]int
}

// enter takes a place, to be left with the end of the answer; false where the
// library has all of its own taken.
func (p *places) enter(library int64) (leave func(), ok bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.taken[library] >= placesEach {
		return nil, false
	}
	p.taken[library]++
	return func() { p.leave(library) }, true
}

func (p *places) leave(library int64) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.taken[library]--; p.taken[library] == 0 {
		delete(p.taken, library)
	}
}
