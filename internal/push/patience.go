package push

import (
	"errors"
	"sync"
)

// patienceTries is how often a system may fail at the same place before a card
// is suspected. Most such failures are the system's own and pass.
const patienceTries = 3

// patience counts failures without a culprit, by library. It lives in memory
// only: after a restart a culprit is found a few attempts later, no more.
type patience struct {
	mu    sync.Mutex
	tries map[int64]tries
}

type tries struct {
	mark  int64
	times int
}

// note takes the end of a run at a mark.
func (p *patience) note(libraryID, mark int64, err error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if err == nil || errors.Is(err, ErrMore) {
		delete(p.tries, libraryID)
		return
	}
	var f *failure
	if !errors.As(err, &f) || f.kind != failed {
		return // away or cancelled: says nothing about the cards
	}
	if p.tries == nil {
		p.tries = make(map[int64]tries)
	}
	t := p.tries[libraryID]
	if t.mark != mark {
		t = tries{mark: mark}
	}
	t.times++
	p.tries[libraryID] = t
}

// lost reports whether the system failed at this mark too often.
func (p *patience) lost(libraryID, mark int64) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	t := p.tries[libraryID]
	return t.mark == mark && t.times >= patienceTries
}
