package cards

import (
	"slices"
	"time"
)

// The kinds of trouble. Their names are stored, and chosen by staff.
const (
	TroubleSilence   TroubleKind = "silence"    // a library is silent for longer than usual
	TroubleFailing   TroubleKind = "echec"      // a job fails again and again
	TroubleStopped   TroubleKind = "arret"      // the hub paused a library, whose system turns it away
	TroubleRefused   TroubleKind = "refus"      // cards are refused, by a library's system or by the hub
	TroubleSuspended TroubleKind = "suspendu"   // a deposit waits for a person's decision
	TroubleOutbox    TroubleKind = "courriels"  // mail does not leave
	TroubleClock     TroubleKind = "horloge"    // the database's clock stepped back
	TroubleDisk      TroubleKind = "disque"     // the hub's disk fills up
	TroubleEnding    TroubleKind = "certificat" // that of the hub's FTP server ends soon
)

// TroubleKinds are all kinds, as they are offered to staff.
var TroubleKinds = []TroubleKind{
	TroubleSilence, TroubleFailing, TroubleStopped, TroubleRefused, TroubleSuspended, TroubleOutbox, TroubleClock, TroubleDisk, TroubleEnding,
}

// Of trouble that may pass by itself staff are told when it has lasted for
// troublePatience; trouble is over when it stayed away for troubleCalm; and of
// the same trouble nobody is written to more often than every troubleMail.
const (
	troublePatience = time.Hour
	troubleCalm     = 10 * time.Minute
	troubleMail     = time.Hour
)

// TroubleKey says which trouble is the same one.
type TroubleKey struct {
	Kind      TroubleKind
	LibraryID int64  // HubID for the hub's own
	Subject   string // a job, a deposit, who refuses; empty where there is one only
}

// What the subject of refused cards says: who refuses them.
const (
	RefusedByLibrary = "logiciel"
	RefusedByHub     = "concentrateur"
)

// TroubleDetail is what is known of a trouble. It holds no personal data.
type TroubleDetail struct {
	Count int64     `json:",omitempty"` // failures in a row, cards, mails, seconds, MiB left on the disk
	Lost  int64     `json:",omitempty"` // mails given up
	Since time.Time `json:",omitzero"`  // a silence: the last day it was heard of; a certificate: its end; else the last success
}

// Finding is a trouble as it is found, at one moment.
type Finding struct {
	TroubleKey
	Library string // code; empty for the hub's own
	Detail  TroubleDetail
	// Ripe trouble will not pass by itself: staff are told at once.
	Ripe bool
	// Told is set where another mail says that it began.
	Told bool
}

// Trouble is something that goes, or went, wrong.
type Trouble struct {
	ID int64
	TroubleKey
	Library string
	Detail  TroubleDetail

	Seen  time.Time // when it was first found
	Began time.Time // when it was taken for trouble; zero: it may pass by itself
	Away  time.Time // since when it is not found any more; zero while it is
	Ended time.Time // when it was over; zero while it goes on
	// ToldBegan and ToldEnded are when staff were written to.
	ToldBegan time.Time
	ToldEnded time.Time
	// Closed trouble is over and told; should it come back, it is another one.
	Closed bool
}

// Open reports whether the trouble goes on.
func (t *Trouble) Open() bool { return t.Ended.IsZero() }

// TroubleQuery selects troubles, newest first.
type TroubleQuery struct {
	Library string // code; empty for all
	Kind    TroubleKind
	Open    bool  // only those that go on
	Before  int64 // troubles with a lower ID; 0 from the newest
	Limit   int
}

// TroubleMail says what staff are to be told of a trouble.
type TroubleMail int

// What staff are told.
const (
	TellNothing TroubleMail = iota
	TellBegan
	TellEnded
)

// TroubleStep is what becomes of a trouble.
type TroubleStep struct {
	Trouble Trouble
	// Forget is set for one that passed by itself before anybody was told.
	Forget bool
	Mail   TroubleMail
}

// WatchTroubles says what becomes of the troubles that are not closed, and of
// new ones, by what is found now. mailed tells when staff were last written to
// about a trouble, by its key.
func WatchTroubles(known []Trouble, found []Finding, mailed map[TroubleKey]time.Time, now time.Time) []TroubleStep {
	var steps []TroubleStep
	findings := make(map[TroubleKey]*Finding, len(found))
	for i := range found {
		findings[found[i].TroubleKey] = &found[i]
	}
	for _, t := range known {
		f := findings[t.TroubleKey]
		delete(findings, t.TroubleKey)
		steps = append(steps, watch(t, f, mailed[t.TroubleKey], now))
	}
	for i := range found {
		f := &found[i]
		if findings[f.TroubleKey] != f {
			continue
		}
		fresh := Trouble{TroubleKey: f.TroubleKey, Library: f.Library, Seen: now}
		steps = append(steps, watch(fresh, f, mailed[f.TroubleKey], now))
	}
	return slices.Clip(steps)
}

func watch(t Trouble, f *Finding, mailed, now time.Time) TroubleStep {
	switch {
	case f != nil:
		t.found(f, now)
	case t.Began.IsZero():
		return TroubleStep{Trouble: t, Forget: true}
	default:
		t.missed(now)
	}
	mail := t.tell(f != nil && f.Told, mailed, now)
	return TroubleStep{Trouble: t, Mail: mail}
}

// found goes on with trouble. Where nobody was told yet that it was over, it
// never was.
func (t *Trouble) found(f *Finding, now time.Time) {
	t.Detail, t.Away, t.Ended = f.Detail, time.Time{}, time.Time{}
	if t.Began.IsZero() && (f.Ripe || now.Sub(t.Seen) >= troublePatience) {
		t.Began = now
	}
}

// missed goes on with trouble that is not found any more.
func (t *Trouble) missed(now time.Time) {
	if t.Away.IsZero() {
		t.Away = now
	}
	if t.Ended.IsZero() && now.Sub(t.Away) >= troubleCalm {
		t.Ended = t.Away
	}
}

// tell decides on the mail. Trouble that ends before its first mail was due is
// closed without one.
func (t *Trouble) tell(told bool, mailed, now time.Time) TroubleMail {
	due := mailed.IsZero() || now.Sub(mailed) >= troubleMail
	switch {
	case t.Began.IsZero():
	case t.Ended.IsZero() && t.ToldBegan.IsZero():
		if told {
			t.ToldBegan = now
		} else if due {
			t.ToldBegan = now
			return TellBegan
		}
	case t.Ended.IsZero():
	case t.ToldBegan.IsZero():
		t.Closed = true
	case due:
		t.ToldEnded, t.Closed = now, true
		return TellEnded
	}
	return TellNothing
}
