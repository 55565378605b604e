package oaiclient

import (
	"net/http"
	"net/url"
	"time"

	"github.com/carte-reseau/hub/internal/cards"
	"github.com/carte-reseau/hub/internal/oai"
)

// The granularities as cards.Harvest stores them; empty where it is not known.
const (
	bySecond = "second"
	byDay    = "day"
)

// windowFrom is the from argument of a new window: where the last completed harvest began by the other system's own clock,
// less an overlap. Empty, everything is asked for: the first time, or where that clock cannot be read.
func windowFrom(state *cards.Harvest, o Options) string {
	at, err := oai.ParseTime(state.From)
	if err != nil {
		return ""
	}
	switch state.Granularity {
	case byDay:
		return oai.Day.Format(at.Add(-o.DayOverlap).Unix())
	case bySecond:
		return oai.Second.Format(at.Add(-o.Overlap - setBack(at, o.Location)).Unix())
	}
	// No record was seen yet, or only such as may be stamped with the first second of the day they changed. That day may be
	// one of another zone than UTC, and in autumn it has an hour more.
	return oai.Second.Format(at.Add(-o.DayOverlap).Truncate(24 * time.Hour).Unix())
}

// setBack is by how much the network's clocks are set back within a day of a moment: systems that write the time of their wall
// stamp what changes then as if it had been before.
func setBack(at time.Time, place *time.Location) time.Duration {
	_, before := at.AddDate(0, 0, -1).In(place).Zone()
	_, after := at.AddDate(0, 0, 1).In(place).Zone()
	return time.Duration(max(before-after, 0)) * time.Second
}

// beginsDay reports a datestamp that may stand for a whole day: systems that keep no more write its first second, in UTC or
// where the network is.
func beginsDay(datestamp string, place *time.Location) bool {
	at, err := oai.ParseTime(datestamp)
	if err != nil {
		return false
	}
	hour, minute, second := at.In(place).Clock()
	return at.Equal(at.Truncate(24*time.Hour)) || hour+minute+second == 0
}

func inDays(datestamp string) bool { return len(datestamp) == len(time.DateOnly) }

// arguments are those of the page the state stands at.
func arguments(lib *cards.Library, state *cards.Harvest) url.Values {
	if state.Token != "" {
		return oai.Request{Verb: oai.ListRecords, ResumptionToken: state.Token}.Values()
	}
	return oai.Request{
		Verb: oai.ListRecords, MetadataPrefix: lib.OAIPrefix, Set: lib.OAISet, From: state.WindowFrom,
	}.Values()
}

// serverTime is the other system's clock when it answered: its responseDate or, where that cannot be read, what its web
// server says. Empty if neither can: the next window then begins where this one did.
func serverTime(responseDate, httpDate string) string {
	if _, err := oai.ParseTime(responseDate); err == nil {
		return responseDate
	}
	if at, err := http.ParseTime(httpDate); err == nil {
		return oai.Second.Format(at.Unix())
	}
	return ""
}

// wentBack reports a server whose clock now shows a time before the from it was asked with: it had been wrong then, or is
// now. What changed in between may be stamped before from.
func wentBack(said, from string) bool {
	now, err := oai.ParseTime(said)
	if err != nil || from == "" {
		return false
	}
	since, err := oai.ParseTime(from)
	return err == nil && now.Before(since)
}
