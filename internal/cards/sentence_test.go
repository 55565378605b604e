package cards_test

import (
	"strings"
	"testing"
	"time"

	"github.com/carte-reseau/hub/internal/cards"
	"pgregory.net/rapid"
)

// A sentence says after it was stored what it said before, whatever was put into it.
func TestASentenceIsTheSameOnceStored(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		word := rapid.String().Filter(func(s string) bool { return !strings.ContainsAny(s, "\x00\uFFFD") })
		foreign, number := word.Draw(t, "foreign"), rapid.Int64().Draw(t, "number")
		inner := cards.Say("réponse %d", number)
		said := cards.Say("Le SIGB de %s demande de revenir plus tard (%s). Le réseau réessaie de lui-même.", foreign, inner)
		again := cards.ParseSentence(said.Stored())
		if again != said || again.String() != said.String() {
			t.Fatalf("%q was stored, %q came back", said, again)
		}
		if quoted := cards.Quote(foreign); cards.ParseSentence(quoted.Stored()).String() != foreign {
			t.Fatalf("%q was quoted, %q came back", foreign, cards.ParseSentence(quoted.Stored()))
		}
		text, spoken := again.In(cards.English)
		if spoken != cards.English || !strings.HasPrefix(text, "The system of "+foreign+" asks to come back later (answer ") {
			t.Fatalf("in %s: %q", spoken, text)
		}
	})
}

// What older hubs stored, and what people and systems wrote, stands as it is; also where it looks like a form.
func TestTextThatIsNoSentenceOfTheHubStandsAsItIs(t *testing.T) {
	for _, stored := range []string{"Le serveur de 10 % des cartes %s", "100 %d rien", `{"f":`, `{"f":7}`, `{"f":"%s","p":[`, "{f}", `{"f":"x"}`, `{"f":"x","p":[]} rest`} {
		s := cards.ParseSentence(stored)
		if text, spoken := s.In(cards.English); s.IsZero() || s.String() != stored || text != stored || spoken != cards.French {
			t.Errorf("%q became %q, and in %s %q", stored, s, spoken, text)
		}
	}
	if nothing := cards.ParseSentence(""); !nothing.IsZero() || nothing.String() != "" {
		t.Errorf("nothing became %q", nothing)
	}
	if s := cards.ParseSentence("Prévenez le fournisseur du SIGB."); !isEnglish(s, "Tell the system’s maker.") {
		t.Errorf("an older hub's sentence is not known: %q", s)
	}
}

// Where a part is not known in English the whole is in French: half of each helps nobody.
func TestASentenceIsInOneLanguage(t *testing.T) {
	part := cards.Quote("ensemble inconnu")
	for said, french := range map[cards.Sentence]string{
		cards.Say("La liste du SIGB ne finit pas : %s", part):                                       "La liste du SIGB ne finit pas : ensemble inconnu",
		cards.OneAfterAnother(cards.Say("Corrigez-la dans les réglages de la bibliothèque."), part): "Corrigez-la dans les réglages de la bibliothèque. ensemble inconnu",
		cards.OneAfterAnother(cards.Sentence{}, part, cards.Sentence{}):                             "ensemble inconnu",
		cards.Say("Un toute autre phrase, avec %d.", 3):                                             "Un toute autre phrase, avec 3.",
		cards.Say("n’a pas fini de répondre en %s", cards.Quote("une minute et demie")):             "n’a pas fini de répondre en une minute et demie",
	} {
		if text, spoken := said.In(cards.English); spoken != cards.French || text != french {
			t.Errorf("in %s: %q, want %q", spoken, text, french)
		}
	}
	if s := cards.Say("n’a pas fini de répondre en %s", 90*time.Second); !isEnglish(s, "did not finish its answer within 1m30s") {
		t.Errorf("a time is %q", s)
	}
}

// Whatever its type, what is put in is written as fmt would write it.
func TestWhatIsPutInIsWrittenAsItIs(t *testing.T) {
	for put, want := range map[any]string{
		"é": "ligne 7 : é", cards.Suspended: "ligne 7 : suspendu", true: "ligne 7 : true", time.Minute: "ligne 7 : 1m0s", &[]byte{'3', 'M'}: "ligne 7 : 3M",
	} {
		if bytes, are := put.(*[]byte); are {
			put = *bytes
		}
		if s := cards.Say("ligne %d : %s", uint8(7), put); s.String() != want {
			t.Errorf("%v became %q", put, s)
		}
	}
}

func isEnglish(s cards.Sentence, want string) bool {
	text, spoken := s.In(cards.English)
	return spoken == cards.English && text == want
}

// An erasure looks for a reader's number and name in what was put in, however it is stored.
func TestWordsThatWerePutIntoASentenceCanBeReplaced(t *testing.T) {
	mask := func(words string) string { return strings.ReplaceAll(words, `O"Brien & <fils>`, "•••") }
	reader := `O"Brien & <fils>`
	for _, said := range []cards.Sentence{
		cards.Quote(reader),
		cards.Say("ligne %d : %s", 7, reader),
		cards.Say("ligne %d : %s", 7, cards.Quote(reader)),
		cards.OneAfterAnother(cards.Say("Corrigez-la dans les réglages de la bibliothèque."), cards.Say("ligne %d : %s", 7, cards.Say("%s", reader))),
	} {
		masked := said.WithWords(mask)
		if strings.Contains(masked.Stored(), "Brien") || !strings.HasSuffix(masked.String(), "•••") {
			t.Errorf("%q became %q", said.Stored(), masked.Stored())
		}
	}
}

func TestAWordlessFormHasNoSpaceBeforeItsColonInEnglish(t *testing.T) {
	t.Parallel()
	said := cards.Say("%s : %s", cards.Say("à l’échange"), "550 no")
	if english, spoken := said.In(cards.English); english != "about the exchange: 550 no" || spoken != cards.English {
		t.Errorf("%q in %s", english, spoken)
	}
	if said.String() != "à l’échange : 550 no" {
		t.Errorf("%q in French", said)
	}
}
