package cards

import (
	"fmt"
	"time"
)

// State is how the exchange with a library goes, in one word.
type State string

// The states, the gravest first.
const (
	StatePaused    State = "paused"
	StateTrouble   State = "trouble"
	StatePreparing State = "preparing"
	StateNew       State = "new"
	StateLate      State = "late"
	StateWorking   State = "working"
	StateOK        State = "ok"
)

// StateReason says why a library is in its state.
type StateReason string

// The reasons.
const (
	ReasonPaused     StateReason = "paused"     // Detail: why, as staff wrote it or, where it is trouble, as the hub says
	ReasonFailing    StateReason = "failing"    // Job, Count: failures in a row, Detail: the last error
	ReasonAttention  StateReason = "attention"  // Detail: what staff are asked
	ReasonSuspended  StateReason = "suspended"  // Count: deposits
	ReasonPreparing  StateReason = "preparing"  // Count: cards kept back until it is opened
	ReasonNew        StateReason = "new"        // nothing went either way yet
	ReasonLate       StateReason = "late"       // Count: cards, Since
	ReasonRefused    StateReason = "refused"    // Count: cards its system refused and is still owed, Since
	ReasonDelivering StateReason = "delivering" // Count: cards; everything is being delivered again
	ReasonSending    StateReason = "sending"    // Count: cards
	ReasonWaiting    StateReason = "waiting"    // Count: cards, Since: it will come for them
	ReasonUpToDate   StateReason = "up-to-date"
)

// Condition is a library's state with its reason.
type Condition struct {
	State  State
	Reason StateReason
	Job    JobKind
	Count  int64
	Since  time.Time
	Detail Sentence // may be empty
}

// How long cards may wait for a library before it is late: one the hub calls
// is called at least every five minutes, the others come now and then.
const (
	lateWhenPushed  = 15 * time.Minute
	lateWhenFetched = 7 * 24 * time.Hour
)

// LastGiven is when the library last gave the hub anything. A harvest that
// found nothing new counts too.
func (s *LibraryStatus) LastGiven() time.Time {
	last := s.LastDeposit
	for _, job := range s.Jobs {
		if job.Kind == JobHarvest && job.LastSuccess.After(last) {
			last = job.LastSuccess
		}
	}
	return last
}

// LastTaken is when the library was last handed cards.
func (s *LibraryStatus) LastTaken() time.Time {
	if s.Push.Moved.After(s.Pull.Moved) {
		return s.Push.Moved
	}
	return s.Pull.Moved
}

// NextRun is when the hub will next do something for the library; zero where
// it is the library that comes.
func (s *LibraryStatus) NextRun() time.Time {
	var next time.Time
	for _, job := range s.Jobs {
		if next.IsZero() || job.NextRun.Before(next) {
			next = job.NextRun
		}
	}
	return next
}

// State says in one word, with the reason, how the exchange with the library
// goes. Of several reasons it names the gravest.
func (s *LibraryStatus) State() Condition {
	if s.Library.Paused {
		c := Condition{State: StatePaused, Reason: ReasonPaused, Detail: s.Library.PauseReason}
		if s.Library.Stopped {
			c.State = StateTrouble
		}
		return c
	}
	if c, found := s.trouble(); found {
		return c
	}
	if s.Library.Preparing { // what waits for it waits by decision, and is never late
		return Condition{State: StatePreparing, Reason: ReasonPreparing, Count: s.Behind}
	}
	if s.LastGiven().IsZero() && s.LastTaken().IsZero() {
		return Condition{State: StateNew, Reason: ReasonNew}
	}
	if s.Delivery != nil && s.Delivery.Finished.IsZero() {
		return Condition{State: StateWorking, Reason: ReasonDelivering, Count: s.Delivery.Handed, Since: s.Delivery.Requested}
	}
	return s.progress()
}

func (s *LibraryStatus) trouble() (Condition, bool) {
	for _, job := range s.Jobs {
		if job.Failures > 0 {
			return Condition{State: StateTrouble, Reason: ReasonFailing, Job: job.Kind, Count: int64(job.Failures), Since: job.LastSuccess, Detail: job.LastError}, true
		}
	}
	switch {
	case !s.Attention.IsZero():
		return Condition{State: StateTrouble, Reason: ReasonAttention, Detail: s.Attention}, true
	case s.Suspended > 0:
		return Condition{State: StateTrouble, Reason: ReasonSuspended, Count: s.Suspended}, true
	}
	return Condition{}, false
}

// progress is the state of a library with which nothing is wrong.
func (s *LibraryStatus) progress() Condition {
	if s.Behind == 0 {
		return Condition{State: StateOK, Reason: ReasonUpToDate}
	}
	c := Condition{State: StateOK, Reason: ReasonWaiting, Count: s.Behind, Since: s.WaitingSince}
	patience := lateWhenFetched
	if s.Library.Pushed() {
		c.State, c.Reason, patience = StateWorking, ReasonSending, lateWhenPushed
	}
	if s.WaitingSince.IsZero() || s.Now.Sub(s.WaitingSince) <= patience {
		return c
	}
	c.State, c.Reason = StateLate, ReasonLate
	if s.Refusing > 0 && s.Refusing == s.Behind {
		c.Reason = ReasonRefused
	}
	return c
}

// Sentence says the condition in a language: "en", else French. What people
// and library systems wrote stands as it is.
func (c *Condition) Sentence(language string, place *time.Location) string {
	if language == "en" {
		return c.english(place)
	}
	return c.french(place)
}

func (c *Condition) french(place *time.Location) string {
	since := c.Since.In(place).Format("02/01/2006 à 15:04")
	switch c.Reason {
	case ReasonPaused:
		return "suspendue : " + c.Detail.String()
	case ReasonFailing:
		return fmt.Sprintf("%s : %s", c.Job.French(), c.Detail)
	case ReasonAttention:
		return c.Detail.String()
	case ReasonSuspended:
		return plural(French, c.Count, "1 dépôt attend une décision", "%s dépôts attendent une décision")
	case ReasonPreparing:
		return "en préparation : rien ne lui est remis avant l’ouverture"
	case ReasonNew:
		return "aucun échange encore"
	case ReasonLate:
		return plural(French, c.Count, "1 carte l’attend", "%s cartes l’attendent") + " depuis le " + since
	case ReasonRefused:
		return plural(French, c.Count, "1 carte refusée par son logiciel", "%s cartes refusées par son logiciel") + ", depuis le " + since
	case ReasonDelivering:
		return plural(French, c.Count, "tout lui est redonné : 1 carte jusqu’ici", "tout lui est redonné : %s cartes jusqu’ici")
	case ReasonSending:
		return plural(French, c.Count, "1 carte lui est envoyée", "%s cartes lui sont envoyées")
	case ReasonWaiting:
		return plural(French, c.Count, "bien ; 1 carte l’attend", "bien ; %s cartes l’attendent")
	case ReasonUpToDate:
	}
	return "bien"
}

func (c *Condition) english(place *time.Location) string {
	detail, _ := c.Detail.In(English)
	since := c.Since.In(place).Format("2 January 2006 15:04")
	switch c.Reason {
	case ReasonPaused:
		return "paused: " + detail
	case ReasonFailing:
		return fmt.Sprintf("%s: %s", c.Job.English(), detail)
	case ReasonAttention:
		return detail
	case ReasonSuspended:
		return plural(English, c.Count, "1 deposit waits for a decision", "%s deposits wait for a decision")
	case ReasonPreparing:
		return "in preparation: nothing is handed to it before it is opened"
	case ReasonNew:
		return "nothing exchanged yet"
	case ReasonLate:
		return plural(English, c.Count, "1 card has been waiting", "%s cards have been waiting") + " since " + since
	case ReasonRefused:
		return plural(English, c.Count, "1 card refused by its system", "%s cards refused by its system") + " since " + since
	case ReasonDelivering:
		return plural(English, c.Count, "everything is being delivered again: 1 card so far", "everything is being delivered again: %s cards so far")
	case ReasonSending:
		return plural(English, c.Count, "1 card is being sent", "%s cards are being sent")
	case ReasonWaiting:
		return plural(English, c.Count, "well; 1 card is waiting for it", "well; %s cards are waiting for it")
	case ReasonUpToDate:
	}
	return "well"
}

// plural chooses between a sentence for one and one for many, which holds %s.
// Zero is one in French; no sentence here speaks of none.
func plural(language string, n int64, one, many string) string {
	if n < 2 { //nolint:mnd // two are many
		return one
	}
	return fmt.Sprintf(many, Grouped(n, language))
}

// French names the kind of work as the pages do; most are stored by that name.
func (k JobKind) French() string {
	switch k {
	case JobPush:
		return "livraison"
	case JobFTP:
		return "relève FTP"
	case JobConfirm:
		return "rapport reçu"
	case JobMail:
		return "courriels"
	case JobDeposits:
		return "reprise de dépôts"
	case JobEnds:
		return "cartes terminées"
	case JobPurge:
		return "ménage"
	case JobLikeness:
		return "recherche de doublons"
	}
	return string(k)
}

// English names the kind of work in English.
func (k JobKind) English() string {
	switch k {
	case JobHarvest:
		return "harvest"
	case JobPush:
		return "push"
	case JobFTP:
		return "FTP"
	case JobConfirm:
		return "confirmation"
	case JobMail:
		return "mail"
	case JobDeposits:
		return "deposits"
	case JobEnds:
		return "ended cards"
	case JobPurge:
		return "purge"
	case JobLikeness:
		return "duplicates"
	case JobAlerts:
		return "alerts"
	case JobStatistics:
		return "statistics"
	}
	return string(k)
}
