package main

import (
	"encoding/json"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/carte-reseau/hub/internal/sigb"
)

// bornAs gives a reader a name and a birth date.
func bornAs(name, first, birth string) func(*sigb.Card) {
	return func(c *sigb.Card) { c.Name, c.FirstName, c.BirthDate = name, first, birth }
}

func withTelephone(phone string) func(*sigb.Card) { return func(c *sigb.Card) { c.Phone = phone } }

// The first day of a network whose libraries' files overlap: one number was
// given to two readers, one reader has two numbers, and one card is known with
// two telephone numbers. All is sorted out before anything is sent; then both
// libraries hold the same.
func TestTheFirstDayOfANetworkWhoseFilesOverlap(t *testing.T) {
	t.Parallel()
	eachDatabase(t, func(t *testing.T, database string) {
		s := newSite(t, database)
		beauvoir := sigb.New(sigb.Config{Code: "beauvoir"})
		server := sigb.NewServer(beauvoir, sigb.ServerOptions{})
		if err := server.Start(t.Context(), "127.0.0.1:0"); err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = server.Close() })
		s.library("beauvoir", "--preparing", "--push-url="+server.URL(sigb.REST))
		s.library("peyrins", "--preparing")
		h := s.boot()
		peyrins := sigb.New(sigb.Config{Code: "peyrins"})
		enrol(t, beauvoir, reader("B1"), reader("N7", bornAs("Martin", "Paul", "1970-04-01")), reader("D1", bornAs("Roux", "Jeanne", "1990-01-01")),
			reader("X1", bornAs("Faure", "Zoé", "2001-05-06"), withTelephone("0475000001")))
		enrol(t, peyrins, reader("P1", bornAs("Blanc", "Ahmed", "1955-12-24")), reader("N8", bornAs("Lopez", "Ana", "1988-08-08")),
			reader("D2", bornAs("Roux", "Jeanne", "1990-01-01")), reader("X1", bornAs("Faure", "Zoé", "2001-05-06"), withTelephone(chosen)))

		giveAll(t, h, beauvoir)
		// The dry run of peyrins' file shows that N7 is somebody else's: the reader has been given N8 when the file comes.
		caller := newCaller(t, h.publicURL, "peyrins")
		lopez := `<carte><numero>N7</numero><nom>Lopez</nom><prenom>Ana</prenom><date-naissance>1988-08-08</date-naissance>` + validEnrolment + `</carte>`
		status, dry, err := caller.postTo(t.Context(), "/cartes?simulation=1", documentOf("peyrins", lopez))
		if err != nil || status != http.StatusOK {
			t.Fatalf("the dry run: status %d, %v", status, err)
		}
		if len(dry.Cards) != 1 || dry.Cards[0].Result != sigb.ResultRefused || dry.Cards[0].Errors[0].Code != "autre-personne" {
			t.Fatalf("the dry run says %+v", dry)
		}
		giveAll(t, h, peyrins)

		const patience = 30 * time.Second
		eventually(t, patience, "the pair is found", func() bool {
			asked, err := h.store.Waiting(t.Context())
			return err == nil && asked.Likenesses == 1
		})
		s.hub("duplicates", "same", "D1", "D2").want(exitOK)
		s.hub("conflicts", "choose", telephoneConflict(t, s)).want(exitOK)
		if n := len(server.Seen()); n != 0 {
			t.Fatalf("beauvoir was called %d times before it was opened", n)
		}

		s.hub("library", "open", "--all").want(exitOK, "beauvoir est ouverte", "peyrins est ouverte")
		c := sigb.NewClient(peyrins, sigb.ClientOptions{Hub: h.publicURL, Key: keyOf("peyrins")})
		t.Cleanup(func() { _ = c.Close() })
		watch := s.foundation()
		eventually(t, patience, "both libraries hold what the network holds", func() bool {
			if _, err := c.Session(t.Context()); err != nil {
				return false
			}
			reference := referenceOf(t, watch)
			return len(reference.Cards) == 6 && len(sigb.Diff(reference, beauvoir.Snapshot(), time.Now())) == 0 &&
				len(sigb.Diff(reference, peyrins.Snapshot(), time.Now())) == 0
		})
		if p, ok := peyrins.Patron("D2"); ok && p.Number != "D1" {
			t.Errorf("peyrins still knows its reader by %s", p.Number)
		}
		if x, ok := beauvoir.Patron("X1"); !ok || x.Card.Phone != chosen {
			t.Errorf("beauvoir holds %+v", x)
		}
	})
}

// chosen is the telephone that was not in place.
const chosen = "0475000002"

// telephoneConflict is the number of the conflict about X1's telephone.
func telephoneConflict(t *testing.T, s *site) string {
	t.Helper()
	for line := range strings.Lines(s.hub("conflicts", "list", "--card=X1", "--json").want(exitOK).out) {
		var d struct {
			ID    json.Number
			Field string
			Other struct{ Value string }
		}
		if err := json.Unmarshal([]byte(line), &d); err != nil {
			t.Fatal(err)
		}
		if d.Field == "telephone" && d.Other.Value == chosen {
			return d.ID.String()
		}
	}
	t.Fatal("nobody is asked about the telephone of X1")
	return ""
}

// giveAll has a library give all it has, as on the first day.
func giveAll(t *testing.T, h *hub, system *sigb.System) {
	t.Helper()
	c := sigb.NewClient(system, sigb.ClientOptions{Hub: h.publicURL, Key: keyOf(system.Code())})
	defer func() { _ = c.Close() }()
	if d, err := c.PostAll(t.Context()); err != nil || len(d.Report.Cards) == 0 || d.Report.Status != sigb.StatusIntegrated {
		t.Fatalf("%s gave its file: %+v, %v", system.Code(), d, err)
	}
}
