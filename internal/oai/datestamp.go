package oai

import (
	"fmt"
	"strings"
	"time"
)

// Granularity is how finely a repository or an argument counts time.
type Granularity uint8

// The granularities of the protocol.
const (
	Second Granularity = iota
	Day
)

const (
	secondLayout = "2006-01-02T15:04:05Z"
	dayLayout    = "2006-01-02"
	daySeconds   = 24 * 60 * 60
)

// String is the granularity as Identify names it.
func (g Granularity) String() string {
	if g == Day {
		return "YYYY-MM-DD"
	}
	return "YYYY-MM-DDThh:mm:ssZ"
}

// Format writes a moment, in Unix seconds, as a datestamp in UTC.
func (g Granularity) Format(unix int64) string {
	if g == Day {
		return time.Unix(unix, 0).UTC().Format(dayLayout)
	}
	return time.Unix(unix, 0).UTC().Format(secondLayout)
}

// AppendTime appends a moment, in Unix seconds, as a datestamp to the second.
func AppendTime(dst []byte, unix int64) []byte {
	return time.Unix(unix, 0).UTC().AppendFormat(dst, secondLayout)
}

// ParseDatestamp reads a datestamp as the protocol has it: YYYY-MM-DD or
// YYYY-MM-DDThh:mm:ssZ and nothing else. A day gives its first second.
func ParseDatestamp(s string) (unix int64, g Granularity, err error) {
	layout := secondLayout
	if len(s) == len(dayLayout) {
		g, layout = Day, dayLayout
	}
	// time.Parse takes fractions of a second whatever the layout: the length
	// keeps them out. The year 0000 is none in XML Schema.
	t, err := time.Parse(layout, s)
	if err != nil || len(s) != len(layout) || t.Year() == 0 {
		return 0, Second, fmt.Errorf("datestamp %q: YYYY-MM-DD or YYYY-MM-DDThh:mm:ssZ is expected", s)
	}
	return t.Unix(), g, nil
}

// ParseTime reads a moment as servers of all kinds write it: beside the two
// forms of the protocol also with an offset, a fraction, no zone (taken as
// UTC) or a space for the T. For what foreign servers answer, never for
// arguments.
func ParseTime(s string) (time.Time, error) {
	s = strings.TrimSpace(s)
	for _, layout := range []string{time.RFC3339, "2006-01-02T15:04:05", "2006-01-02 15:04:05", "2006-01-02T15:04Z07:00", dayLayout} {
		if t, err := time.Parse(layout, s); err == nil {
			return t.UTC(), nil
		}
	}
	return time.Time{}, fmt.Errorf("date %.40q: no form of date known to OAI-PMH servers", s)
}
