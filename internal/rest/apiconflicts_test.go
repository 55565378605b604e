package rest_test

import (
	"fmt"
	"net/http"
	"testing"
	"time"

	"github.com/carte-reseau/hub/internal/cards"
)

type conflictJSON struct {
	ID                     int64
	Kind, Card, Field, Why string
	Kept, Other            struct{ Value, Library string }
	Current                string
	Version                int64
	Overtaken              bool
	Verdict                string
	NotedAt                *time.Time `json:"noted_at"`
	DecidedAt              *time.Time `json:"decided_at"`
	DecidedBy              string     `json:"decided_by"`
}

type conflictsJSON struct {
	Conflicts  []conflictJSON
	NextBefore *int64 `json:"next_before"`
}

func phoneXML(number, phone string) string {
	return "<carte><numero>" + number + "</numero><nom>Dupré</nom><prenom>Hélène</prenom><telephone>" + phone + "</telephone>" +
		"<inscription><premiere>2024-09-03</premiere><fin>2099-09-09</fin></inscription></carte>\n"
}

// dispute makes mours and peyrins change the same phone number of a card.
func (h *hub) dispute(number string) {
	h.t.Helper()
	for _, turn := range []struct{ code, phone string }{
		{"mours", "04 75 00 00 00"}, {"peyrins", "04 75 00 00 00"}, {"mours", "04 75 11 11 11"}, {"peyrins", "04 75 22 22 22"},
	} {
		h.post(turn.code, documentOf(turn.code, phoneXML(number, turn.phone))).wantReport(http.StatusOK, cards.Integrated)
	}
}

func TestStaffDecideConflicts(t *testing.T) {
	eachDatabase(t, func(h *hub) {
		h.staff()
		h.library("mours")
		h.library("peyrins")
		for _, number := range []string{"A1", "A2", "A3"} {
			h.dispute(number)
		}
		var page conflictsJSON
		h.asReader("/conflicts?limit=2").see(&page)
		if len(page.Conflicts) != 2 || page.NextBefore == nil || page.Conflicts[0].Card != "A3" {
			h.t.Fatalf("%+v", page)
		}
		before := *page.NextBefore
		page = conflictsJSON{}
		a := h.asReader(fmt.Sprintf("/conflicts?limit=2&kind=conflit&library=mours&before=%d", before)).see(&page)
		if len(page.Conflicts) != 1 || page.NextBefore != nil || a.header.Get("Cache-Control") != "no-store" {
			h.t.Fatalf("%+v %v", page, a.header)
		}
		c := page.Conflicts[0]
		switch {
		case c.Card != "A1", c.Kind != "conflit", c.Field != "telephone", c.Why == "", c.Overtaken, c.Verdict != "", c.DecidedAt != nil:
			h.t.Errorf("%+v", c)
		case c.Kept.Value != "04 75 22 22 22", c.Kept.Library != "peyrins", c.Other.Value != "04 75 11 11 11", c.Other.Library != "mours",
			c.Current != c.Kept.Value:
			h.t.Errorf("%+v", c)
		}
		moved(h.t, c.NotedAt)

		one := fmt.Sprintf("/conflicts/%d", c.ID)
		h.decide(one+"/choose", `{"seen":999999}`).wantProblem(http.StatusConflict)
		h.decide(one+"/choose", fmt.Sprintf(`{"seen":%d}`, c.Version)).see(&c)
		if c.Verdict != "autre" || c.Current != "04 75 11 11 11" || c.DecidedBy != "compte operator" {
			h.t.Errorf("%+v", c)
		}
		moved(h.t, c.DecidedAt)
		h.decide(one+"/keep", "").wantProblem(http.StatusConflict)

		var found conflictsJSON
		h.decide("/conflicts/search", `{"card":"a2"}`).see(&found)
		if len(found.Conflicts) != 1 || found.Conflicts[0].Card != "A2" {
			h.t.Fatalf("%+v", found)
		}
		h.decide(fmt.Sprintf("/conflicts/%d/keep", found.Conflicts[0].ID), "").see(&c)
		if c.Verdict != "garde" || c.Current != "04 75 22 22 22" {
			h.t.Errorf("%+v", c)
		}
		h.decide(fmt.Sprintf("/conflicts/%d/choose", before+1), "").see(&c)

		for path, want := range map[string]int{"/conflicts": 0, "/conflicts?all=true": 3, "/conflicts?kind=doute": 0} {
			var left conflictsJSON
			h.asReader(path).see(&left)
			if len(left.Conflicts) != want {
				h.t.Errorf("%s: %d, want %d", path, len(left.Conflicts), want)
			}
		}
		h.asReader("/conflicts/9999").wantProblem(http.StatusNotFound)
		h.decide("/conflicts/9999/keep", "").wantProblem(http.StatusNotFound)
	})
}
