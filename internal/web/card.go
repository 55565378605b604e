package web

import (
	"slices"
	"strconv"
	"time"

	"github.com/carte-reseau/hub/internal/cards"
)

// cardView is one card as its page shows it.
type cardView struct {
	visit *visit
	File  *cards.CardFile
}

// shownField is one field of a card as staff read it.
type shownField struct{ Field, Value string }

// Fields are those the card has a value of.
func (c cardView) Fields() []shownField {
	var list []shownField
	for _, f := range cards.AllFields() {
		if value := c.visit.shown(f, &c.File.Card); value != "" && f != cards.FormerNumbers {
			list = append(list, shownField{f.String(), value})
		}
	}
	return list
}

// cardEvent is one version of a card, told as what happened.
type cardEvent struct {
	Version cards.CardVersion
	At      time.Time
	// Created is set where the card began with it.
	Created bool
	// Unknown is set where it is not told any more what stood before.
	Unknown bool
	Changes []cardChange
	// Passed are reasons why values that were sent were not taken.
	Passed []cardChange
}

// cardChange is one field that went from one value to another, with the reason, where there is one.
type cardChange struct {
	Field, From, To string
	Reason          *cards.Reason
}

// Events is the card's history, newest first.
func (c cardView) Events() []cardEvent {
	events := make([]cardEvent, len(c.File.Versions))
	for i := range events {
		events[i] = eventOf(&c.File.Versions[i], c.File.Story(i, c.visit.shown))
	}
	return events
}

func eventOf(version *cards.CardVersion, story cards.VersionStory) cardEvent {
	event := cardEvent{Version: *version, At: time.Unix(version.Stamp, 0), Created: story.First, Unknown: story.Unknown}
	for _, c := range story.Changes {
		if c.From != c.To {
			event.Changes = append(event.Changes, cardChange{Field: c.Field, From: c.From, To: c.To, Reason: reasonFor(version.Reasons, c.Field, true)})
		}
	}
	for _, f := range cards.AllFields() {
		if reason := reasonFor(version.Reasons, f.String(), false); reason != nil {
			event.Passed = append(event.Passed, cardChange{Field: f.String(), Reason: reason})
		}
	}
	return event
}

func reasonFor(reasons []cards.Reason, field string, taken bool) *cards.Reason {
	for i := range reasons {
		if reasons[i].Field.String() == field && reasons[i].Taken == taken {
			return &reasons[i]
		}
	}
	return nil
}

// Why names the text that says which rule decided.
func (c cardChange) Why() string {
	if c.Reason == nil {
		return ""
	}
	return whyOf(*c.Reason)
}

// ownWords are the rules that have a text of their own, whatever they led to.
var ownWords = []cards.Rule{cards.RulePoorer, cards.RuleHolder, cards.RuleBehind, cards.RuleMeeting, cards.RuleJoined}

// whyOf names the text of a rule of the merge, as cards.Reason says it in French.
func whyOf(r cards.Reason) string {
	switch {
	case r.Rule == cards.RuleMeeting && r.Taken:
		return "5-prise"
	case slices.Contains(ownWords, r.Rule):
		return strconv.Itoa(int(r.Rule))
	case r.Taken:
		return "prise"
	}
	return "restee"
}

// standingColour is the look of a library's state with a card.
func standingColour(s cards.StandingState) string {
	switch s {
	case cards.StandsCurrent:
		return "ok"
	case cards.StandsOwed:
		return "working"
	case cards.StandsRefused:
		return "trouble"
	case cards.StandsEnded:
		return "paused"
	case cards.StandsUnknown:
	}
	return "late"
}

// cardStanding is how one library stands with the card.
type cardStanding struct {
	cards.Standing
	Colour string
	Words  string // why it lacks the card, or may; empty where nothing is to be said
}

// Standings has a row a library.
func (c cardView) Standings() []cardStanding {
	list := make([]cardStanding, len(c.File.Standings))
	for i, s := range c.File.Standings {
		list[i] = cardStanding{s, standingColour(s.State), bound(c.visit.lang, s.Cause.Sentence(c.visit.lang, c.visit.door.options.Location))}
	}
	return list
}

// Doubts are the conflicts of the card that wait for a decision.
func (c cardView) Doubts() []disputeCard {
	var list []disputeCard
	for i := range c.File.Disputes {
		if c.File.Disputes[i].Verdict == "" {
			list = append(list, disputeCard{&c.File.Disputes[i], c.visit})
		}
	}
	return list
}

// heldValue is a value that is held of the card beside those that stand, and whose it is.
type heldValue struct {
	Field, Value, Library string
	At                    time.Time // zero where it is not known
}

// NotTaken are the values that lost in a conflict somebody decided, and what libraries sent last where it is something else:
// a reader who asks what is held about them is shown these too.
func (c cardView) NotTaken() []heldValue {
	var list []heldValue
	for i := range c.File.Disputes {
		d := disputeCard{&c.File.Disputes[i], c.visit}
		switch d.Verdict {
		case cards.VerdictKept:
			list = append(list, heldValue{d.Field, d.LostValue(), d.Lost.Library, d.Lost.At})
		case cards.VerdictOther:
			list = append(list, heldValue{d.Field, d.KeptValue(), d.Kept.Library, d.Kept.At})
		}
	}
	for i := range c.File.Sent {
		sent := &c.File.Sent[i]
		for _, f := range sent.Other(&c.File.Card) {
			list = append(list, heldValue{Field: f.String(), Value: c.visit.shown(f, &sent.Card), Library: sent.Library})
		}
	}
	return list
}

// Current is when the version that stands was made.
func (c cardView) Current() time.Time { return time.Unix(c.File.Current.Stamp, 0) }
