package web_test

import (
	"context"
	"io"
	"net/http"
	"net/url"
	"os"
	"strconv"
	"strings"
	"sync/atomic"
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

// Whoever follows a link, of one of the hub's letters say, comes to where it leads once they have signed in; nobody to another site.
func TestSigningInLeadsToThePageThatWasAskedFor(t *testing.T) {
	h := newHub(t)
	h.staff(cards.RoleReader)
	p := h.visitor()
	byBrowser := func(r *http.Request) { r.Header.Set("Accept", "text/html,application/xhtml+xml") }
	p.get("/", byBrowser).leads("/connexion")
	p.get("/systeme/journal.csv", byBrowser).leads("/connexion")
	p.get("/documents/12?apres=3-4", byBrowser).leads("/connexion?vers=%2Fdocuments%2F12")
	part := p.get("/documents/12", byBrowser, func(r *http.Request) { r.Header.Set("HX-Request", "true") })
	if got := part.header.Get("HX-Redirect"); got != "/connexion?vers=%2Fdocuments%2F12" {
		t.Errorf("a part of a page leads to %q", got)
	}
	p.get("/connexion?vers=%2Fdocuments%2F12").shows(http.StatusOK, `name="vers" value="/documents/12"`, `name="retour" value="/connexion?vers=%2Fdocuments%2F12"`)
	form := url.Values{"nom": {"compte-reader"}, "mot-de-passe": {"pas le bon du tout"}, "vers": {"/documents/12"}}
	p.post("/connexion", form).shows(http.StatusUnauthorized, `name="vers" value="/documents/12"`)
	form.Set("mot-de-passe", password)
	p.post("/connexion", form).leads("/documents/12")
	p.get("/connexion?vers=%2Fdocuments%2F12").leads("/documents/12") // signed in already, in another window
	for _, elsewhere := range []string{"//ailleurs.example", "///ailleurs.example", "/\t/ailleurs.example", `/\ailleurs.example`, "https://ailleurs.example", "ailleurs"} {
		form.Set("vers", elsewhere)
		h.visitor().post("/connexion", form).leads("/")
		p.get("/connexion?" + url.Values{"vers": {elsewhere}}.Encode()).leads("/")
		p.act("/langue", url.Values{"langue": {"fr"}, "retour": {elsewhere}}).leads("/")
	}
}

// A form sent after its session ended did nothing, and whoever sent it is told so.
func TestAFormSentAfterTheSessionEndedIsToldToHaveDoneNothing(t *testing.T) {
	h := newHub(t)
	p := h.staff(cards.RoleOperator)
	form := url.Values{"jeton": {p.token()}}
	p.act("/deconnexion", nil).leads("/connexion")
	p.get("/connexion").hides("Rien n’a été fait")
	p.post("/conflits/1/garder", form).leads("/connexion")
	p.get("/connexion").shows(http.StatusOK, `role="alert">Rien n’a été fait`)
	p.get("/connexion").hides("Rien n’a été fait")
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
func TestTheLanguageChangesWhereOneIs(t *testing.T) {
	h := newHub(t)
	p := h.staff(cards.RoleAdministrator)
	back := func(path string) string { return `name="retour" value="` + path + `"` }
	p.get("/statistiques?mesure=fins&de=2025").shows(http.StatusOK, back("/statistiques?mesure=fins&amp;de=2025"))
	p.act("/langue", url.Values{"langue": {"fr"}, "retour": {"/statistiques?mesure=fins&de=2025"}}).leads("/statistiques?mesure=fins&de=2025")
	p.act("/fiches", nil).shows(http.StatusUnprocessableEntity, back("/fiches"))
	p.act("/systeme/comptes/1/supprimer", nil).shows(http.StatusUnprocessableEntity, back("/")) // nothing is shown at that address
}

func TestTheLanguageOfWhoIsSignedInIsTheAccountsOwn(t *testing.T) {
	eachDatabase(t, func(h *hub) {
		p := h.staff(cards.RoleReader)
		p.act("/compte", url.Values{"langue": {"fr"}, "courriel": {"ana@example.org"}}).leads("/compte")
		page := p.get("/demarrage").shows(http.StatusOK, `<html lang="fr">`)
		if _, footer, _ := strings.Cut(page.body, "<footer>"); token.FindString(footer) == "" {
			t.Error("the button's form carries no token")
		}
		p.act("/langue", url.Values{"langue": {"en"}, "retour": {"/demarrage"}}).leads("/demarrage")
		p.get("/demarrage").shows(http.StatusOK, `<html lang="en">`)
		h.staff(cards.RoleReader).get("/compte").shows(http.StatusOK, `<html lang="en">`, "ana@example.org")
		p.post("/langue", url.Values{"langue": {"fr"}}).shows(http.StatusForbidden)
		wantRecordedOf(t, h, "change-account", "compte adresse, langue", "compte langue")
	})
}

// triedAccounts counts the passwords that are compared.
type triedAccounts struct {
	web.Accounts
	tries atomic.Int64
}

func (a *triedAccounts) SignIn(ctx context.Context, name, password string) (*cards.User, error) {
	a.tries.Add(1)
	return a.Accounts.SignIn(ctx, name, password)
}

// One address has so many tries, whatever names it invents, and what is refused for that costs no hash.
func TestOneAddressTriesSoManyNamesAndNoMore(t *testing.T) {
	now := time.Now()
	accounts := new(triedAccounts)
	h := newHub(t, func(o *web.Options) {
		accounts.Accounts, o.Accounts, o.Now = o.Accounts, accounts, func() time.Time { return now }
	})
	p := h.staff(cards.RoleReader)
	right := url.Values{"nom": {"compte-reader"}, "mot-de-passe": {password}}
	const allowed = 30
	for i := range allowed {
		p.post("/connexion", url.Values{"nom": {"nom-" + strconv.Itoa(i)}, "mot-de-passe": {"pas le bon du tout"}}).shows(http.StatusUnauthorized)
	}
	before := accounts.tries.Load()
	limited := p.post("/connexion", right).shows(http.StatusTooManyRequests, "61 secondes")
	if limited.header.Get("Retry-After") != "61" || accounts.tries.Load() != before {
		t.Errorf("Retry-After %q, %d passwords compared", limited.header.Get("Retry-After"), accounts.tries.Load()-before)
	}
	now = now.Add(time.Minute)
	p.post("/connexion", right).leads("/")
}

// Libraries behind one address do not add up, as who signs in is forgiven what they mistyped; but one account is no way to go on
// guessing at others.
func TestSigningInForgivesWhatOneMistypedOneself(t *testing.T) {
	now := time.Now()
	h := newHub(t, func(o *web.Options) { o.Now = func() time.Time { return now } })
	p := h.staff(cards.RoleReader)
	const allowed = 30
	try := func(name, typed string) answer {
		return p.post("/connexion", url.Values{"nom": {name}, "mot-de-passe": {typed}})
	}
	for range allowed {
		try("compte-reader", "pas le bon du tout").shows(http.StatusUnauthorized)
		try("compte-reader", password).leads("/")
	}
	for range allowed {
		try("compte-x", "pas le bon du tout").shows(http.StatusUnauthorized)
		if got := try("compte-reader", password).status; got == http.StatusTooManyRequests {
			break
		}
	}
	try("compte-x", "pas le bon du tout").shows(http.StatusTooManyRequests)
}

// Who sits down at somebody's session does not guess their password there: a try counts before it is made, as at the sign-in. The
// session stays open for all else.
func TestTriesAtOnesOwnPasswordCountAsAtTheSignIn(t *testing.T) {
	now := time.Now()
	limiter := new(openDoor)
	h := newHub(t, func(o *web.Options) { o.Limiter, o.Now = limiter, func() time.Time { return now } })
	p := h.staff(cards.RoleReader)
	const other = "une tout autre phrase"
	change := func(old, again string) answer {
		return p.act("/compte/mot-de-passe", url.Values{"ancien": {old}, "mot-de-passe": {other}, "encore": {again}})
	}
	const allowed = 30
	for range allowed {
		change(password, "différente").shows(http.StatusUnprocessableEntity) // no try
		change("fausse phrase longue", other).shows(http.StatusUnprocessableEntity)
	}
	if limited := change(password, other).shows(http.StatusTooManyRequests, "61 secondes"); limited.header.Get("Retry-After") != "61" {
		t.Errorf("Retry-After %q", limited.header.Get("Retry-After"))
	}
	if tries := limiter.failed[cards.PasswordTries("compte-reader", "127.0.0.1")]; tries != allowed {
		t.Errorf("counted %v", limiter.failed)
	}
	p.get("/compte").shows(http.StatusOK)
	now = now.Add(time.Minute)
	change(password, other).leads("/compte")
	change("fausse phrase longue", other).shows(http.StatusUnprocessableEntity) // the tries before are forgiven
}

// What is no form of a page, or is larger than any, is read by nobody.
func TestFormsAreBounded(t *testing.T) {
	h := newHub(t)
	h.staff(cards.RoleAdministrator)
	large := url.Values{"nom": {strings.Repeat("a", 256<<10)}}
	parts := func(r *http.Request) { r.Header.Set("Content-Type", "multipart/form-data; boundary=x") }
	for _, path := range []string{"/connexion", "/deconnexion", "/premier-compte", "/langue", "/fiches"} {
		p := h.visitor()
		p.post(path, large).shows(http.StatusRequestEntityTooLarge, "trop long")
		p.do(http.MethodPost, path, "--x\r\nContent-Disposition: form-data; name=\"langue\"\r\n\r\nen\r\n--x--\r\n", parts).
			shows(http.StatusUnprocessableEntity, "Rien n’a été fait")
	}
	p := h.staff(cards.RoleAdministrator)
	p.act("/systeme/comptes", large).shows(http.StatusRequestEntityTooLarge)
}

// A page that is only looked at takes no body: what net/http would keep of one in a temporary folder has no bound.
func TestNothingIsReadOfABodyThatComesWithAGet(t *testing.T) {
	h := newHub(t)
	h.staff(cards.RoleReader)
	kept := t.TempDir()
	t.Setenv("TMPDIR", kept)
	const beyondMemory = 48 << 20
	file := "--x\r\nContent-Disposition: form-data; name=\"f\"; filename=\"f\"\r\n\r\n" + strings.Repeat("a", beyondMemory)
	left := make(chan struct{})
	body, sent := io.Pipe()
	go func() {
		defer close(left)
		_, _ = io.WriteString(sent, file)
		entries, err := os.ReadDir(kept)
		if err != nil || len(entries) > 0 {
			t.Errorf("of a stranger's body %d files were kept, error %v", len(entries), err)
		}
		_ = sent.Close()
	}()
	request, err := http.NewRequestWithContext(t.Context(), http.MethodGet, h.url+"/connexion", body)
	if err != nil {
		t.Fatal(err)
	}
	request.Header.Set("Content-Type", "multipart/form-data; boundary=x")
	answer, err := h.visitor().client.Do(request)
	if err == nil {
		_ = answer.Body.Close()
	}
	_ = body.Close()
	<-left
}

// brokenAudit takes nothing.
type brokenAudit struct{}

func (brokenAudit) Record(context.Context, cards.AuditEntry) error {
	return cards.Errorf(cards.Unavailable, "Le journal d’audit ne peut pas être écrit.")
}

func TestNobodyIsLetInUnrecorded(t *testing.T) {
	h := newHub(t, func(o *web.Options) { o.Audit = brokenAudit{} })
	made, err := h.db.AddAccount(t.Context(), cards.User{Name: "alix", Role: cards.RoleReader}, "", password)
	if err != nil {
		t.Fatal(err)
	}
	p := h.visitor()
	p.post("/connexion", url.Values{"nom": {made.Name}, "mot-de-passe": {password}}).shows(http.StatusServiceUnavailable)
	p.get("/demarrage").leads("/connexion")
}
