package sigb

import (
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"strings"
	"time"
)

// Namespace is that of the exchange format.
const Namespace = "urn:carte-reseau:1"

// The modes of a document.
const (
	ModeIncremental = "incremental"
	ModeComplete    = "complet"
)

const maxGuardians = 2

// maxDocument bounds what a system reads at once: these systems hold documents in memory, as the real ones do.
const maxDocument = 64 << 20

type wireDocument struct {
	XMLName xml.Name
	Library string     `xml:"etablissement,attr"`
	Mode    string     `xml:"mode,attr,omitempty"`
	Made    string     `xml:"genere-le,attr,omitempty"`
	Cards   []wireCard `xml:"carte"`
}

// In the wire structs nil is an absent element, which changes nothing, and "" an empty one, which clears.
type wireCard struct {
	Number     string         `xml:"numero"`
	OldNumbers []string       `xml:"ancien-numero"`
	Modified   *string        `xml:"modifie-le"`
	Title      *string        `xml:"civilite"`
	Name       *string        `xml:"nom"`
	BirthName  *string        `xml:"nom-naissance"`
	FirstName  *string        `xml:"prenom"`
	BirthDate  *string        `xml:"date-naissance"`
	Sex        *string        `xml:"sexe"`
	Address    *wireAddress   `xml:"adresse"`
	Phone      *string        `xml:"telephone"`
	Mobile     *string        `xml:"portable"`
	Email      *string        `xml:"courriel"`
	Guardians  []wireGuardian `xml:"responsable-legal"`
	Enrolment  *wireEnrolment `xml:"inscription"`
}

type wireAddress struct {
	Lines    []string `xml:"ligne"`
	Postcode *string  `xml:"code-postal"`
	Town     *string  `xml:"commune"`
	Country  *string  `xml:"pays"`
}

type wireGuardian struct {
	Number    *string `xml:"numero"`
	Name      *string `xml:"nom"`
	FirstName *string `xml:"prenom"`
	Link      *string `xml:"lien"`
	Phone     *string `xml:"telephone"`
	Email     *string `xml:"courriel"`
}

type wireEnrolment struct {
	Library *string `xml:"etablissement"`
	First   *string `xml:"premiere"`
	Renewed *string `xml:"reinscription"`
	End     *string `xml:"fin"`
}

// An incoming card is what a document states: the card, and which of its fields were given at all.
type incoming struct {
	card  Card
	given map[Field]bool
}

func (in incoming) has(f Field) bool { return in.given[f] }

// ReadCards reads a document of cards, for a reference to compare with.
func ReadCards(document io.Reader) ([]Card, error) {
	in, err := readDocument(document)
	if err != nil {
		return nil, err
	}
	cards := make([]Card, 0, len(in))
	for _, i := range in {
		cards = append(cards, i.card)
	}
	return cards, nil
}

func readDocument(r io.Reader) ([]incoming, error) {
	var d wireDocument
	if err := readXML(r, &d); err != nil {
		return nil, err
	}
	if d.XMLName.Local != "cartes" {
		return nil, fmt.Errorf("the root element is %q, expected \"cartes\"", d.XMLName.Local)
	}
	out := make([]incoming, 0, len(d.Cards))
	for _, w := range d.Cards {
		out = append(out, w.incoming())
	}
	return out, nil
}

var errEmpty = errors.New("the document is empty")

func readXML(r io.Reader, into any) error {
	limited := &io.LimitedReader{R: r, N: maxDocument}
	if err := xml.NewDecoder(limited).Decode(into); err != nil {
		if limited.N <= 0 {
			return fmt.Errorf("the document is larger than %d MiB", maxDocument>>20)
		}
		if errors.Is(err, io.EOF) {
			return errEmpty
		}
		return fmt.Errorf("the document is not well-formed XML: %w", err)
	}
	return nil
}

func (w wireCard) incoming() incoming {
	in := incoming{given: map[Field]bool{}}
	c := &in.card
	c.Number = strings.TrimSpace(w.Number)
	for _, old := range w.OldNumbers {
		c.replaces(strings.TrimSpace(old))
	}
	in.read(FieldTitle, &c.Title, w.Title)
	in.read(FieldName, &c.Name, w.Name)
	in.read(FieldBirthName, &c.BirthName, w.BirthName)
	in.read(FieldFirstName, &c.FirstName, w.FirstName)
	in.read(FieldBirthDate, &c.BirthDate, w.BirthDate)
	in.read(FieldSex, &c.Sex, w.Sex)
	in.readAddress(w.Address)
	in.read(FieldPhone, &c.Phone, w.Phone)
	in.read(FieldMobile, &c.Mobile, w.Mobile)
	in.read(FieldEmail, &c.Email, w.Email)
	in.readGuardians(w.Guardians)
	in.readEnrolment(w.Enrolment)
	return in
}

func (in *incoming) read(f Field, into, from *string) {
	if from != nil {
		*into = strings.TrimSpace(*from)
		in.given[f] = true
	}
}

// readAddress reads one value: what it does not name is empty.
func (in *incoming) readAddress(w *wireAddress) {
	if w == nil {
		return
	}
	a := &in.card.Address
	for _, part := range []Field{FieldLines, FieldPostcode, FieldTown, FieldCountry} {
		in.given[part] = true
	}
	for _, line := range w.Lines {
		if line = strings.TrimSpace(line); line != "" {
			a.Lines = append(a.Lines, line)
		}
	}
	in.read(FieldPostcode, &a.Postcode, w.Postcode)
	in.read(FieldTown, &a.Town, w.Town)
	in.read(FieldCountry, &a.Country, w.Country)
}

func (in *incoming) readGuardians(list []wireGuardian) {
	if len(list) > 0 {
		in.given[FieldGuardians] = true
	}
	for _, w := range list {
		if g := w.guardian(); g != (Guardian{}) {
			in.card.Guardians = append(in.card.Guardians, g)
		}
	}
}

func (w wireGuardian) guardian() Guardian {
	return Guardian{
		Number: text(w.Number), Name: text(w.Name), FirstName: text(w.FirstName),
		Link: text(w.Link), Phone: text(w.Phone), Email: text(w.Email),
	}
}

func text(v *string) string {
	if v == nil {
		return ""
	}
	return strings.TrimSpace(*v)
}

func (in *incoming) readEnrolment(w *wireEnrolment) {
	if w == nil {
		return
	}
	e := &in.card.Enrolment
	in.read(FieldLibrary, &e.Library, w.Library)
	in.read(FieldFirst, &e.First, w.First)
	in.read(FieldRenewed, &e.Renewed, w.Renewed)
	in.read(FieldEnd, &e.End, w.End)
}

// wire writes a card as this maker's system does: a field it does not hold is absent, one without a value is empty.
func (p Profile) wire(c Card, modified time.Time) wireCard {
	w := wireCard{
		Number:     c.Number,
		OldNumbers: c.OldNumbers,
		Title:      p.held(FieldTitle, c.Title),
		Name:       p.held(FieldName, c.Name),
		BirthName:  p.held(FieldBirthName, c.BirthName),
		FirstName:  p.held(FieldFirstName, c.FirstName),
		BirthDate:  p.held(FieldBirthDate, c.BirthDate),
		Sex:        p.held(FieldSex, c.Sex),
		Phone:      p.held(FieldPhone, c.Phone),
		Mobile:     p.held(FieldMobile, c.Mobile),
		Email:      p.held(FieldEmail, c.Email),
		Guardians:  p.wireGuardians(c.Guardians),
		Enrolment: &wireEnrolment{
			Library: p.held(FieldLibrary, c.Enrolment.Library),
			First:   p.held(FieldFirst, c.Enrolment.First),
			Renewed: p.held(FieldRenewed, c.Enrolment.Renewed),
			End:     p.held(FieldEnd, c.Enrolment.End),
		},
	}
	if p.Holds(FieldAddress) {
		w.Address = p.wireAddress(c.Address)
	}
	if !modified.IsZero() {
		m := modified.Format(time.RFC3339)
		w.Modified = &m
	}
	return w
}

func (p Profile) held(f Field, v string) *string {
	if !p.Holds(f) {
		if p.SendsEmpty {
			return new(string)
		}
		return nil
	}
	return &v
}

func (p Profile) wireAddress(a Address) *wireAddress {
	if a.Postcode == "" && a.Town == "" && len(a.Lines) == 0 {
		return &wireAddress{} // a country alone is no address: the whole value is empty
	}
	return &wireAddress{
		Lines:    a.Lines,
		Postcode: p.held(FieldPostcode, a.Postcode),
		Town:     p.held(FieldTown, a.Town),
		Country:  p.held(FieldCountry, a.Country),
	}
}

func (p Profile) wireGuardians(list []Guardian) []wireGuardian {
	if !p.Holds(FieldGuardians) {
		return nil
	}
	out := make([]wireGuardian, 0, len(list))
	for _, g := range list {
		w := wireGuardian{Link: &g.Link, Phone: &g.Phone, Email: &g.Email}
		if g.Number != "" {
			w.Number = &g.Number
		} else {
			w.Name, w.FirstName = &g.Name, &g.FirstName
		}
		out = append(out, w)
	}
	if len(out) < maxGuardians {
		out = append(out, wireGuardian{}) // says that there is no further one
	}
	return out
}

// writeDocument makes the document a system gives to the network.
func writeDocument(d wireDocument) ([]byte, error) {
	d.XMLName = xml.Name{Space: Namespace, Local: "cartes"}
	return writeXML(d)
}

func writeXML(v any) ([]byte, error) {
	body, err := xml.MarshalIndent(v, "", " ")
	if err != nil {
		return nil, fmt.Errorf("sigb: writing XML: %w", err)
	}
	return append([]byte(xml.Header), body...), nil
}
