package sigb_test

import (
	"slices"
	"testing"

	"pgregory.net/rapid"

	"github.com/carte-reseau/hub/internal/sigb"
)

func profiles() []sigb.Profile {
	return []sigb.Profile{{}, sigb.Aloes(), sigb.Microbib(), sigb.Rustic()}
}

func TestMicrobibStoresCapitalsWithoutAccentsAndTheYear(t *testing.T) {
	c := sigb.Microbib().Rewrite(helene("1"))
	want := helene("1")
	want.Name, want.FirstName, want.BirthName, want.BirthDate = "DUPRE-LEBOEUF", "HELENE", "", "1980"
	want.Address.Lines, want.Address.Town = []string{"12 AVENUE DE L’EGLISE"}, "ROMANS-SUR-ISERE"
	if !c.Equal(want) {
		t.Errorf("stored %+v\nwant   %+v", c, want)
	}
}

func TestRusticAbbreviatesCutsAndDrops(t *testing.T) {
	in := helene("1")
	in.Address.Lines = []string{"12 avenue du Maréchal-Foch-et-Joffre"}
	in.Mobile = "06 39 98 00 00"
	c := sigb.Rustic().Rewrite(in)
	if got := c.Address.Lines[0]; got != "12 AV DU MARECHAL-FOCH-E" {
		t.Errorf("line stored as %q", got)
	}
	if c.Name != "DUPRE-LEBOEUF" || c.Address.Town != "ROMANS-SUR-ISE" {
		t.Errorf("name %q, town %q", c.Name, c.Address.Town)
	}
	if c.Mobile != "" || c.Sex != "" || c.Title != "" || c.Address.Country != "" {
		t.Errorf("a field that is not held was stored: %+v", c)
	}
}

func TestAloesKeepsWhatItIsGiven(t *testing.T) {
	if c := sigb.Aloes().Rewrite(helene("1")); !c.Equal(helene("1")) {
		t.Errorf("stored %+v", c)
	}
}

func TestRewritingTwiceIsRewritingOnce(t *testing.T) {
	cutting := sigb.Profile{
		Upper: true, NoAccents: true, Widths: map[sigb.Field]int{sigb.FieldAddress: 5},
		Abbreviate: map[string]string{"place": "PL"},
	}
	word := rapid.SampledFrom([]string{"place", "placement", "Bœuf", "ß", "l’Écluse", " ", "é", "avenue", "Saint", "ǆ", "ŉ"})
	for _, p := range append(profiles(), cutting) {
		t.Run(p.Maker, rapid.MakeCheck(func(t *rapid.T) {
			text := func(label string) string {
				out := rapid.StringN(0, 20, -1).Draw(t, label)
				for _, w := range rapid.SliceOfN(word, 0, 4).Draw(t, label+" words") {
					out += " " + w
				}
				return out
			}
			c := helene("1")
			c.Name, c.BirthDate, c.Address.Town = text("name"), text("date"), text("town")
			c.Address.Lines = []string{text("line 1"), text("line 2")}
			c.Guardians = []sigb.Guardian{{Name: text("guardian"), FirstName: text("first")}}
			once := p.Rewrite(c)
			if twice := p.Rewrite(once); !twice.Equal(once) {
				t.Fatalf("once %+v\ntwice %+v", once, twice)
			}
		}))
	}
}

func TestRewritingSharesNothingWithItsInput(t *testing.T) {
	in := helene("1")
	out := sigb.Microbib().Rewrite(in)
	out.Address.Lines[0] = "ailleurs"
	if !slices.Equal(in.Address.Lines, helene("1").Address.Lines) {
		t.Error("the rewritten card writes into the original")
	}
}
