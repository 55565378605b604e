package sigb

import (
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"
)

// A Config says whose system it is.
type Config struct {
	Code    string // the library's code in the network
	Profile Profile
	Clock   func() time.Time // default time.Now; it may be hours off, as real ones are
}

// A System is one library's database with its desk. It is safe for concurrent use.
type System struct {
	code    string
	profile Profile
	clock   func() time.Time

	mu      sync.RWMutex
	patrons map[int64]*patron
	numbers map[string]int64 // folded number, the current one
	former  map[string]int64 // folded numbers that were replaced
	lastID  int64
	edit    uint64
	refuse  func(number string) error
}

// New makes an empty system.
func New(c Config) *System {
	if c.Clock == nil {
		c.Clock = time.Now
	}
	return &System{
		code:    c.Code,
		profile: c.Profile,
		clock:   c.Clock,
		patrons: map[int64]*patron{},
		numbers: map[string]int64{},
		former:  map[string]int64{},
	}
}

// Code is the library's code in the network.
func (s *System) Code() string { return s.code }

// Profile is how the system rewrites what it stores.
func (s *System) Profile() Profile {
	s.mu.RLock()
	defer s.mu.RUnlock()
	return s.profile
}

// Migrate gives the library another maker's system, which takes over each card as it can hold it. Nobody typed what moves
// by that, and nobody is told.
func (s *System) Migrate(to Profile) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.profile = to
	for _, p := range s.patrons {
		s.store(p, to.Rewrite(p.card))
	}
}

// Len is the number of patrons.
func (s *System) Len() int {
	s.mu.RLock()
	defer s.mu.RUnlock()
	return len(s.patrons)
}

// Patron finds a reader by the current card number, letter case aside.
func (s *System) Patron(number string) (Patron, bool) {
	s.mu.RLock()
	defer s.mu.RUnlock()
	p := s.current(number)
	if p == nil {
		return Patron{}, false
	}
	return p.public(), true
}

// Patrons lists all readers in the order they came into the database.
func (s *System) Patrons() []Patron {
	s.mu.RLock()
	defer s.mu.RUnlock()
	out := make([]Patron, 0, len(s.patrons))
	for _, p := range s.ordered(func(*patron) bool { return true }) {
		out = append(out, p.public())
	}
	return out
}

// Waiting is the number of cards changed here and not yet given to the network.
func (s *System) Waiting() int {
	s.mu.RLock()
	defer s.mu.RUnlock()
	n := 0
	for _, p := range s.patrons {
		if p.waiting() {
			n++
		}
	}
	return n
}

// Refusals lists the cards the network did not take, with its reasons, by card number.
func (s *System) Refusals() map[string][]ReportError {
	s.mu.RLock()
	defer s.mu.RUnlock()
	out := map[string][]ReportError{}
	for _, p := range s.patrons {
		if len(p.refusals) > 0 {
			out[p.card.Number] = slices.Clone(p.refusals)
		}
	}
	return out
}

// Refuse sets the rule by which the system turns down cards from the network; nil takes all. The error's text becomes
// the reason in the report; a *RefusalError also says its code and field. The rule must not call the system.
func (s *System) Refuse(rule func(number string) error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.refuse = rule
}

// now is the system's own time in whole seconds, as it writes it everywhere.
func (s *System) now() time.Time { return s.clock().Truncate(time.Second) }

func (s *System) today() string { return s.now().Format(time.DateOnly) }

func fold(number string) string { return strings.ToLower(strings.TrimSpace(number)) }

func (s *System) current(number string) *patron { return s.patrons[s.numbers[fold(number)]] }

// known finds a patron by the current number, else by one that was replaced.
func (s *System) known(number string) *patron {
	if p := s.current(number); p != nil {
		return p
	}
	return s.patrons[s.former[fold(number)]]
}

func (s *System) ordered(keep func(*patron) bool) []*patron {
	out := make([]*patron, 0, len(s.patrons))
	for _, p := range s.patrons {
		if keep(p) {
			out = append(out, p)
		}
	}
	slices.SortFunc(out, func(a, b *patron) int { return int(a.id - b.id) })
	return out
}

func (s *System) add(c Card) *patron {
	s.lastID++
	p := &patron{id: s.lastID, edits: map[Field]uint64{}}
	s.patrons[p.id] = p
	s.store(p, c)
	return p
}

// store replaces a patron's card and keeps both indexes right.
func (s *System) store(p *patron, c Card) {
	delete(s.numbers, fold(p.card.Number))
	p.card = c
	s.numbers[fold(c.Number)] = p.id
	for _, old := range c.OldNumbers {
		s.former[fold(old)] = p.id
	}
}

// absorb joins two rows of one reader: the kept one gets the other's numbers and local data.
func (s *System) absorb(kept, gone *patron) {
	delete(s.patrons, gone.id)
	delete(s.numbers, fold(gone.card.Number))
	kept.local.Loans += gone.local.Loans
	kept.local.FinesEUR += gone.local.FinesEUR
	kept.local.Notes = strings.TrimSpace(kept.local.Notes + "\n" + gone.local.Notes)
	if kept.local.Category == "" {
		kept.local.Category = gone.local.Category
	}
	c := kept.card.Clone()
	c.replaces(append(gone.card.OldNumbers, gone.card.Number)...)
	s.store(kept, c)
}

// A NumberError says that a card number does not allow what the desk asked for.
type NumberError struct {
	Library string
	Problem string
}

// Error does not name the number: card numbers are personal.
func (e *NumberError) Error() string { return fmt.Sprintf("sigb %s: %s", e.Library, e.Problem) }
