package cards

import (
	"slices"
	"time"
)

// StandingState says how a library stands with one card.
type StandingState string

// The states of a standing.
const (
	StandsCurrent StandingState = "a-jour"    // it has the current version
	StandsOwed    StandingState = "attendue"  // the current version is still to be handed to it
	StandsRefused StandingState = "refusee"   // its system did not take the current version, or an earlier one
	StandsEnded   StandingState = "perimee"   // the card has ended: it is in no set, and nothing is owed
	StandsUnknown StandingState = "incertain" // nobody can tell any more
)

// Standing answers, for one card and one library: does it have the current
// version, since when, and if not, why?
type Standing struct {
	Library string // code
	Name    string
	State   StandingState
	// Since is when the library got what it has, or when what it lacks came to
	// wait; zero where that is no longer known.
	Since time.Time
	// Has is the version the library has; its Seq is 0 where it has none or
	// nobody can tell which.
	Has VersionRef
	// Confirmed says that the library itself reported that it has it.
	Confirmed bool
	// Why says Cause in French: why it lacks the version, or what makes its
	// standing doubtful; empty where nothing is to be said.
	Why   string
	Cause StandingCause
	// Attempts counts refusals; Next is when it is tried again, zero where the
	// library fetches.
	Attempts int
	Next     time.Time
}

// VersionRef names one version of a card.
type VersionRef struct {
	Seq   int64
	Stamp int64 // datestamp, Unix seconds
}

// CardFile is all the hub knows of one card, for staff.
type CardFile struct {
	// Asked is the number asked for where it is not, or no longer, the card's.
	Asked     string
	Card      Card
	OAIID     string
	Current   VersionRef
	Origin    string // code of the library whose content stands; empty: the hub
	Created   time.Time
	Former    []FormerNumber
	Versions  []CardVersion // newest first
	Older     bool          // versions from before are not among them
	Standings []Standing    // by library code
	Disputes  []Dispute     // its conflicts and doubts, decided ones too, newest first
	Sent      []SentCard    // what each library sent last, by its code
}

// SentCard is what a library sent last of a card: the fields that were given, whether they were taken or not.
type SentCard struct {
	Library string
	Card    Card
	Given   FieldSet
}

// Other are the fields in which the library sent something else than what stands in the card.
func (s *SentCard) Other(stands *Card) []Field {
	return slices.DeleteFunc(s.Given.Fields(), func(f Field) bool { return f.Shown(&s.Card) == f.Shown(stands) })
}

// FormerNumber is a number a card had before.
type FormerNumber struct {
	Number   string
	Library  string // who said so; empty: the hub
	Replaced time.Time
}

// CardVersion is one version of a card and how it came about.
type CardVersion struct {
	VersionRef
	Card    Card // as it stood
	Changed FieldSet
	Origin  string // code; empty: the hub
	Sender  string // code of the library whose document made it; empty: the hub
	Door    Door
	Deposit int64
	// Reasons tell which value won or lost, and by which rule.
	Reasons   []Reason
	DecidedBy string // the person, where one decided
}
