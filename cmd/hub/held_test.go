package main

import (
	"encoding/xml"
	"testing"
)

// phonesHeld is what the hub holds: the telephone number of each card, which
// the tests use as the mark of a version.
func phonesHeld(t *testing.T, f *foundation) map[string]string {
	t.Helper()
	held := map[string]string{}
	for _, rendered := range f.cardsHeld(t) {
		var card struct {
			Number string `xml:"numero"`
			Phone  string `xml:"telephone"`
		}
		if err := xml.Unmarshal(rendered, &card); err != nil {
			t.Fatal(err)
		}
		if _, double := held[card.Number]; double {
			t.Errorf("the hub holds card %s twice", card.Number)
		}
		held[card.Number] = card.Phone
	}
	return held
}

func (f *foundation) cardsHeld(t *testing.T) [][]byte {
	t.Helper()
	var list [][]byte
	for rendered, err := range f.store.Cards(t.Context(), "") {
		if err != nil {
			t.Fatal(err)
		}
		list = append(list, rendered)
	}
	return list
}
