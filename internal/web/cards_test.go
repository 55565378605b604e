package web_test

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"

	"github.com/carte-reseau/hub/internal/cards"
	"github.com/carte-reseau/hub/internal/store"
	"github.com/carte-reseau/hub/internal/store/storetest"
	"github.com/carte-reseau/hub/internal/web"
)

// cardID is the opaque identifier of the card of a number.
func (h *hub) cardID(number string) string {
	h.t.Helper()
	id, err := h.db.OAIID(h.t.Context(), number)
	if err != nil {
		h.t.Fatal(err)
	}
	return id
}

// phone makes an incoming card with a phone number.
func phone(number, phone string) cards.Incoming {
	return storetest.Card(number, func(c *cards.Card) { c.Phone = phone })
}

// dispute makes mours and peyrins change the same phone number of a card.
func (h *hub) dispute(mours, peyrins *cards.Library, number string) {
	h.t.Helper()
	storetest.Send(h.t, h.db, mours, phone(number, "04 75 00 00 00"))
	storetest.Send(h.t, h.db, peyrins, phone(number, "04 75 00 00 00"))
	storetest.Send(h.t, h.db, mours, phone(number, "04 75 11 11 11"))
	storetest.Send(h.t, h.db, peyrins, phone(number, "04 75 22 22 22"))
}

// searched asks for a search, and follows to where it is answered.
func (p *person) searched(form url.Values) answer {
	p.t.Helper()
	return p.get(p.searching(form))
}

// searching is the address a search leads to.
func (p *person) searching(form url.Values) string {
	p.t.Helper()
	asked := p.act("/fiches", form)
	to := asked.header.Get("Location")
	asked.leads(to)
	return to
}

// Going back from a card to what was found asks nobody to send a form again: it has an address. That holds no name, and answers no
// other session.
func TestASearchHasAnAddressThatTellsNothing(t *testing.T) {
	eachDatabase(t, func(h *hub) {
		storetest.Send(t, h.db, storetest.Library(t, h.db, "mours"), storetest.Card("2610-A"))
		p, other := h.staff(cards.RoleReader), h.staff(cards.RoleOperator)
		address := p.searching(url.Values{"nom": {"Dupré"}})
		if !strings.HasPrefix(address, "/fiches/recherche/") || strings.Contains(strings.ToLower(address), "dupr") {
			t.Errorf("a search leads to %s", address)
		}
		for range 2 {
			p.get(address).shows(http.StatusOK, "2610-A")
		}
		before := len(h.recorded())
		other.get(address).leads("/fiches")
		p.get(address[:len(address)-3] + "AAA").leads("/fiches")
		p.get("/fiches/recherche/" + h.cardID("2610-A")).leads("/fiches")
		if after := h.recorded(); len(after) != before {
			t.Errorf("what was not shown is recorded: %v", after[before:])
		}
		h.visitor().get(address).leads("/connexion")
	})
}

func TestCardsAreFoundOnThePages(t *testing.T) {
	eachDatabase(t, func(h *hub) {
		p := h.staff(cards.RoleReader)
		mours := storetest.Library(t, h.db, "mours")
		var many []cards.Incoming
		for i := range cards.SearchLimit + 1 {
			many = append(many, storetest.Card(fmt.Sprintf("N%03d", i), func(c *cards.Card) { c.LastName, c.FirstName = "Roux", fmt.Sprintf("Ana%03d", i) }))
		}
		storetest.Send(t, h.db, mours, append(many, storetest.Card("2610-A"))...)
		p.get("/fiches").shows(http.StatusOK, "Chercher une carte", "Nom et prénom").hides("Résultats")
		p.searched(url.Values{"nom": {"dupre hel"}}).shows(http.StatusOK, "/fiches/"+h.cardID("2610-A"), "2610-A", "29/02/1980", `value="dupre hel"`)
		wantLast(t, h, "compte-reader search-cards carte "+h.cardID("2610-A"))
		p.searched(url.Values{"numero": {"2610-a"}}).shows(http.StatusOK, "Dupré Hélène")
		p.searched(url.Values{"nom": {"Personne"}}).shows(http.StatusOK, "Aucune carte ne correspond")
		wantLast(t, h, "compte-reader search-cards aucune carte")
		p.act("/fiches", nil).shows(http.StatusUnprocessableEntity, "Indiquez un numéro")
		p.act("/fiches", url.Values{"naissance": {"hier"}}).shows(http.StatusUnprocessableEntity, "se cherche par jour", `value="hier"`)

		first := p.searched(url.Values{"nom": {"roux"}}).shows(http.StatusOK, "N000", "N049").hides("N050")
		_, rest, _ := strings.Cut(first.body, `class="button" href="`)
		next, _, _ := strings.Cut(rest, `"`)
		p.get(next).shows(http.StatusOK, "N050").hides("N049", `rel="next"`)
		p.post("/fiches", url.Values{"nom": {"roux"}}).shows(http.StatusForbidden).hides("N000")
		p.lang = "en"
		p.act("/fiches", nil).shows(http.StatusUnprocessableEntity, "Give a card number")
		if strings.Contains(h.logs.String(), "roux") {
			t.Error("the log holds a name")
		}
	})
}

// A reader who asks what is held about them is shown the values that were not taken too, on the one page.
func TestACardTellsTheValuesThatWereNotTaken(t *testing.T) {
	eachDatabase(t, func(h *hub) {
		p := h.staff(cards.RoleOperator)
		mours, peyrins := storetest.Library(t, h.db, "mours"), storetest.Library(t, h.db, "peyrins")
		h.dispute(mours, peyrins, "A1")
		path := "/fiches/" + h.cardID("A1")
		notTaken := func() string {
			_, rest, _ := strings.Cut(p.get(path).body, "Valeurs non retenues")
			told, _, _ := strings.Cut(rest, "</section>")
			return told
		}
		if told := notTaken(); strings.Count(told, "04 75 11 11 11") != 1 || !strings.Contains(told, "Bibliothèque de mours") {
			t.Errorf("what mours sent last: %s", told)
		}
		p.act("/conflits/1/garder", url.Values{"fiche": {"1"}}).leads(path)
		if told := notTaken(); strings.Count(told, "04 75 11 11 11") != 2 || strings.Contains(told, "04 75 22 22 22") {
			t.Errorf("what lost, and what mours sent last: %s", told)
		}
		storetest.Send(t, h.db, mours, phone("A2", "04 75 00 00 00"))
		p.get("/fiches/"+h.cardID("A2")).shows(http.StatusOK, "Histoire").hides("Valeurs non retenues")
	})
}

func TestACardTellsItsHistoryAndWhoHasIt(t *testing.T) {
	eachDatabase(t, func(h *hub) {
		p := h.staff(cards.RoleOperator)
		mours, peyrins := storetest.Library(t, h.db, "mours"), storetest.Library(t, h.db, "peyrins")
		h.dispute(mours, peyrins, "A1")
		path := "/fiches/" + h.cardID("A1")
		p.get(path).shows(http.StatusOK, "Dupré Hélène", "04 75 22 22 22", "A1", "12 rue des Lilas", "carte créée", "carte modifiée",
			"04 75 11 11 11</del>", "04 75 22 22 22</ins>", "Qui l’a", "/etablissements/peyrins", `class="state ok"`, "Envoi HTTP",
			"/conflits/1/garder", "/conflits/1/choisir", "Deux bibliothèques ont modifié ce champ").hides("/effacer")
		wantLast(t, h, "compte-operator view-card carte "+h.cardID("A1"))
		if _, title, _ := strings.Cut(p.get(path).body, "<title>"); strings.Contains(strings.SplitN(title, "</title>", 2)[0], "A1") {
			t.Error("the browser's history keeps the number")
		}
		p.lang = "en"
		p.get(path).shows(http.StatusOK, "Who has it", "card created", "Phone", "Two libraries changed this field", `lang="fr"`)
		p.lang = "fr"
		p.get("/fiches/personne").shows(http.StatusNotFound)
		p.act("/conflits/1/choisir", url.Values{"vu": {version(t, p.get(path).body)}, "fiche": {"1"}}).leads(path)
		p.get(path).shows(http.StatusOK, "L’autre valeur est en place", "décidé par compte-operator").hides("/conflits/1/garder")
	})
}

// version reads the version a form says was seen.
func version(t *testing.T, body string) string {
	t.Helper()
	_, rest, found := strings.Cut(body, `name="vu" value="`)
	seen, _, _ := strings.Cut(rest, `"`)
	if !found {
		t.Fatalf("no version was seen: %s", body)
	}
	return seen
}

func TestACardThatReplacedAnotherShowsBoth(t *testing.T) {
	h := newHub(t)
	p := h.staff(cards.RoleReader)
	mours := storetest.Library(t, h.db, "mours")
	storetest.Send(t, h.db, mours, storetest.Card("Vieux-1"))
	next := storetest.Card("Neuf-2", func(c *cards.Card) { c.Former = []string{"Vieux-1"} })
	next.Given = next.Given.With(cards.FormerNumbers)
	storetest.Send(t, h.db, mours, next)
	p.get("/fiches/"+h.cardID("Neuf-2")).shows(http.StatusOK, "Anciens numéros", "Vieux-1</del>", "Neuf-2</ins>")
}

// shortFiles tell but the newest version of a card.
type shortFiles struct{ web.CardFiles }

func (s shortFiles) CardFileByID(ctx context.Context, oaiID string) (*cards.CardFile, error) {
	file, err := s.CardFiles.CardFileByID(ctx, oaiID)
	if err == nil {
		file.Versions, file.Older = file.Versions[:1], true
	}
	return file, err
}

// The oldest version that is shown is not the card's beginning where there were others, and nobody knows what it changed.
func TestACardWhoseOldestVersionsAreLeftOutDoesNotBeginAnew(t *testing.T) {
	h := newHub(t, func(o *web.Options) { o.Pages = []web.Page{web.CardsPage(shortFiles{o.Accounts.(*store.Store)})} })
	mours := storetest.Library(t, h.db, "mours")
	for _, phone := range []string{"0475000000", "0475111111"} {
		storetest.Send(t, h.db, mours, storetest.Card("A1", func(c *cards.Card) { c.Phone = phone }))
	}
	h.staff(cards.RoleReader).get("/fiches/"+h.cardID("A1")).shows(http.StatusOK, "carte modifiée", "plus anciennes").
		hides("carte créée", "Ses premières valeurs", "<ins>")
}

func TestAnAdministratorErasesACard(t *testing.T) {
	const number = "LECTRICE-1" // which no token holds by chance
	eachDatabase(t, func(h *hub) {
		mours := storetest.Library(t, h.db, "mours")
		storetest.Send(t, h.db, mours, storetest.Card(number))
		id := h.cardID(number)
		path := "/fiches/" + id + "/effacer"
		h.staff(cards.RoleOperator).get(path).shows(http.StatusForbidden).hides(number)
		h.staff(cards.RoleOperator).act(path, url.Values{"confirmation": {number}}).shows(http.StatusForbidden)
		p := h.staff(cards.RoleAdministrator)
		p.get("/fiches/"+id).shows(http.StatusOK, path)
		p.get(path).shows(http.StatusOK, "C’est définitif", number)
		again := p.act(path, url.Values{"confirmation": {"LECTRICE-2"}}).shows(http.StatusUnprocessableEntity, `role="alert"`, "rien n’a été effacé", number)
		if typed := again.form(path).Get("confirmation"); typed != "LECTRICE-2" {
			t.Errorf("of what was typed %q is left", typed)
		}
		list := h.recorded()
		if seen := "compte-administrator view-card carte " + id; list[len(list)-2] != seen {
			t.Errorf("recorded last but one %q, want %q", list[len(list)-2], seen)
		}
		wantLast(t, h, "compte-administrator erase-card carte "+id+" échec : invalid")
		p.act(path, url.Values{"confirmation": {" lectrice-1 "}}).leads("/a-decider/effacements")
		wantLast(t, h, "compte-administrator erase-card carte "+id)

		page := p.get("/a-decider/effacements").shows(http.StatusOK, "La carte est effacée", "Confirmé par Bibliothèque de mours", "courriel en attente", "0 confirmation sur 1")
		if strings.Contains(page.body, ">"+number+"<") {
			t.Error("the number of an erased card is shown")
		}
		p.get("/fiches/" + id).shows(http.StatusNotFound)
		p.get("/a-decider").leads("/a-decider/effacements")
		h.staff(cards.RoleReader).get("/a-decider/effacements").shows(http.StatusOK, "attendue").hides("/effacements/1/confirmer")
		o := h.staff(cards.RoleOperator)
		o.act("/effacements/1/confirmer", url.Values{"bibliotheque": {"peyrins"}}).shows(http.StatusNotFound)
		o.act("/effacements/1/confirmer", url.Values{"bibliotheque": {"../x"}}).shows(http.StatusUnprocessableEntity)
		o.act("/effacements/1/confirmer", url.Values{"bibliotheque": {"mours"}}).leads("/a-decider/effacements")
		wantLast(t, h, "compte-operator confirm-erasure effacement 1 bibliotheque mours")
		o.get("/a-decider/effacements").shows(http.StatusOK, "Rien n’attend", "La confirmation est notée").hides("Confirmé par Bibliothèque de mours")
	})
}

// A letter that never left is not told as sent: its library confirmed before.
func TestALetterThatIsNeedlessIsNotToldAsSent(t *testing.T) {
	h := newHub(t)
	for _, code := range []string{"mours", "peyrins"} {
		storetest.Send(t, h.db, storetest.Library(t, h.db, code), storetest.Card("A1"))
	}
	if _, err := h.db.Erase(t.Context(), "A1", "Claire"); err != nil {
		t.Fatal(err)
	}
	o := h.staff(cards.RoleOperator)
	o.act("/effacements/1/confirmer", url.Values{"bibliotheque": {"mours"}}).leads("/a-decider/effacements")
	o.get("/a-decider/effacements").shows(http.StatusOK, "pas envoyée : confirmé avant", "courriel en attente").hides(">envoyée<")
	o.lang = "en"
	o.get("/a-decider/effacements").shows(http.StatusOK, "not sent: confirmed before", "mail waiting").hides(">sent<")
}

// wantLast checks the newest entry of the audit log.
func wantLast(t *testing.T, h *hub, want string) {
	t.Helper()
	list := h.recorded()
	if got := list[len(list)-1]; got != want && !strings.HasPrefix(got, want+" ") {
		t.Errorf("recorded last %q, want %q", got, want)
	}
}

// No address a page links to holds a card's number.
func TestNoAddressNamesAPerson(t *testing.T) {
	h := newHub(t)
	p := h.staff(cards.RoleAdministrator)
	mours, peyrins := storetest.Library(t, h.db, "mours"), storetest.Library(t, h.db, "peyrins")
	h.dispute(mours, peyrins, "NUMERO-7")
	storetest.Send(t, h.db, mours, storetest.Card("NUMERO-8"))
	h.findLikenesses()
	for _, path := range []string{"/fiches/" + h.cardID("NUMERO-7"), "/a-decider/conflits", "/a-decider/doublons"} {
		for _, attribute := range []string{`href="`, `action="`, `hx-get="`} {
			for _, piece := range strings.Split(p.get(path).body, attribute)[1:] {
				if address, _, _ := strings.Cut(piece, `"`); strings.Contains(address, "NUMERO") {
					t.Errorf("%s links to %s", path, address)
				}
			}
		}
	}
	if slices.ContainsFunc(h.recorded(), func(e string) bool { return strings.Contains(e, "NUMERO") }) {
		t.Error("the audit log names a card by its number")
	}
}
