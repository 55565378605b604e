package cards

import "time"

// FeedItem is one card on its way to a library.
type FeedItem struct {
	CardID  int64
	OAIID   string // opaque, given once and for good
	Number  string
	Seq     int64
	Stamp   int64 // datestamp, Unix seconds
	Version int64 // seq of the version that is handed over
	Origin  int64 // the library whose content stands, or HubID
	// XML is the rendered carte element.
	XML []byte
	// Provenance of the content; nil when it was not harvested.
	Provenance *Provenance
	// Seen, where a library is pushed to, is the network's seq up to which the page
	// shows cards as they stood: an older version of what comes behind the page was
	// passed over.
	Seen int64
	// Since is a seq the network had reached before the page was read: what changed
	// afterwards lies behind it. 0: not known, but for the version's own.
	Since int64
}

// EndedCard is a card whose end was moved into the past. A library may know it
// by a number it had before alone.
type EndedCard struct {
	FeedItem
	Former []string // the latest first
}

// FeedRange selects part of a library's feed: seq above After and at or below
// Upper (0: no bound), stamps from From to Until inclusive (0: no bound).
type FeedRange struct {
	LibraryID int64
	After     int64
	Upper     int64
	From      int64 // Unix seconds
	Until     int64 // Unix seconds
	// Day is the network's calendar day, YYYY-MM-DD: cards that ended before
	// it are left out.
	Day   string
	Limit int
	// NoneAgain tells that nothing up to Upper waits to be handed again: cards
	// are found by their own seq alone, which is quicker.
	NoneAgain bool
}

// Admission is what is known of a library as it signs in to fetch a list.
type Admission struct {
	Library *Library
	// Closed is the second that is closed; 0 where there is one to close.
	Closed int64
	// Again tells that cards wait to be handed to it again.
	Again bool
}

// PushQuery asks for what a pushed library is owed.
type PushQuery struct {
	LibraryID int64
	Place     *time.Location // says what day it is in the network
	Limit     int            // of cards of the feed
}

// PushWork is what a pushed library is owed.
type PushWork struct {
	Mark int64     // its push mark
	At   time.Time // when that was
	Day  string    // the network's calendar day then
	// Feed begins behind the mark. Cards may be left out at its end; where there
	// are none, nothing lies behind the mark.
	Feed []FeedItem
	// Waits tells that cards wait to be handed again, now or later.
	Waits bool
	// Erased is the last erasure by then: cards that went by a later one may stand here.
	Erased int64
}

// List describes a ListRecords of a library's own set, so that its end can
// move the library's pull mark.
type List struct {
	LibraryID int64
	From      int64 // Unix seconds; 0 when the list has no lower bound
	Until     int64 // upper stamp bound, at or before closed
	UpperSeq  int64 // the seq that Until stands for
	Size      int64 // how many cards it held when it began
}

// Mark is how far a library has got at one door.
type Mark struct {
	LibraryID int64
	Door      Door // DoorPull or DoorPush
	Seq       int64
	Stamp     int64 // Unix seconds
	// FinishedSeq is the network's seq when the list that moved the mark was
	// finished, or the page that was pushed was read: a version between Seq and it
	// may or may not have been handed, and what it replaced may have been passed
	// over.
	FinishedSeq int64
	Moved       time.Time
}

// Refusal is a pushed card the library's system did not take.
type Refusal struct {
	CardID int64
	Reason Sentence // the ILS's own words, bounded, or why they are not known
}

// HandAgain is a card waiting to be handed to a library once more.
type HandAgain struct {
	FeedItem
	Reason   Sentence
	Attempts int
	DueAt    time.Time
}

// LibraryStatus is what staff need to know of one library at a glance.
type LibraryStatus struct {
	Library Library
	// Behind counts the cards its doors still owe it.
	Behind int64
	// Again counts those among them that wait to be handed again, refused ones
	// included.
	Again int64
	Pull  Mark
	Push  Mark
	Jobs  []Job
	// Attention tells staff what needs a person; zero if nothing.
	Attention Sentence
	// LastDeposit is when the library last gave the hub anything.
	LastDeposit time.Time
	// Drift is what its last complete document showed; nil if it gave none.
	Drift *Drift
	// Delivery is the last request to hand it everything again; nil if none.
	Delivery *Delivery
	// Suspended counts its deposits that wait for a person's decision.
	Suspended int64

	// WaitingSince is when the oldest of the cards it is owed was changed, or
	// was to be handed again; zero if it is owed none.
	WaitingSince time.Time
	// Refusing counts the cards its system refused that it is still owed.
	Refusing int64
	// Rejected and Refused count the cards of the last RefusedDays that the hub
	// did not take from it, and that its system did not take from the hub.
	Rejected int64
	Refused  int64
	// Now is the moment this was true, by the database's clock.
	Now time.Time
}

// Confirmation is what a library that fetches its cards reports of them.
type Confirmation struct {
	// Date is the responseDate of the list it reports on; zero: the last one.
	Date time.Time
	// Failed is why it integrated nothing, in its system's words; zero where it
	// did.
	Failed  Sentence
	Counts  Counts
	Refused []NumberRefusal
}

// ErrNobodysCard is told to whoever rejects a card that was never the
// network's: the one that is meant would count as integrated.
var ErrNobodysCard = Errorf(Invalid, "Une carte rejetée par le rapport n’est pas du réseau. Nommez chaque carte rejetée par le numéro (« numero ») "+
	"que vous avez reçu, zéros de tête compris ; rien n’a été retenu de ce rapport.")

// NumberRefusal is a fetched card the library's system did not take.
type NumberRefusal struct {
	Number string
	Reason Sentence // the ILS's own words, bounded
}
