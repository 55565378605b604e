package sigb

import (
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"
	"time"
)

// A RefusalError is a reason for not taking a card, with the code and field it has in the report.
type RefusalError struct {
	Code  string
	Field Field
	Text  string
}

// Error is the sentence of the report.
func (r *RefusalError) Error() string { return r.Text }

// codeRefusedHere stands in the report where a rule of the library's own turned a card down.
const codeRefusedHere = "valeur"

// Integrate takes a document of cards from the network and answers with a report. A document that cannot be read
// changes nothing at all. Local data is never touched, and an equal card changes nothing.
func (s *System) Integrate(document io.Reader) Report {
	cards, err := readDocument(document)
	if err != nil {
		return s.refused(err)
	}
	return s.integrate(cards)
}

// refused is the report on a document that could not be read.
func (s *System) refused(err error) Report {
	return Report{
		Library: s.code,
		Date:    s.now().UTC().Format(time.RFC3339),
		Status:  StatusRefused,
		Errors:  []ReportError{faultOf(err)},
	}
}

func faultOf(err error) ReportError {
	if errors.Is(err, errEmpty) {
		return ReportError{Code: "vide", Text: "Le document est vide."}
	}
	fault := ReportError{Code: "mal-forme", Text: "Le document n’est pas un document de cartes bien formé."}
	var syntax *xml.SyntaxError
	if errors.As(err, &syntax) {
		fault.Line = syntax.Line
	}
	return fault
}

func (s *System) integrate(cards []incoming) Report {
	s.mu.Lock()
	defer s.mu.Unlock()
	r := Report{Library: s.code, Date: s.now().UTC().Format(time.RFC3339), Received: len(cards)}
	for _, in := range cards {
		r.add(s.integrateOne(in))
	}
	r.settle()
	return r
}

func (s *System) integrateOne(in incoming) ReportCard {
	answer := ReportCard{Number: in.card.Number}
	p, twins := s.matching(in.card)
	if err := s.objection(in, p); err != nil {
		answer.Result = ResultRefused
		answer.Errors = []ReportError{reasonOf(err)}
		return answer
	}
	if p == nil {
		s.create(in)
		answer.Result = ResultCreated
		return answer
	}
	for _, twin := range twins {
		s.absorb(p, twin)
	}
	answer.Result = ResultUnchanged
	if s.update(p, in) || len(twins) > 0 {
		answer.Result = ResultModified
	}
	if fold(p.card.Number) != fold(in.card.Number) {
		answer.NewNumber = p.card.Number
	}
	return answer
}

// matching finds the patron a card speaks of: by its number, else by a number it replaces. Further rows the library has
// under those numbers are twins: they are the same reader and become one row.
func (s *System) matching(c Card) (p *patron, twins []*patron) {
	if q := s.known(c.Number); !s.strange(q, c) {
		p = q
	}
	for _, old := range c.OldNumbers {
		q := s.known(old)
		switch {
		case q == nil || q == p || slices.Contains(twins, q) || s.strange(q, c):
		case p == nil:
			p = q
		default:
			twins = append(twins, q)
		}
	}
	return p, twins
}

func (s *System) objection(in incoming, p *patron) error {
	c := in.card
	switch {
	case c.Number == "":
		return &RefusalError{Code: "obligatoire", Field: FieldNumber, Text: "Le numéro de carte manque."}
	case c.Name == "" && (p == nil || in.has(FieldName)):
		return &RefusalError{Code: "obligatoire", Field: FieldName, Text: "Le nom manque."}
	case p == nil && c.Enrolment.End == "":
		return &RefusalError{Code: "obligatoire", Field: FieldEnd, Text: "La date de fin d’inscription manque."}
	case s.strange(s.current(c.Number), c):
		return errTaken
	case s.refuse != nil:
		return s.refuse(c.Number)
	}
	return nil
}

// strange reports whether a card is of another reader than a row that has its number, or had it by mistake.
func (s *System) strange(p *patron, c Card) bool {
	return p != nil && s.profile.Particular && p.card.another(s.profile.Rewrite(c))
}

var errTaken = &RefusalError{Code: "autre-personne", Field: FieldNumber, Text: "Ce numéro est celui d’un autre lecteur de la bibliothèque."}

// another tells whether two cards are of two readers: both the name and the birth date differ, also as other systems
// would have them.
func (c Card) another(d Card) bool {
	return !leftOfOne(c.BirthDate, d.BirthDate) && (!leftOfOne(c.Name, d.Name) || !leftOfOne(c.FirstName, d.FirstName))
}

func leftOfOne(a, b string) bool {
	a, b = strings.ToUpper(onlyLettersAndDigits(withoutAccents(a))), strings.ToUpper(onlyLettersAndDigits(withoutAccents(b)))
	return strings.HasPrefix(a, b) || strings.HasPrefix(b, a)
}

func reasonOf(err error) ReportError {
	var r *RefusalError
	if errors.As(err, &r) {
		return ReportError{Code: r.Code, Field: string(r.Field), Text: r.Text}
	}
	return ReportError{Code: codeRefusedHere, Text: fmt.Sprintf("Le SIGB a refusé la carte : %v", err)}
}

func (s *System) create(in incoming) {
	c := in.card.Clone()
	c.OldNumbers = nil
	c.replaces(in.card.OldNumbers...)
	p := s.add(s.profile.Rewrite(c))
	p.stamp = s.now()
	p.foreign = true
}

// update applies what the document states of a card and tells whether anything moved.
func (s *System) update(p *patron, in incoming) bool {
	next := s.merged(p, in)
	renumbered := fold(next.Number) != fold(in.card.Number)
	if s.profile.Overwrites {
		maps.DeleteFunc(p.edits, func(f Field, _ uint64) bool { return !renumbered || f != FieldNumber })
	}
	if p.card.Equal(next) {
		if s.profile.Echo {
			p.stamp = s.now()
		}
		return false
	}
	s.store(p, next)
	p.stamp = s.now()
	// A replacement made here that the network does not know yet must still be given, whatever came meanwhile.
	p.foreign = !p.waiting() && !renumbered
	return true
}

func (s *System) merged(p *patron, in incoming) Card {
	from := s.profile.Rewrite(in.card)
	next := p.card.Clone()
	for f := range in.given {
		if _, mine := p.edits[f.value()]; mine && !s.profile.Overwrites {
			continue
		}
		next.take(f, from)
	}
	next.Number = s.number(p, from)
	next.OldNumbers = slices.DeleteFunc(next.OldNumbers, func(old string) bool { return fold(old) == fold(next.Number) })
	next.replaces(p.card.Number)
	next.replaces(from.OldNumbers...)
	return next
}

// number keeps a replacement the sender has not heard of: it sent a number that this card replaced. One that names this
// card's number among those it replaced has heard of it.
func (s *System) number(p *patron, from Card) string {
	for _, old := range from.OldNumbers {
		if fold(old) == fold(p.card.Number) {
			return from.Number
		}
	}
	for _, old := range p.card.OldNumbers {
		if fold(old) == fold(from.Number) {
			return p.card.Number
		}
	}
	return from.Number
}

// renumber follows a replacement the hub reported for a card given under its former number.
func (s *System) renumber(number, replacement string) {
	p := s.current(number)
	if p == nil || fold(number) == fold(replacement) {
		return
	}
	if q := s.current(replacement); q != nil {
		s.absorb(q, p)
		return
	}
	c := p.card.Clone()
	c.Number = replacement
	c.replaces(p.card.Number)
	s.store(p, c)
	p.stamp = s.now()
}
