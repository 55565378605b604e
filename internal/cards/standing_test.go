package cards_test

import (
	"slices"
	"testing"

	"github.com/carte-reseau/hub/internal/cards"
)

// Staff are shown in which of the fields a library sent it says something else than what stands, as it is shown: not where
// it sent nothing.
func TestWhereALibrarySaysSomethingElse(t *testing.T) {
	stands := cards.Card{LastName: "Dupré", Phone: "1", Email: "a@example.org"}
	sent := cards.SentCard{Card: cards.Card{LastName: "Dupré", Phone: "2"}, Given: cards.FieldsOf(cards.LastName, cards.Phone, cards.Mobile)}
	if got := sent.Other(&stands); !slices.Equal(got, []cards.Field{cards.Phone}) {
		t.Errorf("%v", got)
	}
	sent.Given = sent.Given.With(cards.Email)
	if got := sent.Other(&stands); !slices.Equal(got, []cards.Field{cards.Phone, cards.Email}) {
		t.Errorf("cleared: %v", got)
	}
}

// In logs a number shows its end alone, and a short one nothing.
func TestNumbersAreMasked(t *testing.T) {
	for number, want := range map[string]string{"": "", "123456": "••••••", "1234567": "••••567", "2610000012345": "••••••••••345"} {
		if got := cards.MaskNumber(number); got != want {
			t.Errorf("%s: %s", number, got)
		}
	}
}
