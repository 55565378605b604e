package web_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/carte-reseau/hub/internal/cards"
	"github.com/carte-reseau/hub/internal/store/storetest"
)

func (h *hub) findLikenesses() {
	h.t.Helper()
	for more := true; more; {
		var err error
		if more, err = h.db.FindLikenesses(h.t.Context()); err != nil {
			h.t.Fatal(err)
		}
	}
}

func TestNothingWaits(t *testing.T) {
	h := newHub(t)
	p := h.staff(cards.RoleReader)
	p.get("/a-decider").leads("/a-decider/conflits")
	for _, path := range []string{"/a-decider/conflits", "/a-decider/doublons", "/a-decider/depots", "/a-decider/effacements"} {
		p.get(path).shows(http.StatusOK, "Rien n’attend", `aria-current="page"`)
	}
	p.lang = "en"
	p.get("/a-decider/conflits").shows(http.StatusOK, "Nothing waits")
}

func TestConflictsAreDecidedOnThePages(t *testing.T) {
	eachDatabase(t, func(h *hub) {
		reader, p := h.staff(cards.RoleReader), h.staff(cards.RoleOperator)
		mours, peyrins := storetest.Library(t, h.db, "mours"), storetest.Library(t, h.db, "peyrins")
		for _, number := range []string{"A1", "A2", "A3"} {
			h.dispute(mours, peyrins, number)
		}
		p.get("/a-decider").leads("/a-decider/conflits")
		page := p.get("/a-decider/conflits").shows(http.StatusOK, `id="conflit-1"`, `id="conflit-3"`, "04 75 11 11 11", "04 75 22 22 22", "mours", "peyrins",
			"En place", "Deux bibliothèques ont modifié ce champ", `<span class="badge">3</span>`, "/fiches/"+h.cardID("A1"))
		wantLast(t, h, "compte-operator list-conflicts carte "+h.cardID("A3")+" "+h.cardID("A2")+" "+h.cardID("A1"))
		reader.get("/a-decider/conflits").shows(http.StatusOK, "04 75 11 11 11").hides("/garder", "/choisir")
		reader.act("/conflits/1/garder", nil).shows(http.StatusForbidden)

		p.act("/conflits/3/garder", nil).leads("/a-decider/conflits")
		wantLast(t, h, "compte-operator keep-conflict conflit 3")
		p.get("/a-decider/conflits").shows(http.StatusOK, "La valeur en place est gardée").hides(`id="conflit-3"`)
		p.act("/conflits/3/garder", nil).leads("/a-decider/conflits")
		wantLast(t, h, "compte-operator keep-conflict conflit 3 échec : conflict")
		p.get("/a-decider/conflits").shows(http.StatusOK, `role="alert">Rien n’a été fait — quelqu’un a déjà décidé`)
		_, first, _ := strings.Cut(page.body, `id="conflit-1"`)
		seen := version(t, first)
		p.act("/conflits/1/choisir", url.Values{"vu": {seen}, "avant": {"2"}}).leads("/a-decider/conflits?avant=2")
		file, err := h.db.CardFile(t.Context(), "A1")
		if err != nil || file.Card.Phone != "04 75 11 11 11" || file.Versions[0].DecidedBy != "compte-operator" {
			t.Errorf("%+v, %v", file.Card, err)
		}
		p.get("/a-decider/conflits?avant=2").shows(http.StatusOK, "d’autres attendent parmi les plus récents", ">Les plus récents<").hides("Rien n’attend")
		p.act("/conflits/x/garder", nil).shows(http.StatusNotFound)
		p.act("/conflits/2/choisir", url.Values{"vu": {"x"}}).shows(http.StatusUnprocessableEntity)
	})
}

// What changed since is shown, and is overwritten only by somebody who saw it.
func TestAnOvertakenConflictShowsWhatStandsNow(t *testing.T) {
	eachDatabase(t, func(h *hub) {
		p := h.staff(cards.RoleOperator)
		mours, peyrins := storetest.Library(t, h.db, "mours"), storetest.Library(t, h.db, "peyrins")
		h.dispute(mours, peyrins, "A1")
		before := version(t, p.get("/a-decider/conflits").body)
		storetest.Send(t, h.db, peyrins, phone("A1", "04 75 33 33 33"))
		page := p.get("/a-decider/conflits").shows(http.StatusOK, "En place maintenant", "04 75 33 33 33", "Garder ce qui est en place")
		p.act("/conflits/1/choisir", url.Values{"vu": {before}, "fiche": {"1"}}).leads("/fiches/" + h.cardID("A1"))
		p.get("/fiches/"+h.cardID("A1")).shows(http.StatusOK, "ce qui est en place a changé entre-temps", "04 75 33 33 33")
		p.act("/conflits/1/choisir", url.Values{"vu": {version(t, page.body)}}).leads("/a-decider/conflits")
		file, err := h.db.CardFile(t.Context(), "A1")
		if err != nil || file.Card.Phone != "04 75 11 11 11" {
			t.Errorf("%+v, %v", file.Card, err)
		}
	})
}

// A card may be erased while its conflict is looked at, on the list or on its own page: the one goes on, the other is no more.
func TestAConflictThatIsGoneWasDecidedTooLate(t *testing.T) {
	eachDatabase(t, func(h *hub) {
		p := h.staff(cards.RoleOperator)
		mours, peyrins := storetest.Library(t, h.db, "mours"), storetest.Library(t, h.db, "peyrins")
		h.dispute(mours, peyrins, "A1")
		seen := version(t, p.get("/a-decider/conflits").body)
		if _, err := h.db.Erase(t.Context(), "A1", "un collègue"); err != nil {
			t.Fatal(err)
		}
		for path, form := range map[string]url.Values{"garder": {"avant": {"7"}}, "choisir": {"avant": {"7"}, "vu": {seen}, "fiche": {"1"}}} {
			p.act("/conflits/1/"+path, form).leads("/a-decider/conflits?avant=7")
			p.get("/a-decider/conflits").shows(http.StatusOK, `role="alert">Rien n’a été fait`)
		}
	})
}

func TestDuplicatesAreDecidedOnThePages(t *testing.T) {
	eachDatabase(t, func(h *hub) {
		reader, p := h.staff(cards.RoleReader), h.staff(cards.RoleOperator)
		mours, peyrins := storetest.Library(t, h.db, "mours"), storetest.Library(t, h.db, "peyrins")
		storetest.Send(t, h.db, mours, storetest.Card("A1"))
		storetest.Send(t, h.db, peyrins, phone("B1", "04 75 99 99 99"))
		twin := func(c *cards.Card) { c.LastName, c.FirstName = "Roux", "Zoé" }
		storetest.Send(t, h.db, mours, storetest.Card("C1", twin), storetest.Card("C2", twin))
		h.findLikenesses()
		a, b := h.cardID("A1"), h.cardID("B1")
		p.get("/a-decider").leads("/a-decider/doublons")
		p.get("/a-decider/doublons").shows(http.StatusOK, "Dupré Hélène", "Roux Zoé", "04 75 99 99 99", "différent", "le A1 continue", "le B1 continue", "Ce sont deux personnes",
			"/doublons/"+a+"/reprend/"+b, "/doublons/"+b+"/reprend/"+a)
		reader.get("/a-decider/doublons").shows(http.StatusOK, "Dupré").hides("/reprend/")
		reader.act("/doublons/"+a+"/reprend/"+b, nil).shows(http.StatusForbidden)
		p.act("/doublons/"+b+"/reprend/"+h.cardID("C1"), url.Values{"avant": {"7"}}).leads("/a-decider/doublons?avant=7")
		p.act("/doublons/"+b+"/reprend/"+a, nil).leads("/a-decider/doublons")
		recorded := strings.Join(h.recorded(), "\n")
		for _, want := range []string{"same-person carte " + b, "same-person carte " + a + " avec carte " + b} {
			if !strings.Contains(recorded, "compte-operator "+want) {
				t.Errorf("%q is not recorded:\n%s", want, recorded)
			}
		}
		if h.cardID("A1") != b {
			t.Error("the card that goes on has not taken over the other's number")
		}
		p.act("/doublons/"+a+"/distincte/"+b, nil).leads("/a-decider/doublons") // a colleague whose list was read before
		p.get("/a-decider/doublons").shows(http.StatusOK, `role="alert">Rien n’a été fait — quelqu’un a déjà décidé`)
		p.act("/doublons/"+h.cardID("C1")+"/distincte/"+h.cardID("C2"), nil).leads("/a-decider/doublons")
		p.get("/a-decider/doublons").shows(http.StatusOK, "Rien n’attend", "deux personnes")
	})
}
