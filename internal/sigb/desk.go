package sigb

import (
	"time"
)

// Enrol takes a new reader. What the desk leaves empty, it fills as desks do: this library, from today, for a year.
func (s *System) Enrol(c Card, l Local) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if fold(c.Number) == "" || s.known(c.Number) != nil {
		return s.numberError("the number of a new card is empty or already taken; give another one")
	}
	p := s.add(s.profile.Rewrite(s.enrolment(c.Clone())))
	p.local = l
	s.touch(p, p.card.changes(Card{}))
	return nil
}

func (s *System) enrolment(c Card) Card {
	now := s.now()
	setDefault(&c.Enrolment.Library, s.code)
	setDefault(&c.Enrolment.First, now.Format(time.DateOnly))
	setDefault(&c.Enrolment.End, yearFrom(now))
	setDefault(&c.Address.Country, "FR")
	return c
}

func setDefault(v *string, d string) {
	if *v == "" {
		*v = d
	}
}

func yearFrom(t time.Time) string { return t.AddDate(1, 0, -1).Format(time.DateOnly) }

// Change edits a card at the desk. Its number stays; ReplaceCard gives another. The edit must not call the system.
func (s *System) Change(number string, edit func(*Card)) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	p := s.current(number)
	if p == nil {
		return s.numberError("no patron has the number of the card to change")
	}
	c := p.card.Clone()
	edit(&c)
	c.Number, c.OldNumbers = p.card.Number, p.card.Clone().OldNumbers
	s.edited(p, c)
	return nil
}

// ChangeLocal edits what the network never sees; the card is not given to it.
func (s *System) ChangeLocal(number string, edit func(*Local)) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	p := s.current(number)
	if p == nil {
		return s.numberError("no patron has the number of the card to change")
	}
	edit(&p.local)
	return nil
}

// Renew enrols a reader for another year from today.
func (s *System) Renew(number string) error {
	now := s.now()
	return s.Change(number, func(c *Card) {
		c.Enrolment.Renewed = now.Format(time.DateOnly)
		c.Enrolment.End = yearFrom(now)
		if c.Enrolment.First > c.Enrolment.Renewed {
			c.Enrolment.First = c.Enrolment.Renewed
		}
	})
}

// EndEarly ends an enrolment on that day. Dates stay in order: it never ends before it was last renewed.
func (s *System) EndEarly(number string, day time.Time) error {
	return s.Change(number, func(c *Card) {
		c.Enrolment.End = max(day.Format(time.DateOnly), c.Enrolment.First, c.Enrolment.Renewed)
	})
}

// ReplaceCard gives a reader a new card for a lost, stolen or damaged one.
func (s *System) ReplaceCard(number, replacement string) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	p := s.current(number)
	if p == nil {
		return s.numberError("no patron has the number of the card to replace")
	}
	if fold(replacement) == "" || s.known(replacement) != nil {
		return s.numberError("the number of the replacing card is empty or already taken; give another one")
	}
	c := p.card.Clone()
	c.Number = replacement
	c.replaces(p.card.Number)
	s.edited(p, c)
	return nil
}

// edited stores what the desk typed, as this system stores it, and marks the card if anything moved.
func (s *System) edited(p *patron, c Card) {
	c = s.profile.Rewrite(c)
	changed := p.card.changes(c)
	if len(changed) == 0 {
		return
	}
	s.store(p, c)
	s.touch(p, changed)
}

func (s *System) touch(p *patron, changed []Field) {
	s.edit++
	p.edited(changed, s.edit)
	p.modified = s.now()
	p.stamp = p.modified
	p.foreign = false
}

func (s *System) numberError(problem string) error {
	return &NumberError{Library: s.code, Problem: problem}
}
