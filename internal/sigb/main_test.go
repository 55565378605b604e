package sigb_test

import (
	"math/rand/v2"
	"strings"
	"sync"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/carte-reseau/hub/internal/sigb"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// clock is a time that stands still until it is moved.
type clock struct {
	mu sync.Mutex
	t  time.Time
}

func newClock() *clock { return &clock{t: time.Date(2026, 11, 21, 9, 30, 0, 0, time.UTC)} }

func (c *clock) now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.t
}

func (c *clock) advance(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.t = c.t.Add(d)
}

func newSystem(code string, p sigb.Profile, c *clock) *sigb.System {
	return sigb.New(sigb.Config{Code: code, Profile: p, Clock: c.now})
}

func newGenerator(seed uint64, prefix string, c *clock) *sigb.Generator {
	return sigb.NewGenerator(newRand(seed), prefix, c.now)
}

func newRand(seed uint64) *rand.Rand {
	return rand.New(rand.NewPCG(seed, seed))
}

func helene(number string) sigb.Card {
	return sigb.Card{
		Number: number, Title: "MME", Name: "Dupré-Lebœuf", BirthName: "Noël", FirstName: "Hélène",
		BirthDate: "1980-02-29", Sex: "F",
		Address: sigb.Address{
			Lines: []string{"12 avenue de l’Église"}, Postcode: "26100", Town: "Romans-sur-Isère", Country: "FR",
		},
		Phone: "04 75 00 00 00", Email: "helene@example.org",
	}
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func enrol(t *testing.T, s *sigb.System, numbers ...string) {
	t.Helper()
	for _, n := range numbers {
		must(t, s.Enrol(helene(n), sigb.Local{Category: "Adulte", Loans: 2}))
	}
}

func patron(t *testing.T, s *sigb.System, number string) sigb.Patron {
	t.Helper()
	p, ok := s.Patron(number)
	if !ok {
		t.Fatalf("%s does not know card %s", s.Code(), number)
	}
	return p
}

// cartes is a document from the network with these cards, given as the inside of <carte>.
func cartes(cards ...string) string {
	var b strings.Builder
	b.WriteString(`<?xml version="1.0" encoding="UTF-8"?><cartes xmlns="urn:carte-reseau:1" etablissement="reseau">`)
	for _, c := range cards {
		b.WriteString("<carte>" + c + "</carte>")
	}
	b.WriteString("</cartes>")
	return b.String()
}

const dates = `<inscription><etablissement>mours</etablissement><premiere>2024-09-03</premiere>` +
	`<reinscription></reinscription><fin>2027-09-09</fin></inscription>`

func integrate(t *testing.T, s *sigb.System, cards ...string) sigb.Report {
	t.Helper()
	return s.Integrate(strings.NewReader(cartes(cards...)))
}
