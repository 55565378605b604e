package proof_test

import "time"

// clock is the one time of a play. It moves only where the play lets it.
type clock struct{ at time.Time }

// paris is where the network's days begin.
var paris = func() *time.Location {
	place, err := time.LoadLocation("Europe/Paris")
	if err != nil {
		panic(err)
	}
	return place
}()

// morning is when every play begins.
var morning = time.Date(2026, 11, 21, 9, 30, 0, 300_000_000, paris)

func (c *clock) now() time.Time { return c.at }

func (c *clock) pass(d time.Duration) { c.at = c.at.Add(d) }

// beat goes on to the next step. Some fall into one second; none comes so late in it that a database which takes its time
// to answer is in the next one.
func (c *clock) beat() {
	const beat, begins, late = 200 * time.Millisecond, 50 * time.Millisecond, 400 * time.Millisecond
	if c.at.Sub(c.at.Truncate(time.Second)) < late {
		c.pass(beat)
		return
	}
	c.at = c.at.Truncate(time.Second).Add(time.Second + begins)
}

// ahead is how far the database's own clock has to be moved.
func (c *clock) ahead() time.Duration { return time.Until(c.at) }

// second is the second of now, as documents name it.
func (c *clock) second() int64 { return c.at.Unix() }

// today is the network's calendar day.
func (c *clock) today() string { return c.at.In(paris).Format(time.DateOnly) }

// noon goes on to the next noon, when every library agrees what day it is.
func (c *clock) noon() {
	here := c.at.In(paris)
	const apart = 300_000_000 // from the turn of the second, which databases round to either side
	next := time.Date(here.Year(), here.Month(), here.Day(), 12, 0, 0, apart, paris)
	if !next.After(here) {
		next = next.AddDate(0, 0, 1)
	}
	c.at = next
}
