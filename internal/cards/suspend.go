package cards

import "time"

// A document or harvest that would modify more cards than these two bounds
// allow is looked at by a person first. Creating a card harms nobody and does
// not count.
const (
	SuspendAbove = 500
	// suspendShare is the other bound, in hundredths of the cards the library
	// ever sent.
	suspendShare = 20
)

// Suspends reports whether a document that modifies so many cards, of a library
// that has sent everSent cards so far, waits for a person's decision. More
// modified cards never undo a yes, so that counting may stop at the first.
func Suspends(modified, everSent int) bool {
	return modified > SuspendAbove && modified*100 > everSent*suspendShare
}

// HeldPage is one page of a harvest that waits for a decision: which pieces of
// its deposit hold its bytes, and what else is needed to read it as if it had
// just come.
type HeldPage struct {
	First   int // piece
	Pieces  int
	Asked   time.Time // when the page was asked for: the moment of its cards
	Charset string    // what the transport declared
	BaseURL string    // for the provenance of its cards
}

// HeldRecord is one record of such a page. Harvests overlap: the record comes
// again with the next one, and is the same matter then. Record and Content are
// hashes of its identifier and of what it says.
type HeldRecord struct {
	Record  [16]byte
	Content [16]byte
	Deposit int64
	Ordinal int
}
