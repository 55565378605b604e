package rest_test

import (
	"context"
	"net/http"
	"strings"
	"testing"

	"github.com/carte-reseau/hub/internal/cards"
	"github.com/carte-reseau/hub/internal/rest"
	"github.com/carte-reseau/hub/internal/store"
)

type tableJSON struct {
	Title   string
	Columns []string
	Rows    []struct {
		Value, Label string
		Counts       []*int64
	}
	Total  *struct{ Counts []*int64 }
	AsOf   *string `json:"as_of"`
	Behind int64
}

func (h *hub) countStatistics() {
	h.t.Helper()
	for more := true; more; {
		var err error
		if more, err = h.db.CountStatistics(h.t.Context()); err != nil {
			h.t.Fatal(err)
		}
	}
}

func TestStaffReadStatistics(t *testing.T) {
	eachDatabase(t, func(h *hub) {
		h.staff()
		h.library("mours")
		town := func(number, town string) string {
			return strings.Replace(bornXML(number), "Romans-sur-Isère", town, 1)
		}
		h.post("mours", documentOf("mours", bornXML("A1"), town("A2", "=1+1"), town("A3", "ROMANS SUR ISERE"))).wantReport(http.StatusOK, cards.Integrated)
		var table tableJSON
		h.asReader("/statistics").see(&table)
		if table.Behind != 3 || table.AsOf != nil || len(table.Columns) != 12 || len(table.Rows) != 0 {
			h.t.Errorf("before the job: %+v", table)
		}
		h.countStatistics()
		h.asReader("/statistics?dimension=commune&view=annees&from=2023&to=2025").see(&table)
		if table.Behind != 0 || table.AsOf == nil || strings.Join(table.Columns, " ") != "2023 2024 2025" || len(table.Rows) != 2 ||
			table.Rows[1].Label != "Romans-sur-Isère" || *table.Rows[1].Counts[1] != 2 || *table.Total.Counts[1] != 3 {
			h.t.Errorf("%+v", table)
		}
		file := h.asReader("/statistics.csv?dimension=commune&view=annees&from=2023&to=2025&measure=cartes-actives")
		want := "\ufeffCommune;2023;2024;2025\r\n'=1+1;0;1;1\r\nRomans-sur-Isère;0;2;2\r\nTotal;0;3;3\r\n"
		if file.body != want || file.header.Get("Content-Type") != "text/csv; charset=utf-8; header=present" ||
			file.header.Get("Content-Disposition") != `attachment; filename="statistiques-commune-cartes-actives-annees.csv"` {
			h.t.Errorf("%q %v", file.body, file.header)
		}
		h.asReader("/statistics?view=comparaison&measure=cartes-actives").see(&table)
		if len(table.Rows) != 12 || table.Total != nil {
			h.t.Errorf("%+v", table)
		}
		for _, query := range []string{"?dimension=nom", "?from=hier", "?measure=prets", "?view=annees&through=13", "?number=A1"} {
			h.asReader("/statistics" + query).wantProblem(http.StatusUnprocessableEntity)
		}
		for _, query := range []string{"?view=comparaison&dimension=age", "?from=2025&to=2024", "?from=2025-13"} {
			h.asReader("/statistics.csv" + query).wantProblem(http.StatusBadRequest)
		}
	})
}

// newYear is a network whose day is not that of the machine the door runs on.
type newYear struct{ *store.Store }

func (newYear) Today(context.Context) (string, error) { return "2016-01-01", nil }

func TestATableEndsWithTheNetworksMonth(t *testing.T) {
	h := newHub(t, func(o *rest.Options) {
		o.Subjects = []rest.Subject{rest.Statistics(newYear{o.Overview.(*store.Store)})}
	})
	h.staff()
	for query, want := range map[string]string{"": "2016-01", "?view=annees": "2016", "?view=bilan": ""} {
		var table tableJSON
		h.asReader("/statistics" + query).see(&table)
		if want != "" && (len(table.Columns) == 0 || table.Columns[len(table.Columns)-1] != want) {
			t.Errorf("%q ends with %v, want %s", query, table.Columns, want)
		}
		if want == "" && !strings.Contains(table.Title, "2016") {
			t.Errorf("%q is %q", query, table.Title)
		}
	}
}
