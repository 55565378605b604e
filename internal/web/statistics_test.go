package web_test

import (
	"net/http"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/carte-reseau/hub/internal/cards"
	"github.com/carte-reseau/hub/internal/store/storetest"
	"github.com/carte-reseau/hub/internal/web"
)

// atNoon is a day on the door's clock.
func atNoon(day string) func(*web.Options) {
	return func(o *web.Options) {
		o.Now = func() time.Time {
			t, err := time.ParseInLocation(time.DateOnly+" 15:04", day+" 12:00", time.UTC)
			if err != nil {
				panic(err)
			}
			return t
		}
	}
}

func TestStatisticsAreShownByYearMonthAndValue(t *testing.T) {
	eachDatabase(t, func(h *hub) {
		p := h.staff(cards.RoleReader)
		p.get("/statistiques").shows(http.StatusOK, "Premières inscriptions par mois", "janvier", `role="img"`, "Rien n’est compté encore")
		p.lang = "en"
		p.get("/statistiques?mesure=cartes-actives&tableau=age").shows(http.StatusOK, "Active cards by month", "January", "age band", "January 2025: 0", "(CSV): Active").hides(" : ", " ; ")
	})
}

func TestWhatStatisticsCannotBeAskedIsSaid(t *testing.T) {
	h := newHub(t, atNoon("2026-11-28"))
	p := h.staff(cards.RoleReader)
	for query, says := range map[string]string{
		"mesure=prets": "inconnu", "tableau=sexe": "inconnu", "de=26": "quatre chiffres", "de=2026&a=2024": "une à 10 années", "de=2000&a=2026": "une à 10 années",
		"a=0001": "une à 10 années",
	} {
		p.get("/statistiques?"+query).shows(http.StatusUnprocessableEntity, says)
	}
	p.get("/statistiques.csv?fichier=autre").shows(http.StatusNotFound)
}

func TestEveryTableOfStatisticsIsAFileForSpreadsheets(t *testing.T) {
	h := newHub(t, atNoon("2026-11-28"))
	p := h.staff(cards.RoleReader)
	for file, head := range map[string]string{"bilan": "Ce qui est compté;2024;2025;2026", "mois": "Mois;2024;2025;2026", "valeurs": "Commune;2024;2025;2026"} {
		a := p.get("/statistiques.csv?tableau=commune&fichier="+file).shows(http.StatusOK, "\ufeff"+head)
		if !strings.HasPrefix(a.header.Get("Content-Type"), "text/csv") || !strings.Contains(a.header.Get("Content-Disposition"), file) {
			t.Errorf("%v", a.header)
		}
	}
	h.visitor().get("/statistiques.csv").leads("/connexion")
}

// What was counted is drawn and listed, with what is missing for months to come.
func TestStatisticsTellWhatWasCounted(t *testing.T) {
	eachDatabase(t, func(h *hub) {
		paris, err := time.LoadLocation("Europe/Paris")
		if err != nil {
			t.Fatal(err)
		}
		year := time.Now().In(paris).Year()
		library := storetest.Library(t, h.db, "mours")
		for i, town := range []string{"Mours", "Mours", "=Peyrins"} {
			day := strconv.Itoa(year-1) + "-03-10"
			in := storetest.Card("261000000000"+strconv.Itoa(i), func(c *cards.Card) {
				c.Address.Town, c.Enrolment = town, cards.Registration{First: day, End: strconv.Itoa(year+1) + "-03-09"}
			})
			storetest.Send(t, h.db, library, in)
		}
		for more := true; more; {
			if more, err = h.db.CountStatistics(t.Context()); err != nil {
				t.Fatal(err)
			}
		}
		p := h.staff(cards.RoleReader)
		p.get("/statistiques?tableau=commune").shows(http.StatusOK, "Compté jusqu’au", "2 ("+strconv.Itoa(year-1)+")", "<polyline", `<td class="n">3</td>`)
		p.get("/statistiques.csv?tableau=commune&fichier=valeurs").shows(http.StatusOK, "Mours;0;2;0\r\n", "'=Peyrins;0;1;0\r\n", "Total;0;3;0\r\n")
		p.get("/statistiques.csv?fichier=mois").shows(http.StatusOK, "mars;0;3;")
	})
}
