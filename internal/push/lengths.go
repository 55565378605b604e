package push

import "sync"

// fewestCards is what documents are not made shorter than because longer ones
// failed: after an hour without a system its cards are not to go out one by one.
const fewestCards = 4

// lengths are the most cards the documents of libraries hold whose systems
// failed at longer ones: some need too long for them, or their front end closes
// the connection on what is too large for it. That holds until nothing more is
// owed: growing before would only fail again, and each failure ends a run. It
// lives in memory only: after a restart it is found out anew.
type lengths struct {
	mu   sync.Mutex
	most map[int64]int
}

// bound is how many cards a document may hold: the number given, or fewer.
func (l *lengths) bound(libraryID int64, cards int) int {
	l.mu.Lock()
	defer l.mu.Unlock()
	if most, known := l.most[libraryID]; known {
		return min(cards, most)
	}
	return cards
}

// failed takes note of how long a document was at which a system failed.
func (l *lengths) failed(libraryID int64, cards int) {
	if cards <= fewestCards {
		return
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.most == nil {
		l.most = make(map[int64]int)
	}
	l.most[libraryID] = max(cards/2, fewestCards)
}

// forget ends it: nothing waits, or the fault was found to be one card's.
func (l *lengths) forget(libraryID int64) {
	l.mu.Lock()
	defer l.mu.Unlock()
	delete(l.most, libraryID)
}
