package web

import (
	"os"
	"regexp"
	"strings"
	"testing"

	"github.com/carte-reseau/hub/internal/cards"
)

// Every field of a card has a name people know.
func TestEveryFieldHasAName(t *testing.T) {
	for _, lang := range []string{"fr", "en"} {
		written := textsOf(t, lang)
		for _, f := range append(namesOf(cards.AllFields()), cards.NumberField) {
			if written["champ."+f] == "" {
				t.Errorf("%s has no name in %s", f, lang)
			}
		}
	}
}

func namesOf(fields []cards.Field) []string {
	names := make([]string, len(fields))
	for i, f := range fields {
		names[i] = f.String()
	}
	return names
}

// The pages say why a value was taken or not in the words of the rules, and each in both languages.
func TestTheRulesAreSaidInTheirOwnWords(t *testing.T) {
	french, english := textsOf(t, "fr"), textsOf(t, "en")
	rules := []cards.Rule{0, cards.RulePoorer, cards.RuleHolder, cards.RuleBehind, cards.RuleMeeting, cards.RuleChanged, cards.RuleRoom}
	for _, rule := range rules {
		for _, taken := range []bool{false, true} {
			reason := cards.Reason{Rule: rule, Taken: taken}
			name := "pourquoi." + whyOf(reason)
			if french[name] != reason.Why() || english[name] == "" {
				t.Errorf("%+v is said in %s: %q", reason, name, french[name])
			}
		}
	}
	for _, field := range []string{cards.NumberField, "telephone"} {
		for _, kind := range []cards.NoteKind{cards.NoteConflict, cards.NoteDoubt} {
			for _, rule := range rules {
				for _, kept := range []string{"mours", "peyrins"} {
					d := cards.Dispute{Field: field, Kind: kind, Rule: rule, Sender: "mours", Kept: cards.Claim{Library: kept}}
					name := "doute." + disputeCard{Dispute: &d}.Reason()
					if french[name] != d.Why() || english[name] == "" {
						t.Errorf("%+v is said in %s: %q", d, name, french[name])
					}
				}
			}
		}
	}
}

// Every rule the ground says was broken is put into words, and no words are kept for rules nobody names.
func TestEveryRuleIsPutIntoWords(t *testing.T) {
	named := map[string]bool{}
	for _, folder := range []string{"../cards", "../store"} {
		for _, name := range filesOf(t, folder, ".go") {
			content, err := os.ReadFile(name)
			if err != nil {
				t.Fatal(err)
			}
			for _, m := range regexp.MustCompile(`Breaks\("([^"]+)"`).FindAllStringSubmatch(string(content), -1) {
				named[m[1]] = true
			}
		}
	}
	texts := textsOf(t, "fr")
	for rule := range named {
		if texts["regle."+rule] == "" {
			t.Errorf("the rule %s has no words", rule)
		}
	}
	for name := range texts {
		if rule, found := strings.CutPrefix(name, "regle."); found && !named[rule] {
			t.Errorf("nobody breaks the rule %s", rule)
		}
	}
}

// Of two actions called alike the journal's list would offer one twice, and find with each what the other hides.
func TestNoTwoActionsAreCalledAlike(t *testing.T) {
	for _, lang := range []string{"fr", "en"} {
		called := map[string]string{}
		for name, words := range textsOf(t, lang) {
			if !strings.HasPrefix(name, "action.") {
				continue
			}
			if other := called[words]; other != "" {
				t.Errorf("in %s, %s and %s are both %q", lang, name, other, words)
			}
			called[words] = name
		}
	}
}
