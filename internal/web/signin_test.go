package web_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/carte-reseau/hub/internal/cards"
	"github.com/carte-reseau/hub/internal/web"
)

// On a hub without accounts whoever knows the code of its data folder makes the first, once.
func TestTheFirstAccountIsMadeWithTheCodeOfTheDataFolder(t *testing.T) {
	eachDatabase(t, func(h *hub) {
		p := h.visitor()
		p.get("/").leads("/connexion")
		p.get("/connexion").leads("/premier-compte")
		p.get("/premier-compte").shows(http.StatusOK, "Premier compte", "/var/lib/hub/premier-acces")
		form := func(code, again string) url.Values {
			return url.Values{"code": {code}, "nom": {"camille"}, "courriel": {"camille@example.org"}, "mot-de-passe": {password}, "encore": {again}}
		}
		p.post("/premier-compte", form("autre", password)).shows(http.StatusUnauthorized, "Ce code n’est pas celui du fichier", `value="camille"`)
		p.post("/premier-compte", form(firstCode, "autre chose de long")).shows(http.StatusUnprocessableEntity, "diffèrent")
		short := form(firstCode, "court")
		short.Set("mot-de-passe", "court")
		p.post("/premier-compte", short).shows(http.StatusUnprocessableEntity, "12 caractères")
		p.post("/premier-compte", form(firstCode, password)).leads("/demarrage")
		p.get("/demarrage").shows(http.StatusOK, "Premiers pas", "camille")
		p.post("/premier-compte", form(firstCode, password)).leads("/connexion")
		h.visitor().get("/premier-compte").leads("/connexion")
	})
}

func TestSignInAndOut(t *testing.T) {
	h := newHub(t)
	p := h.staff(cards.RoleReader)
	p.get("/connexion").leads("/")
	page := p.get("/demarrage").shows(http.StatusOK, "compte-reader")
	if got := page.header.Get("Cache-Control"); got != "no-store" {
		t.Errorf("Cache-Control %q", got)
	}
	p.post("/deconnexion", url.Values{"jeton": {"faux"}}).shows(http.StatusForbidden, "Rien n’a été fait")
	p.act("/deconnexion", nil).leads("/connexion")
	p.get("/demarrage").leads("/connexion")
	part := p.get("/demarrage", func(r *http.Request) { r.Header.Set("HX-Request", "true") })
	if part.status != http.StatusUnauthorized || part.header.Get("HX-Redirect") != "/connexion" {
		t.Errorf("a part of a page is answered by %d %v", part.status, part.header)
	}
}

// A closed session stays closed, whoever kept its cookie.
func TestACookieIsWorthNothingAfterSigningOut(t *testing.T) {
	h := newHub(t)
	p := h.staff(cards.RoleReader)
	site, err := url.Parse(h.url)
	if err != nil {
		t.Fatal(err)
	}
	kept := p.client.Jar.Cookies(site)
	p.act("/deconnexion", nil)
	p.client.Jar.SetCookies(site, kept)
	p.get("/demarrage").leads("/connexion")
}

func TestRefusedSignInsAreToldApartFromNothingAndCounted(t *testing.T) {
	limiter := new(openDoor)
	h := newHub(t, func(o *web.Options) { o.Limiter = limiter })
	h.staff(cards.RoleReader)
	p := h.visitor()
	wrong := p.post("/connexion", url.Values{"nom": {"compte-reader"}, "mot-de-passe": {"pas le bon du tout"}}).shows(http.StatusUnauthorized, "refusé")
	nobody := p.post("/connexion", url.Values{"nom": {"compte-x"}, "mot-de-passe": {"pas le bon du tout"}}).shows(http.StatusUnauthorized, "refusé")
	if strings.ReplaceAll(wrong.body, "compte-reader", "") != strings.ReplaceAll(nobody.body, "compte-x", "") {
		t.Error("the answer tells which names exist")
	}
	if len(limiter.failed) != 2 {
		t.Errorf("counted %v", limiter.failed)
	}
	limiter.wait = 3 * time.Second
	limited := p.post("/connexion", url.Values{"nom": {"compte-reader"}, "mot-de-passe": {password}}).shows(http.StatusTooManyRequests, "4 secondes")
	if limited.header.Get("Retry-After") != "4" {
		t.Errorf("Retry-After %q", limited.header.Get("Retry-After"))
	}
	if strings.Contains(h.logs.String(), "compte-x") {
		t.Error("the log holds what somebody typed")
	}
}

// What another site makes a browser send does nothing.
func TestOtherSitesCannotAct(t *testing.T) {
	h := newHub(t)
	p := h.staff(cards.RoleAdministrator)
	foreign := func(r *http.Request) {
		r.Header.Set("Sec-Fetch-Site", "cross-site")
		r.Header.Set("Origin", "https://ailleurs.example")
	}
	p.act("/nouvelle-bibliotheque", url.Values{"code": {"mours"}}, foreign).shows(http.StatusForbidden, "autre site")
	p.post("/connexion", url.Values{"nom": {"x"}}, foreign).shows(http.StatusForbidden, "autre site")
	p.post("/nouvelle-bibliotheque", url.Values{"code": {"mours"}}).shows(http.StatusForbidden, "formulaire")
}

func TestTheLanguageIsTheBrowsersOrTheChosenOne(t *testing.T) {
	h := newHub(t)
	h.staff(cards.RoleReader)
	p := h.visitor()
	p.lang = "de, en;q=0.8, fr;q=0.5"
	p.get("/connexion").shows(http.StatusOK, `<html lang="en">`, "Sign in")
	p.post("/langue", url.Values{"langue": {"fr"}, "retour": {"/connexion"}}).leads("/connexion")
	p.get("/connexion").shows(http.StatusOK, `<html lang="fr">`)
	p.post("/langue", url.Values{"langue": {"fr"}, "retour": {"//ailleurs.example"}}).leads("/")
	p.post("/langue", url.Values{"langue": {"xx"}}).shows(http.StatusUnprocessableEntity)
}

// The button in the footer works for everybody: an account's own language would stand above the browser's.
func TestTheLanguageOfWhoIsSignedInIsTheAccountsOwn(t *testing.T) {
	eachDatabase(t, func(h *hub) {
		p := h.staff(cards.RoleReader)
		p.act("/compte", url.Values{"langue": {"fr"}, "courriel": {"ana@example.org"}}).leads("/compte")
		page := p.get("/demarrage").shows(http.StatusOK, `<html lang="fr">`)
		footer := page.body[strings.Index(page.body, "<footer>"):]
		if found := token.FindStringSubmatch(footer); found == nil || found[1] != p.token() {
			t.Error("the button's form carries no token")
		}
		p.act("/langue", url.Values{"langue": {"en"}, "retour": {"/demarrage"}}).leads("/demarrage")
		p.get("/demarrage").shows(http.StatusOK, `<html lang="en">`)
		h.staff(cards.RoleReader).get("/compte").shows(http.StatusOK, `<html lang="en">`, "ana@example.org")
		p.post("/langue", url.Values{"langue": {"fr"}}).shows(http.StatusForbidden)
		wantRecordedOf(t, h, "change-account", "compte adresse, langue", "compte langue")
	})
}
