package web_test

import (
	"net/http"
	"strings"
	"testing"

	"github.com/carte-reseau/hub/internal/cards"
	"github.com/carte-reseau/hub/internal/store/storetest"
)

func asPeople(r *http.Request) { r.Header.Set("Accept", "text/html,application/xhtml+xml") }

// Who comes to an address that leads nowhere is shown the way back; a program is told in a line.
func TestAnAddressThatLeadsNowhere(t *testing.T) {
	h := newHub(t)
	p := h.staff(cards.RoleReader)
	p.get("/nulle-part", asPeople).shows(http.StatusNotFound, "Introuvable", "Il n’y a rien à cette adresse", "Retour au réseau")
	p.get("/etablissements/Mours!", asPeople).shows(http.StatusNotFound, "Il n’y a rien à cette adresse")
	h.visitor().get("/nulle-part", asPeople).shows(http.StatusNotFound, "Introuvable").hides("Se déconnecter")
	p.get("/nulle-part").shows(http.StatusNotFound).hides("<html")
	p.lang = "en"
	p.get("/nulle-part", asPeople).shows(http.StatusNotFound, "There is nothing at this address").hides("Il n’y a rien")
}

// What comes from the ground speaks the network's language: a page in another says so, and says it in its own words first.
func TestErrorsSayWhatLanguageTheySpeak(t *testing.T) {
	h := newHub(t)
	p := h.staff(cards.RoleAdministrator)
	p.get("/etablissements/inconnue").shows(http.StatusNotFound, `<p lang="fr">La bibliothèque`).hides("Ce que vous cherchez")
	p.lang = "en"
	p.get("/etablissements/inconnue").shows(http.StatusNotFound, "What you look for is not", `<p lang="fr">La bibliothèque`)
	p.act("/systeme/comptes", map[string][]string{"nom": {"lise"}, "role": {"reader"}, "mot-de-passe": {"court"}}).
		shows(http.StatusUnprocessableEntity, `role="alert" id="faute" lang="en">The password has less than 12 characters`)
	settings := newLibrary("mours")
	settings.Set("nom", " ")
	p.act("/nouvelle-bibliotheque", settings).shows(http.StatusUnprocessableEntity, `lang="en">Give the library a name.`)
	h.staff(cards.RoleReader).act("/conflits/1/garder", nil).shows(http.StatusForbidden, `<p lang="fr">Ceci demande le rôle`)
}

// Libraries are called by their names, on the pages of what they gave too once they have left.
func TestLibrariesAreCalledByTheirNames(t *testing.T) {
	eachDatabase(t, func(h *hub) {
		p := h.staff(cards.RoleAdministrator)
		mours, peyrins := storetest.Library(t, h.db, "mours"), storetest.Library(t, h.db, "peyrins")
		h.dispute(mours, peyrins, "A1")
		h.bring(mours, "a.xml", documentXML("mours", cardXML("A2", "04 75 00 00 00")), false)
		h.resume()
		p.get("/a-decider/conflits").shows(http.StatusOK, "Bibliothèque de mours, <time", "Bibliothèque de peyrins, <time")
		p.get("/fiches/"+h.cardID("A1")).shows(http.StatusOK, "par : Bibliothèque de peyrins", "<dd>Bibliothèque de mours</dd>")
		if err := h.db.RemoveLibrary(t.Context(), mours.ID); err != nil {
			t.Fatal(err)
		}
		p.get("/documents/1").shows(http.StatusOK, "← Bibliothèque de mours")
		storetest.Library(t, h.db, "mours", func(l *cards.Library) { l.Name = "Médiathèque neuve" })
		p.get("/documents/1").shows(http.StatusOK, "← Médiathèque neuve")
	})
}

// The tabs of what is to be decided follow the network; the list does not, and says where it is no longer what was read.
func TestTheTabsFollowTheNetwork(t *testing.T) {
	h := newHub(t)
	p := h.staff(cards.RoleReader)
	mours, peyrins := storetest.Library(t, h.db, "mours"), storetest.Library(t, h.db, "peyrins")
	h.dispute(mours, peyrins, "A1")
	partly := func(r *http.Request) { r.Header.Set("HX-Request", "true") }
	page := p.get("/a-decider/conflits").shows(http.StatusOK, `hx-get="/a-decider/conflits?vu=1"`, `data-on="decisions"`)
	page.hides("Cette liste a changé")
	before := len(h.recorded())
	p.get("/a-decider/conflits?vu=1", partly).shows(http.StatusOK, `<span class="badge">1</span>`).hides("04 75", "<html", "Cette liste a changé")
	h.dispute(mours, peyrins, "A2")
	p.get("/a-decider/conflits?vu=1", partly).shows(http.StatusOK, `<span class="badge">2</span>`, "Cette liste a changé").hides("04 75")
	p.get("/a-decider/doublons?vu=0", partly).shows(http.StatusOK, `<a href="/a-decider/doublons" aria-current="page">`).hides("Cette liste a changé")
	p.get("/a-decider/conflits?vu=x", partly).shows(http.StatusUnprocessableEntity)
	if now := len(h.recorded()); now != before {
		t.Errorf("%d entries are recorded of tabs that show nobody", now-before)
	}
}

// Trouble that no library's row tells stands at the top of the network's page, and all is not well.
func TestTroublesStandOnTheNetworksPage(t *testing.T) {
	eachDatabase(t, func(h *hub) {
		mours := storetest.Library(t, h.db, "mours")
		storetest.Send(t, h.db, mours, storetest.Card("A1"))
		found := []cards.Finding{
			{TroubleKey: cards.TroubleKey{Kind: cards.TroubleRefused, LibraryID: mours.ID, Subject: cards.RefusedByHub}, Library: "mours", Detail: cards.TroubleDetail{Count: 3}, Ripe: true},
			{TroubleKey: cards.TroubleKey{Kind: cards.TroubleSuspended, LibraryID: mours.ID, Subject: "7"}, Library: "mours", Detail: cards.TroubleDetail{Count: 900}, Ripe: true},
		}
		nobody := func(cards.Trouble, cards.TroubleMail) []cards.Message { return nil }
		if err := h.db.SettleTroubles(t.Context(), found, nobody); err != nil {
			t.Fatal(err)
		}
		p := h.staff(cards.RoleReader)
		page := p.get("/").shows(http.StatusOK, "1 problème en cours", "3 cartes envoyées par la bibliothèque « Bibliothèque de mours »", `href="/etablissements/mours"`)
		page.hides("Tout va bien", "900")
		p.lang = "en"
		page = p.get("/").shows(http.StatusOK, "1 problem under way", "3 cards sent by the library")
		if strings.Contains(page.body, "All is well") {
			t.Error("all is said to be well")
		}
	})
}
