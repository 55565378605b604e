package cards_test

import (
	"testing"
	"time"

	"github.com/carte-reseau/hub/internal/cards"
)

// Two documents of one library, the second of which arrives later: made says
// what they tell of their making, at arrives when they came.
func TestWhichDocumentIsOlder(t *testing.T) {
	place, err := time.LoadLocation("Europe/Paris")
	if err != nil {
		t.Fatal(err)
	}
	at := func(s string) time.Time {
		if s == "" {
			return time.Time{}
		}
		when, err := time.Parse("02 15:04 MST", s)
		if err != nil {
			t.Fatal(err)
		}
		return when.AddDate(2026, 9, 0)
	}
	file := func(made, arrived string) cards.Moment { return cards.Moment{Made: at(made), Arrived: at(arrived)} }
	page := func(asked string) cards.Moment { return cards.Moment{Arrived: at(asked), Asked: true} }
	for _, c := range []struct {
		what   string
		m, was cards.Moment
		want   cards.Order
	}{
		{"by what they say", file("10 10:00 UTC", "10 12:00 UTC"), file("10 11:00 UTC", "10 11:01 UTC"), cards.Earlier},
		{"by what they say, of a fast clock", file("10 11:00 UTC", "10 10:30 UTC"), file("10 11:05 UTC", "10 10:25 UTC"), cards.Earlier},
		{"made and arrived later", file("10 11:00 UTC", "10 11:01 UTC"), file("10 10:00 UTC", "10 10:01 UTC"), cards.Later},
		{"made at the same moment", file("10 11:00 UTC", "10 11:05 UTC"), file("10 11:00 UTC", "10 11:01 UTC"), cards.Later},
		{"one does not say", file("", "10 12:00 UTC"), file("10 11:00 UTC", "10 11:01 UTC"), cards.Later},
		{"one that came before does not say", file("", "10 11:00 UTC"), file("10 10:00 UTC", "10 11:01 UTC"), cards.Earlier},

		{"a wrong clock, both times", file("10 22:00 UTC", "10 10:40 UTC"), file("10 22:30 UTC", "10 10:35 UTC"), cards.Earlier},
		{"a wrong clock, both times, made later", file("10 22:30 UTC", "10 10:35 UTC"), file("10 22:00 UTC", "10 10:30 UTC"), cards.Later},
		{"a wrong clock that was set", file("10 11:00 UTC", "10 11:01 UTC"), file("10 22:00 UTC", "10 10:01 UTC"), cards.Later},
		{"a clock an hour fast that was set", file("10 10:30 UTC", "10 10:31 UTC"), file("10 11:00 UTC", "10 10:01 UTC"), cards.Later},
		{"a clock an hour and some fast that was set", file("10 10:30 UTC", "10 10:31 UTC"), file("10 10:50 UTC", "10 10:03 UTC"), cards.Later},
		{"a wrong clock that was set, a file that came late", file("10 18:00 UTC", "11 08:00 UTC"), file("10 22:00 UTC", "10 10:01 UTC"), cards.Unsure},
		{"a wrong clock that was set, and the next day", file("11 09:00 UTC", "11 12:00 UTC"), file("10 22:00 UTC", "10 10:01 UTC"), cards.Later},
		{"of a wrong clock, decided on once it was set", file("10 22:00 UTC", "10 10:01 UTC"), file("10 12:00 UTC", "10 12:01 UTC"), cards.Earlier},
		{"a clock that went wrong", file("10 22:00 UTC", "10 10:30 UTC"), file("10 10:00 UTC", "10 10:01 UTC"), cards.Unsure},
		{"a clock that was a little fast and went wrong", file("10 22:00 UTC", "10 10:05 UTC"), file("10 10:12 UTC", "10 10:02 UTC"), cards.Unsure},
		{"a clock that went wrong, and days later", file("13 22:00 UTC", "13 10:30 UTC"), file("10 10:00 UTC", "10 10:01 UTC"), cards.Later},

		{"a file older than a harvest", file("10 10:00 UTC", "10 11:00 UTC"), page("10 10:30 UTC"), cards.Earlier},
		{"a file that came before a harvest", file("10 10:00 UTC", "10 10:02 UTC"), page("10 10:05 UTC"), cards.Earlier},
		{"a file about as old as a harvest", file("10 10:00 UTC", "10 11:00 UTC"), page("10 10:05 UTC"), cards.Unsure},
		{"a file made after a harvest", file("10 10:25 UTC", "10 10:26 UTC"), page("10 10:05 UTC"), cards.Later},
		{"a file of a clock that may be fast", file("10 10:10 UTC", "10 10:06 UTC"), page("10 10:05 UTC"), cards.Unsure},
		{"a harvest about as old as a file", page("10 10:05 UTC"), file("10 10:00 UTC", "10 11:00 UTC"), cards.Unsure},
		{"a harvest after a file", page("10 10:30 UTC"), file("10 10:00 UTC", "10 10:01 UTC"), cards.Later},
		{"a harvest after a file that came meanwhile", page("10 10:30 UTC"), file("10 10:00 UTC", "10 10:31 UTC"), cards.Later},
		{"a page that was held, and a file since", page("10 10:30 UTC"), file("10 12:00 UTC", "10 12:01 UTC"), cards.Earlier},
		{"a harvest after a file of a wrong clock", page("10 10:30 UTC"), file("10 22:00 UTC", "10 10:01 UTC"), cards.Later},
		{"a harvest and a file that does not say", page("10 10:30 UTC"), file("", "10 10:31 UTC"), cards.Earlier},
		{"two harvests", page("10 10:30 UTC"), page("10 10:20 UTC"), cards.Later},

		// Clocks go back on the 25th at 01:00 UTC. What came late in the hour that exists twice is read as of the second.
		{"made in the first hour, read in the second", file("25 01:50 UTC", "25 08:00 UTC"), file("25 01:10 UTC", "25 01:11 UTC"), cards.Unsure},
		{"made in the second, held against such a one", file("25 01:10 UTC", "25 08:00 UTC"), file("25 01:50 UTC", "25 08:00 UTC"), cards.Unsure},
		{"both came at once", file("25 01:10 UTC", "25 01:11 UTC"), file("25 00:50 UTC", "25 00:51 UTC"), cards.Later},
		{"a day before", file("25 01:10 UTC", "25 08:00 UTC"), file("24 01:50 UTC", "24 08:00 UTC"), cards.Later},
		{"after both hours", file("25 02:10 UTC", "25 08:00 UTC"), file("25 01:50 UTC", "25 08:00 UTC"), cards.Later},
		{"before both hours", file("24 23:50 UTC", "25 08:00 UTC"), file("25 01:10 UTC", "25 01:15 UTC"), cards.Earlier},
		{"an hour earlier on any other day", file("26 01:10 UTC", "26 08:00 UTC"), file("26 01:50 UTC", "26 01:51 UTC"), cards.Earlier},
	} {
		if got := c.m.After(c.was, place); got != c.want {
			t.Errorf("%s: %d, want %d", c.what, got, c.want)
		}
	}
}

// A document of which nobody can tell whether it is the older one is taken, and
// what it replaces is kept for a person: neither is lost. Its library, which may
// hold either, is handed what stands.
func TestAnUnsureOrderIsAConflict(t *testing.T) {
	k := newCard()
	at := func(hour int) time.Time { return morning.Add(time.Duration(hour) * time.Hour) }
	send := func(m cards.Moment, v string) cards.Decision {
		in := k.input(mours, phone(v))
		in.Moment = m
		return k.apply(in)
	}
	send(cards.Moment{Made: at(12), Arrived: at(0)}, "1")
	d := send(cards.Moment{Made: at(8), Arrived: at(24)}, "2")
	if d.Card.Phone != "2" || !d.ByHub || len(d.Notes) != 1 || d.Notes[0].Kind != cards.NoteConflict || d.Notes[0].Lost.Phone != "1" {
		t.Errorf("%+v", d)
	}
	if d := send(cards.Moment{Made: at(25), Arrived: at(25)}, "3"); d.Card.Phone != "3" || len(d.Notes) != 0 {
		t.Errorf("and once it is sure again: %+v", d)
	}
}

// Two files wait while their library is harvested. The second is later than the
// first, but may be older than the harvest all the same: what that brought is
// not replaced without a word.
func TestTwoFilesMayBothBeOlderThanAHarvest(t *testing.T) {
	k := newCard()
	at := func(minute int) time.Time { return morning.Add(time.Duration(minute) * time.Minute) }
	send := func(m cards.Moment, v string) cards.Decision {
		if k.current != nil {
			k.hand(mours)
		}
		in := k.input(mours, phone(v))
		if in.Moment = m; !m.Asked {
			in.Crossed = in.Incoming.Given
		}
		return k.apply(in)
	}
	harvest := func(minute int) cards.Moment { return cards.Moment{Arrived: at(minute), Asked: true} }
	send(harvest(0), "1")
	send(harvest(37), "3")
	send(cards.Moment{Made: at(29), Arrived: at(38)}, "1")
	d := send(cards.Moment{Made: at(36), Arrived: at(38)}, "2")
	if d.Card.Phone != "2" || len(d.Notes) != 1 || d.Notes[0].Kind != cards.NoteConflict || d.Notes[0].Lost.Phone != "3" {
		t.Errorf("%+v", d)
	}
	if d := send(cards.Moment{Made: at(60), Arrived: at(61)}, "4"); d.Card.Phone != "4" || len(d.Notes) != 0 {
		t.Errorf("and once it is sure again: %+v", d)
	}
}

// A document that may be the older one says less than its library holds by the
// other: its system may have cut the value before it was handed it in full. What
// stands stays, and that less may be meant is not lost without a word.
func TestLessInAnUnsureOrderIsADoubt(t *testing.T) {
	k := newCard()
	at := func(hour int) time.Time { return morning.Add(time.Duration(hour) * time.Hour) }
	send := func(m cards.Moment, v string) cards.Decision {
		in := k.input(mours, name(v))
		in.Moment = m
		return k.apply(in)
	}
	send(cards.Moment{Made: at(12), Arrived: at(0)}, "Lefèvre")
	d := send(cards.Moment{Made: at(8), Arrived: at(24)}, "LEFEVRE")
	if d.Card.LastName != "Lefèvre" || !d.Behind.Has(cards.LastName) || len(d.Notes) != 1 || d.Notes[0].Kind != cards.NoteDoubt || d.Notes[0].Lost.LastName != "LEFEVRE" {
		t.Errorf("%+v", d)
	}
	send(cards.Moment{Made: at(25), Arrived: at(25)}, "Lefèvre")
	if d := send(cards.Moment{Made: at(26), Arrived: at(26)}, "LEFEVRE"); d.Card.LastName != "LEFEVRE" || len(d.Notes) != 0 {
		t.Errorf("and once it is sure again: %+v", d)
	}
}
