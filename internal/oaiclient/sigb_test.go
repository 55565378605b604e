package oaiclient_test

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"github.com/carte-reseau/hub/internal/oaiclient"
	"github.com/carte-reseau/hub/internal/sigb"
)

// newSystem starts a simulated library system with readers, and a hub that harvests it.
func newSystem(t *testing.T, readers int) (*sigb.Server, *world) {
	t.Helper()
	return newSystemAt(t, readers, time.Now)
}

func newSystemAt(t *testing.T, readers int, clock func() time.Time) (*sigb.Server, *world) {
	t.Helper()
	system := sigb.New(sigb.Config{Code: "beauvoir", Profile: sigb.Aloes(), Clock: clock})
	generator := sigb.NewGenerator(rand.New(rand.NewPCG(7, 0)), "2610", clock)
	if err := generator.Fill(system, readers); err != nil {
		t.Fatal(err)
	}
	server := sigb.NewServer(system, sigb.ServerOptions{User: "hub", Password: "secret du SIGB", PageSize: 25})
	if err := server.Start(context.Background(), "127.0.0.1:0"); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := server.Close(); err != nil {
			t.Error(err)
		}
	})
	w := newWorld(t, server.URL(sigb.OAI))
	return server, w
}

// wantAll compares what the hub hands on with the library's database.
func (w *world) wantAll(t *testing.T, system *sigb.System) {
	t.Helper()
	handed := w.handed(t)
	today := time.Now().Format(time.DateOnly)
	current := 0
	for _, patron := range system.Patrons() {
		card := patron.Card
		if card.ExpiredOn(today) {
			continue
		}
		current++
		xml := handed[card.Number]
		for _, value := range []string{card.Name, card.FirstName, card.Address.Town, card.Enrolment.End} {
			if !strings.Contains(xml, ">"+value+"<") {
				t.Errorf("a card lacks %q: %s", value, xml)
				return
			}
		}
	}
	if len(handed) != current {
		t.Errorf("the hub hands on %d cards, the library has %d", len(handed), current)
	}
}

// TestDailyLife lets each page of a harvest meet one of the failures of real systems.
func TestDailyLife(t *testing.T) {
	t.Parallel()
	const wait = time.Second
	for _, fault := range []sigb.Fault{
		sigb.Broken(), sigb.Status(502), sigb.CutOff(), sigb.LostReply(), sigb.Truncated(), sigb.Empty(), sigb.Gzip(), sigb.Latin1(),
		sigb.WrongEncoding(), sigb.ControlCharacter(), sigb.Slow(4000, time.Millisecond), sigb.DeadToken(),
		sigb.Unavailable(wait), sigb.UnavailableUntil(wait), sigb.TooMany(0), sigb.TooManyUntil(0), sigb.ClockOff(5 * time.Minute),
	} {
		t.Run(fault.String(), func(t *testing.T) {
			t.Parallel()
			server, w := newSystem(t, 110)
			server.Faults.Next(fault, fault)
			run := w.complete(t)
			if n := server.Faults.Waiting(); n != 0 {
				t.Fatalf("%d faults were not met", n)
			}
			if run.Counts.Rejected != 0 {
				t.Errorf("counts %+v: %+v", run.Counts, w.mails(t))
			}
			w.wantAll(t, server.System())
			w.silent(t, "2610", "secret du SIGB")
		})
	}
}

func TestServersOfDays(t *testing.T) {
	t.Parallel()
	for _, fault := range []sigb.Fault{sigb.DayGranularity(), sigb.StrictDays()} {
		t.Run(fault.String(), func(t *testing.T) {
			t.Parallel()
			server, w := newSystem(t, 60)
			server.Faults.Always(fault)
			w.complete(t)
			number := server.System().Patrons()[0].Card.Number
			if err := server.System().Change(number, func(c *sigb.Card) { c.Phone = "04 75 99 99 99" }); err != nil {
				t.Fatal(err)
			}
			w.complete(t)
			w.wantAll(t, server.System())
			if xml := w.handed(t)[number]; !strings.Contains(xml, "04 75 99 99 99") {
				t.Errorf("the change did not arrive: %s", xml)
			}
		})
	}
}

func TestTokenThatRepeatsThenHeals(t *testing.T) {
	t.Parallel()
	server, w := newSystem(t, 60)
	server.Faults.Always(sigb.RepeatToken())
	run, err := w.harvest(t)
	if err == nil || !strings.Contains(run.Error.String(), "deux fois de suite") {
		t.Fatalf("error %q", run.Error)
	}
	server.Faults.Clear()
	w.complete(t)
	w.wantAll(t, server.System())
}

// TestHarvestsThroughBadWeather harvests again and again while the desk works and anything may fail, and wants the hub to
// hold in the end what the library holds.
func TestHarvestsThroughBadWeather(t *testing.T) {
	t.Parallel()
	server, w := newSystem(t, 80)
	system := server.System()
	server.Faults.Randomly(11, 0.4, sigb.Broken(), sigb.CutOff(), sigb.LostReply(), sigb.Truncated(), sigb.Empty(), sigb.Gzip(), sigb.Latin1(),
		sigb.WrongEncoding(), sigb.DeadToken(), sigb.RepeatToken(), sigb.Unavailable(time.Hour), sigb.TooManyUntil(time.Hour), sigb.Unauthorized(),
		sigb.ClockOff(5*time.Minute))
	ended := 0
	for round := range 30 {
		number := system.Patrons()[round].Card.Number
		if err := system.Change(number, func(c *sigb.Card) { c.Phone = fmt.Sprintf("04 75 00 00 %02d", round) }); err != nil {
			t.Fatal(err)
		}
		_, err := w.harvest(t, func(o *oaiclient.Options) { o.Attempts = 2; o.MaxWait = time.Millisecond })
		var later *oaiclient.NotBefore
		if errors.As(err, &later) {
			ended++
		}
	}
	if ended == 0 {
		t.Error("no run was ever sent away; the weather was too fine")
	}
	server.Faults.Clear()
	w.complete(t) // ends what was left unfinished
	w.complete(t)
	w.wantAll(t, system)
	handed := w.handed(t)
	for round := range 30 {
		number, want := system.Patrons()[round].Card.Number, fmt.Sprintf("04 75 00 00 %02d", round)
		if !strings.Contains(handed[number], want) {
			t.Errorf("the change of round %d is lost", round)
		}
	}
}
