package web

import (
	"time"

	"github.com/carte-reseau/hub/internal/cards"
)

// libraryRow is one library at a glance.
type libraryRow struct {
	Status             *cards.LibraryStatus
	State              string         // names a colour and a word
	Why                string         // in a sentence, where there is something to say
	Told               cards.Sentence // what a job or the hub noted
	Given, Taken, Next time.Time
	Days               []sparkBar
	Exchanged          int64 // cards, over the days drawn
}

func rowOf(v *visit, s *cards.LibraryStatus, days []cards.Activity, today string) libraryRow {
	condition := s.State()
	row := libraryRow{Status: s, State: string(condition.State), Given: s.LastGiven(), Taken: s.LastTaken(), Next: s.NextRun()}
	row.Why, row.Told = whyOfState(v, &condition)
	row.Days, row.Exchanged = sparkOf(days, today)
	return row
}

// whyOfState says why a library is as it is, where its state's own word and the figures beside it do not.
func whyOfState(v *visit, c *cards.Condition) (why string, told cards.Sentence) {
	switch {
	case c.Reason == cards.ReasonFailing:
		return v.text("etablissement.echoue", "travail", v.text("travail."+string(c.Job)), "fois", v.text("etablissement.n-echecs", "count", c.Count)), c.Detail
	case c.Reason == cards.ReasonAttention, c.State == cards.StatePaused:
		return "", c.Detail
	case c.State == cards.StateTrouble || c.State == cards.StateLate:
		return bound(v.lang, c.Sentence(v.lang, v.door.options.Location)), cards.Sentence{}
	}
	return "", cards.Sentence{}
}

// sparkBar is one day of the small line of a month, in the units of its drawing.
type sparkBar struct {
	X, Y, Height float64
	Bad          bool // something failed or was refused
}

// The drawing of a month: a bar a day, four units apart.
const (
	sparkDays   = 30
	sparkStep   = 4
	sparkHeight = 23
	sparkLeast  = 2 // of a day on which anything was exchanged
)

// sparkOf draws the days up to today; the highest is the busiest of the library's own.
func sparkOf(days []cards.Activity, today string) (bars []sparkBar, exchanged int64) {
	last, err := time.Parse(time.DateOnly, today)
	if err != nil {
		return nil, 0
	}
	var most int64 = 1
	for i := range days {
		most = max(most, cardsOf(&days[i]))
	}
	for i := range days {
		day, err := time.Parse(time.DateOnly, days[i].Day)
		ago := int(last.Sub(day) / (24 * time.Hour))
		n := cardsOf(&days[i])
		bad := days[i].Rejected+days[i].Refused+days[i].RunsFailed > 0
		if err != nil || ago < 0 || ago >= sparkDays || n == 0 && !bad {
			continue
		}
		exchanged += n
		height := max(sparkLeast, sparkHeight*float64(n)/float64(most))
		bars = append(bars, sparkBar{X: float64((sparkDays - 1 - ago) * sparkStep), Y: sparkHeight - height, Height: height, Bad: bad})
	}
	return bars, exchanged
}

// cardsOf counts the cards that went either way.
func cardsOf(a *cards.Activity) int64 { return a.Received + a.Taken }
