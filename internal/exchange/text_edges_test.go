package exchange_test

import (
	"strings"
	"testing"

	"golang.org/x/text/unicode/norm"
	"pgregory.net/rapid"

	"github.com/carte-reseau/hub/internal/cards"
	"github.com/carte-reseau/hub/internal/exchange"
)

var (
	wildLetters = []rune("HélèneÉÎïİıßẞſœŒæÆŁłøØñÅ\u212b\u212aﬁŸÿç\u1e9b\u0958가각ά𝔸")
	wildMarks   = []rune("\u0301\u0300\u0308\u0307\u0323\u0327\u0345")
	wildSpaces  = []rune(" \t\n\u00a0\u202f\u2009\u3000")
	wildUnseen  = []rune("\u200b\u2060\ufeff\u200e\u202a\u2066")
)

func wildText(t *rapid.T, label string) string {
	return rapid.StringOfN(rapid.OneOf(
		rapid.SampledFrom(wildLetters), rapid.SampledFrom(wildLetters), rapid.SampledFrom(wildMarks),
		rapid.SampledFrom(wildSpaces), rapid.SampledFrom([]rune("'’ʼ´`-‐–")),
	), 1, 12, -1).Draw(t, label)
}

func readOne(t *rapid.T, name, town string) cards.Card {
	items, err := readAll(wrap("<carte><numero>1</numero><nom>"+name+"</nom><adresse><ligne>"+name+"</ligne><commune>"+town+
		"</commune></adresse><inscription><premiere>2024-02-29</premiere><fin>2027-02-28</fin></inscription></carte>"), exchange.Options{})
	if err != nil || len(items) != 1 {
		t.Fatalf("%d cards, %v", len(items), err)
	}
	return items[0].Incoming.Card
}

// Hélène is one value, composed or not, whatever spaces and unseen characters a system strews in; she is written composed,
// and what the hub writes is read back as what it holds.
func TestOneTextHoweverItIsEncoded(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		name := wildText(t, "name")
		card := readOne(t, name, name)
		for _, other := range []string{norm.NFC.String(name), norm.NFD.String(name)} {
			at := rapid.IntRange(0, len([]rune(other))).Draw(t, "at")
			runes := []rune(other)
			other = " \u00a0" + string(runes[:at]) + string(rapid.SampledFrom(wildUnseen).Draw(t, "unseen")) + string(runes[at:]) + "\n"
			if got := readOne(t, other, other); got.LastName != card.LastName || got.Address.Town != card.Address.Town {
				t.Fatalf("%+q is read as %+q, %+q as %+q", name, card.LastName, other, got.LastName)
			}
		}
		if !norm.NFC.IsNormalString(card.LastName) || strings.TrimSpace(card.LastName) != card.LastName || strings.Contains(card.LastName, "  ") {
			t.Fatalf("%+q is kept as %+q", name, card.LastName)
		}
		if card.LastName == "" {
			return // nothing but spaces: no name
		}
		items, err := readAll(wrap(string(exchange.AppendCarte(nil, &card, ""))), exchange.Options{})
		if err != nil || len(items) != 1 || items[0].Incoming.LastName != card.LastName || items[0].Incoming.Address.Town != card.Address.Town {
			t.Fatalf("%+q is written and read as %+v, %v", card.LastName, items, err)
		}
	})
}

// A number pasted with a character nobody sees is the number; a letter that only looks like one of its letters is a fault.
func TestUnseenCharactersInANumber(t *testing.T) {
	t.Parallel()
	read := func(number string) cards.Item {
		items, err := readAll(wrap("<carte><numero>"+number+"</numero><nom>X</nom><inscription><premiere>2024-02-29</premiere><fin>2027-02-28</fin></inscription></carte>"), exchange.Options{})
		if err != nil || len(items) != 1 {
			t.Fatal(err)
		}
		return items[0]
	}
	for _, number := range []string{"\ufeff0026A", "0026A\u200b", " 00\u206026A\u200e", "\u00a00026A\u202f"} {
		if item := read(number); len(item.Faults) > 0 || item.Incoming.Number != "0026A" {
			t.Errorf("%+q: %q, %+v", number, item.Incoming.Number, item.Faults)
		}
	}
	for _, number := range []string{"26\u0410", "26\u0130", "２６", "26\u200d1", "2 6", "26\u00ad1"} {
		if item := read(number); len(item.Faults) != 1 || item.Faults[0].Code != exchange.CodeNumber {
			t.Errorf("%+q: %+v", number, item.Faults)
		}
	}
	// A Kelvin sign is the letter K by Unicode's own rule: it is one value with it.
	if item := read("26\u212a"); len(item.Faults) > 0 || item.Incoming.Number != "26K" {
		t.Errorf("%q, %+v", item.Incoming.Number, item.Faults)
	}
}
