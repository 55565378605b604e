package rest_test

import (
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/carte-reseau/hub/internal/cards"
)

type duplicatesJSON struct {
	Duplicates []struct {
		ID    int64
		Cards []struct {
			Number, Town string
			LastName     string   `json:"last_name"`
			BirthDate    string   `json:"birth_date"`
			EnrolledAt   string   `json:"enrolled_at"`
			EndsOn       string   `json:"ends_on"`
			Libraries    []string `json:"libraries"`
		}
	}
	NextBefore *int64 `json:"next_before"`
}

func bornXML(number string) string {
	return "<carte><numero>" + number + "</numero><nom>Dupré</nom><prenom>Hélène</prenom><date-naissance>1980-02-29</date-naissance>" +
		"<adresse><code-postal>26100</code-postal><commune>Romans-sur-Isère</commune></adresse>" +
		"<inscription><premiere>2024-09-03</premiere><fin>2099-09-09</fin></inscription></carte>\n"
}

func (h *hub) duplicates(query string) (page duplicatesJSON) {
	h.t.Helper()
	for more := true; more; {
		var err error
		if more, err = h.db.FindLikenesses(h.t.Context()); err != nil {
			h.t.Fatal(err)
		}
	}
	h.asReader("/duplicates" + query).see(&page)
	return page
}

func TestStaffDecideDuplicates(t *testing.T) {
	eachDatabase(t, func(h *hub) {
		h.staff()
		mours := h.library("mours")
		h.library("peyrins")
		h.post("mours", documentOf("mours", bornXML("A1"))).wantReport(http.StatusOK, cards.Integrated)
		h.post("peyrins", documentOf("peyrins", bornXML("B1"), bornXML("B2"))).wantReport(http.StatusOK, cards.Integrated)

		page := h.duplicates("?limit=2")
		if len(page.Duplicates) != 2 || page.NextBefore == nil {
			h.t.Fatalf("%+v", page)
		}
		page = h.duplicates("?limit=2&before=" + jsonOf(h.t, *page.NextBefore))
		if len(page.Duplicates) != 1 || page.NextBefore != nil || len(page.Duplicates[0].Cards) != 2 {
			h.t.Fatalf("%+v", page)
		}
		if c := page.Duplicates[0].Cards[0]; c.Number != "A1" || c.Town != "Romans-sur-Isère" || c.LastName != "Dupré" || c.BirthDate != "1980-02-29" ||
			c.EnrolledAt != "mours" || c.EndsOn != "2099-09-09" || !slices.Equal(c.Libraries, []string{"mours"}) {
			h.t.Errorf("%+v", c)
		}

		a := h.decide("/duplicates/different", `{"number":"B1","other":"B2"}`)
		if a.status != http.StatusNoContent || a.header.Get("Cache-Control") != "no-store" {
			h.t.Errorf("HTTP status %d\n%s", a.status, a.body)
		}
		if a = h.decide("/duplicates/same", `{"goes_on":"B1","other":"a1"}`); a.status != http.StatusNoContent {
			h.t.Errorf("HTTP status %d\n%s", a.status, a.body)
		}
		h.decide("/duplicates/same", `{"goes_on":"B1","other":"A1"}`).wantProblem(http.StatusConflict)
		h.decide("/duplicates/different", `{"number":"B1","other":"B2"}`).wantProblem(http.StatusConflict)
		if page = h.duplicates(""); len(page.Duplicates) != 0 {
			h.t.Errorf("%+v", page)
		}
		h.post("mours", documentOf("mours", bornXML("A1"))).wantReport(http.StatusOK, cards.Integrated, `nouveau-numero="B1"`)
		if n := h.cardsOf(mours); n != 2 {
			h.t.Errorf("mours is handed %d cards, want B1 and B2", n)
		}
		if strings.Contains(h.logs.String(), "A1") {
			h.t.Errorf("the log holds a card number:\n%s", h.logs)
		}
	})
}
