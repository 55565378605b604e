package cards

import "time"

// Erasure is the record of a card erased at its reader's request. It names
// neither: only a masked number stays.
type Erasure struct {
	ID        int64
	Masked    string
	Requested time.Time
	By        string // the member of staff
	// Finished is when the last trace was gone; zero while kept documents are
	// still being searched.
	Finished time.Time
	Letters  []ErasureLetter // by library code
}

// ErasureLetter is the request to one library to erase the card too.
type ErasureLetter struct {
	LibraryID   int64
	Library     string    // code
	Sent        bool      // the mail has left the hub
	Withdrawn   bool      // its library confirmed while the mail still waited
	Confirmed   time.Time // zero: not yet
	ConfirmedBy string    // the member of staff who took it down
}

// Confirmed counts the libraries that have confirmed.
func (e *Erasure) Confirmed() int {
	n := 0
	for _, l := range e.Letters {
		if !l.Confirmed.IsZero() {
			n++
		}
	}
	return n
}
