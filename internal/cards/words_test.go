package cards_test

import (
	"testing"

	"github.com/carte-reseau/hub/internal/cards"
)

func TestEveryFieldAndDoorHasPeoplesWords(t *testing.T) {
	t.Parallel()
	named := []string{"numero"}
	for _, f := range cards.AllFields() {
		named = append(named, f.String())
	}
	for _, path := range named {
		if cards.FieldWords(path, cards.French) == "" || cards.FieldWords(path, cards.English) == path {
			t.Errorf("%s: « %s », “%s”", path, cards.FieldWords(path, cards.French), cards.FieldWords(path, cards.English))
		}
	}
	for _, d := range []cards.Door{cards.DoorPost, cards.DoorFTP, cards.DoorHarvest, cards.DoorImport, cards.DoorDecision, cards.DoorPull, cards.DoorPush} {
		if d.Words(cards.French) == "" || d.Words(cards.English) == string(d) && d != cards.DoorDecision { // the same in both
			t.Errorf("%s: « %s », “%s”", d, d.Words(cards.French), d.Words(cards.English))
		}
	}
	if got := cards.FieldWords("telephone", cards.French); got != "téléphone" {
		t.Errorf("telephone is called « %s »", got)
	}
	if got := cards.Door("fenetre").Words(cards.English); got != "fenetre" {
		t.Errorf("a door nobody described is called %q", got)
	}
}
