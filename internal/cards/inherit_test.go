package cards_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/carte-reseau/hub/internal/cards"
	"pgregory.net/rapid"
)

// record is a card as the hub holds it, its fields changed at given moments.
func record(number string, edit func(c *cards.Card), at map[cards.Field]int64) *cards.Current {
	current := &cards.Current{Card: cards.Card{Number: number, LastName: "Dupré", FirstName: "Hélène", BirthDate: "1980-02-29"}}
	for _, f := range []cards.Field{cards.LastName, cards.FirstName, cards.BirthDate} {
		current.Seqs[f] = 1
	}
	edit(&current.Card)
	for f, seq := range at {
		current.Seqs[f] = seq
	}
	return current
}

// joinedNotes writes a decision's notes as field: kept over lost.
func joinedNotes(d *cards.Decision) string {
	var list []string
	for _, n := range d.Notes {
		list = append(list, fmt.Sprintf("%s: %s@%d over %s@%d", n.Field, valueOf(n.Field, &n.Kept), n.KeptSeq,
			valueOf(n.Field, &n.Lost), n.LostSeq))
	}
	return strings.Join(list, "; ")
}

func TestOfTwoRecordsTheLaterValueStands(t *testing.T) {
	phone := func(value string, seq int64) *cards.Current {
		return record("A1", func(c *cards.Card) { c.Phone = value }, map[cards.Field]int64{cards.Phone: seq})
	}
	until := func(end string, seq int64) *cards.Current {
		return record("A1", func(c *cards.Card) { c.Enrolment = cards.Registration{First: "2020-01-01", End: end} },
			map[cards.Field]int64{cards.EnrolmentDates: seq})
	}
	at := func(code string, seq int64) *cards.Current {
		return record("A1", func(c *cards.Card) { c.EnrolledAt = code }, map[cards.Field]int64{cards.EnrolledAt: seq})
	}
	name := func(value string, seq int64) *cards.Current {
		return record("A1", func(c *cards.Card) { c.LastName = value }, map[cards.Field]int64{cards.LastName: seq})
	}
	for what, c := range map[string]struct {
		own, old *cards.Current
		field    cards.Field
		stands   string
		noted    string
	}{
		"the other's is later":           {phone("0400000001", 5), phone("0400000002", 9), cards.Phone, "0400000002", "telephone: 0400000002@9 over 0400000001@5"},
		"its own is later":               {phone("0400000001", 9), phone("0400000002", 5), cards.Phone, "0400000001", "telephone: 0400000001@9 over 0400000002@5"},
		"both say the same":              {phone("0400000001", 5), phone("04 00 00 00 01", 9), cards.Phone, "0400000001", ""},
		"it never had one":               {phone("", 0), phone("0400000002", 5), cards.Phone, "0400000002", ""},
		"the other never had one":        {phone("0400000001", 5), phone("", 0), cards.Phone, "0400000001", ""},
		"it was cleared since":           {phone("", 9), phone("0400000002", 5), cards.Phone, "", "telephone: @9 over 0400000002@5"},
		"it was cleared before":          {phone("", 4), phone("0400000002", 5), cards.Phone, "0400000002", "telephone: 0400000002@5 over @4"},
		"the other's was cleared since":  {phone("0400000001", 5), phone("", 9), cards.Phone, "", "telephone: @9 over 0400000001@5"},
		"the other's was cleared before": {phone("0400000001", 9), phone("", 5), cards.Phone, "0400000001", "telephone: 0400000001@9 over @5"},
		"the lost card was moved":        {at("mours", 5), at("peyrins", 9), cards.EnrolledAt, "mours", "inscription/etablissement: mours@5 over peyrins@9"},
		"the other's is a poorer form":   {name("Dupré", 5), name("DUPRE", 9), cards.LastName, "Dupré", ""},
		"its own is a poorer form":       {name("DUPRE", 9), name("Dupré", 5), cards.LastName, "Dupré", ""},
		"the lost card was ended":        {until("2099-01-01", 5), until("2024-05-01", 9), cards.EnrolmentDates, "2099-01-01", "inscription: 2099-01-01@5 over 2024-05-01@9"},
		"the one that goes on was ended": {until("2024-05-01", 9), until("2099-01-01", 5), cards.EnrolmentDates, "2024-05-01", "inscription: 2024-05-01@9 over 2099-01-01@5"},
	} {
		t.Run(what, func(t *testing.T) {
			c.own.Card.Number = "B1"
			before := valueOf(c.field, &c.own.Card)
			d := cards.Decision{Result: cards.Unchanged, Card: c.own.Card}
			d.Join(c.own).TakeOver(c.old)
			if value, noted := valueOf(c.field, &d.Card), joinedNotes(&d); value != c.stands || noted != c.noted {
				t.Errorf("%q stands, noted %q", value, noted)
			}
			if d.Changed.Has(c.field) != (c.stands != before) || (len(d.Reasons) > 0) != (c.stands != before) {
				t.Errorf("changed %v, by %+v", d.Changed.Fields(), d.Reasons)
			}
			for _, r := range d.Reasons {
				if r != (cards.Reason{Field: c.field, Rule: cards.RuleJoined, Against: c.own.Seqs[c.field]}) {
					t.Errorf("by %+v", r)
				}
			}
			if d.Result != cards.Modified || !d.ByHub || !d.Changed.Has(cards.FormerNumbers) || !slices.Equal(d.Card.Former, []string{"A1"}) {
				t.Errorf("%s by the hub %v, changed %v, former %v", d.Result, d.ByHub, d.Changed.Fields(), d.Card.Former)
			}
		})
	}
}

// What the document says now stands over what any record said, unless that is
// the full form of it.
func TestADocumentsValueStandsOverThoseOfRecords(t *testing.T) {
	own := record("B1", func(c *cards.Card) { c.Phone = "0400000001" }, map[cards.Field]int64{cards.Phone: 5})
	old := record("A1", func(c *cards.Card) { c.Phone = "0400000002" }, map[cards.Field]int64{cards.Phone: 9})
	d := cards.Decision{Result: cards.Modified, Card: own.Card, Changed: cards.FieldsOf(cards.Phone)}
	d.Card.Phone = "0400000003"
	d.Join(own).TakeOver(old)
	if d.Card.Phone != "0400000003" || joinedNotes(&d) != "telephone: 0400000003@0 over 0400000002@9" {
		t.Errorf("%s stands, noted %q", d.Card.Phone, joinedNotes(&d))
	}
}

// Of three records the latest value stands, in whatever order they are joined, and the former numbers of all are kept
// without a word.
func TestOfThreeRecordsTheLatestValueStands(t *testing.T) {
	of := func(number, phone string, seq int64) *cards.Current {
		return record(number, func(c *cards.Card) { c.Phone, c.Former = phone, []string{"F" + number} }, map[cards.Field]int64{cards.Phone: seq})
	}
	middle, latest := of("B1", "0400000002", 5), of("C1", "0400000003", 9)
	for _, old := range [][]*cards.Current{{middle, latest}, {latest, middle}} {
		own := of("A1", "0400000001", 3)
		d := cards.Decision{Result: cards.Unchanged, Card: own.Card}
		join := d.Join(own)
		for _, one := range old {
			join.TakeOver(one)
		}
		slices.Sort(d.Card.Former)
		if d.Card.Phone != "0400000003" || !slices.Equal(d.Card.Former, []string{"B1", "C1", "FA1", "FB1", "FC1"}) {
			t.Errorf("%s stands, former numbers %v", d.Card.Phone, d.Card.Former)
		}
		for _, n := range d.Notes {
			if n.Field != cards.Phone || n.Kind != cards.NoteConflict || n.Rule != cards.RuleJoined {
				t.Errorf("%+v", n)
			}
		}
	}
}

// A card the network did not know replaces one it knew: what the document says stands, what it does not say is taken over,
// and the card is a new one still.
func TestANewCardTakesARecordOver(t *testing.T) {
	in := name("Roux")
	in.Number = "B1"
	d := newCard().send(mours, in)
	d.Join(nil).TakeOver(record("A1", func(c *cards.Card) { c.Phone = "0400000001" }, map[cards.Field]int64{cards.Phone: 5}))
	if d.Result != cards.Created || d.Card.LastName != "Roux" || d.Card.Phone != "0400000001" || !slices.Equal(d.Card.Former, []string{"A1"}) || !d.ByHub {
		t.Errorf("%s, by the hub %v: %+v", d.Result, d.ByHub, d.Card)
	}
}

// A number that was no record of its own becomes a former one; one that is already changes nothing.
func TestANumberIsJoinedOnce(t *testing.T) {
	own := record("B1", func(c *cards.Card) { c.Former = []string{"A1"} }, nil)
	for number, changes := range map[string]bool{"Z1": true, "a1": false, "b1": false} {
		d := cards.Decision{Result: cards.Unchanged, Card: own.Card}
		d.Join(own).Number(number)
		if (d.Result == cards.Modified) != changes || d.Changed.Has(cards.FormerNumbers) != changes || d.ByHub != changes || slices.Contains(d.Card.Former, number) != changes {
			t.Errorf("%s: %s, former numbers %v", number, d.Result, d.Card.Former)
		}
	}
}

// Staff are not asked twice about one value: the conflict of two records takes the place of a doubt about the value that
// lost, in whatever form, and of nothing else.
func TestAJoinedConflictTakesTheDoubtsPlace(t *testing.T) {
	own := record("B1", func(c *cards.Card) { c.LastName = "Dupré" }, map[cards.Field]int64{cards.LastName: 9})
	old := record("A1", func(c *cards.Card) { c.LastName = "Lefèvre" }, map[cards.Field]int64{cards.LastName: 5})
	note := func(f cards.Field, kind cards.NoteKind, lost cards.Card) cards.Note {
		return cards.Note{Field: f, Kind: kind, Lost: lost}
	}
	d := cards.Decision{Result: cards.Unchanged, Card: own.Card, Notes: []cards.Note{
		note(cards.LastName, cards.NoteDoubt, cards.Card{LastName: "Lefèvre"}),
		note(cards.LastName, cards.NoteDoubt, cards.Card{LastName: "LEFEVRE"}),
		note(cards.LastName, cards.NoteDoubt, cards.Card{LastName: "Roux"}),
		note(cards.LastName, cards.NoteConflict, cards.Card{LastName: "Lefèvre"}),
		note(cards.Email, cards.NoteDoubt, cards.Card{LastName: "Lefèvre", Email: "a@example.org"}),
	}}
	d.Join(own).TakeOver(old)
	var left []string
	for _, n := range d.Notes {
		left = append(left, fmt.Sprintf("%s %s %s%s", n.Kind, n.Field, n.Lost.LastName, n.Lost.Email))
	}
	want := []string{"doute nom Roux", "conflit nom Lefèvre", "doute courriel Lefèvrea@example.org", "conflit nom Lefèvre"}
	if !slices.Equal(left, want) {
		t.Errorf("%q, want %q", left, want)
	}
}

func TestRenumber(t *testing.T) {
	card := cards.Card{Number: "C1", Former: []string{"A1", "B1"}}
	if card.Renumber("a1"); card.Number != "a1" || !slices.Equal(card.Former, []string{"B1", "C1"}) {
		t.Errorf("%s, former numbers %v", card.Number, card.Former)
	}
}

// Whatever the records and their order: each value that somebody gave stands,
// is the same as or poorer than what stands, or is noted as lost.
func TestNoValueIsLostWhenRecordsAreJoined(t *testing.T) {
	values := map[cards.Field][]string{
		cards.Phone: {"", "0400000001", "0400000002", "04 00 00 00 02"}, cards.LastName: {"Dupré", "DUPRE", "Durand"},
		cards.BirthDate: {"1980", "1980-02-29", "1980-02-28"}, cards.EnrolledAt: {"", "mours", "peyrins"},
	}
	rapid.Check(t, func(t *rapid.T) {
		seq := int64(0)
		draw := func(number string) *cards.Current {
			current := &cards.Current{Card: cards.Card{Number: number}}
			for _, f := range []cards.Field{cards.Phone, cards.LastName, cards.BirthDate, cards.EnrolledAt} {
				value := rapid.SampledFrom(values[f]).Draw(t, f.String())
				set(&current.Card, f, value)
				if value != "" || rapid.Bool().Draw(t, "cleared") {
					seq++
					current.Seqs[f] = seq
				}
			}
			return current
		}
		records := []*cards.Current{draw("C1"), draw("A1"), draw("B1")}
		records = rapid.Permutation(records).Draw(t, "records")
		own := records[0]
		d := cards.Decision{Result: cards.Unchanged, Card: own.Card}
		join := d.Join(own)
		for _, old := range records[1:] {
			join.TakeOver(old)
		}
		for _, one := range records {
			for f := range values {
				if !kept(&d, f, &one.Card) {
					t.Fatalf("%s: %q is gone, %q stands, noted %s", f, valueOf(f, &one.Card), valueOf(f, &d.Card), joinedNotes(&d))
				}
			}
		}
		if len(d.Card.Former) != 2 || !d.ByHub {
			t.Fatalf("former %v, by the hub %v", d.Card.Former, d.ByHub)
		}
	})
}

// kept reports whether a value stands, in its own or a fuller form, or was noted
// as lost.
func kept(d *cards.Decision, f cards.Field, given *cards.Card) bool {
	value := folded(valueOf(f, given))
	if value == "" || strings.HasPrefix(folded(valueOf(f, &d.Card)), value) {
		return true
	}
	return slices.ContainsFunc(d.Notes, func(n cards.Note) bool {
		return n.Field == f && strings.HasPrefix(folded(valueOf(f, &n.Lost)), value)
	})
}

// valueOf is a value as it is held; of an enrolment, its end.
func valueOf(f cards.Field, c *cards.Card) string {
	switch f {
	case cards.Phone:
		return c.Phone
	case cards.LastName:
		return c.LastName
	case cards.BirthDate:
		return c.BirthDate
	case cards.EnrolledAt:
		return c.EnrolledAt
	}
	return c.Enrolment.End
}

func folded(value string) string { return strings.ReplaceAll(cards.FoldName(value), " ", "") }

func set(c *cards.Card, f cards.Field, value string) {
	switch f {
	case cards.Phone:
		c.Phone = value
	case cards.LastName:
		c.LastName = value
	case cards.BirthDate:
		c.BirthDate = value
	case cards.EnrolledAt:
		c.EnrolledAt = value
	}
}
