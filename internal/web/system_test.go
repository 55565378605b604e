package web_test

import (
	"context"
	"html"
	"net/http"
	"net/url"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/carte-reseau/hub/internal/cards"
	"github.com/carte-reseau/hub/internal/store/storetest"
	"github.com/carte-reseau/hub/internal/web"
)

// machineFacts is a machine that never changes.
type machineFacts struct{}

func (machineFacts) Facts(context.Context) (web.Facts, error) {
	return web.Facts{
		Database: "SQLite", Schema: 7, DatabaseSize: 12_000_000, DataFolder: "/var/lib/hub", SMTP: "smtp://courriel.example.org",
		Machine: cards.Machine{DiskFree: 1 << 30, DiskSize: 100 << 30, Certificate: time.Now().AddDate(0, 0, 10)},
	}, nil
}

func TestTheSystemShowsItsStateAndToAdministratorsItsSettings(t *testing.T) {
	eachDatabase(t, func(h *hub) {
		p := h.staff(cards.RoleReader)
		mours := storetest.Library(t, h.db, "mours")
		storetest.Library(t, h.db, "peyrins")
		storetest.Send(t, h.db, mours, storetest.Card("A1"), storetest.Card("A2"))
		if _, err := h.db.StoreDeposit(t.Context(), cards.Deposit{LibraryID: mours.ID, Door: cards.DoorPost, Arrived: time.Now()}, []byte("<cartes/>"), "", 0); err != nil {
			t.Fatal(err)
		}
		p.get("/systeme").shows(http.StatusOK, "Documents à intégrer</dt><dd>1<", "Cartes à livrer</dt><dd>2<", "SQLite, schéma 7", "Quelque chose demande", "marqué plus bas", "1.2.3").hides("Aucun problème", "/var/lib/hub", "courriel.example.org", "/systeme/comptes")
		p = h.staff(cards.RoleAdministrator)
		p.lang = "en"
		p.get("/systeme").shows(http.StatusOK, "/var/lib/hub", "smtp://courriel.example.org", "days left", "/systeme/comptes")
	})
}

func (h *hub) queueMail(to, subject string) {
	h.t.Helper()
	if err := h.db.QueueMail(h.t.Context(), cards.Message{To: to, Subject: subject, Body: "La carte de Zoé"}); err != nil {
		h.t.Fatal(err)
	}
}

func TestOperatorsLookAfterTheMails(t *testing.T) {
	eachDatabase(t, func(h *hub) {
		h.queueMail("mours@example.org", "Cartes refusées dans « Zoe.xml »")
		h.staff(cards.RoleReader).get("/systeme/courriels").shows(http.StatusForbidden)
		p := h.staff(cards.RoleOperator)
		p.get("/systeme/courriels").shows(http.StatusOK, "Cartes refusées dans « … »", "mours@example.org", "Relancer").hides("Zoé", "Zoe.xml")
		mails, err := h.db.Mails(t.Context(), cards.OutboxQuery{Limit: 1})
		if err != nil || len(mails) != 1 {
			t.Fatal(mails, err)
		}
		path := "/systeme/courriels/" + strconv.FormatInt(mails[0].ID, 10)
		p.get(path).shows(http.StatusOK, "La carte de Zoé")
		if err := h.db.MailFailed(t.Context(), mails[0].ID, cards.Say("le serveur de courriel ne répond pas dans le délai"), time.Now(), false); err != nil {
			t.Fatal(err)
		}
		p.get(path).shows(http.StatusOK, "1 essai.", "Le serveur de courriel ne répond pas")
		p.act(path+"/relancer", nil).leads("/systeme/courriels")
		p.act(path+"/supprimer", nil).shows(http.StatusConflict)
		p.get("/systeme/courriels/999").shows(http.StatusNotFound)
		wantRecorded(t, h, "compte-operator view-mail courriel 1", "compte-operator retry-mail courriel 1", "compte-operator drop-mail courriel 1 échec")
		mails[0].Lightened = cards.Quote("parti sans ses pièces jointes")
		if err := h.db.MailSent(t.Context(), &mails[0].Message); err != nil {
			t.Fatal(err)
		}
		p.get(path).shows(http.StatusOK, "Parti sans ses pièces jointes")
	})
}

func wantRecorded(t *testing.T, h *hub, wanted ...string) {
	t.Helper()
	all := strings.Join(h.recorded(), "\n")
	for _, want := range wanted {
		if !strings.Contains(all, want) {
			t.Errorf("not recorded: %s\n%s", want, all)
		}
	}
}

var once = regexp.MustCompile(`<code id="cle">([^<]+)</code>`)

func secretOf(t *testing.T, a answer) string {
	t.Helper()
	found := once.FindStringSubmatch(a.body)
	if found == nil {
		t.Fatalf("no secret is shown: %s", a.body)
	}
	return found[1]
}

func TestAdministratorsLookAfterAccounts(t *testing.T) {
	eachDatabase(t, func(h *hub) {
		h.staff(cards.RoleOperator).get("/systeme/comptes").shows(http.StatusForbidden)
		p := h.staff(cards.RoleAdministrator)
		a := p.act("/systeme/comptes", url.Values{"nom": {"zoé"}, "role": {"reader"}, "courriel": {"zoe@example.org"}}).shows(http.StatusOK, "Montré une seule fois")
		made, err := h.db.SignIn(t.Context(), "zoé", secretOf(t, a))
		if err != nil {
			t.Fatal(err)
		}
		path := "/systeme/comptes/" + strconv.FormatInt(made.ID, 10)
		p.act("/systeme/comptes", url.Values{"nom": {"zoé"}, "role": {"reader"}}).shows(http.StatusUnprocessableEntity, "Il y a déjà un compte")
		p.act("/systeme/comptes", url.Values{"nom": {"yan"}, "role": {"roi"}}).shows(http.StatusUnprocessableEntity, `value="yan"`)
		p.act("/systeme/comptes", url.Values{"nom": {"yan"}, "role": {"operator"}, "mot-de-passe": {password}}).leads("/systeme/comptes")
		p.get("/systeme/comptes").shows(http.StatusOK, "Le compte est créé", "yan", "opérateur")
		p.act(path, url.Values{"role": {"operator"}, "courriel": {"autre@example.org"}, "langue": {"en"}}).leads("/systeme/comptes")
		key := secretOf(t, p.act(path+"/cle", nil))
		if u, err := h.db.AuthenticateUser(t.Context(), key); err != nil || u.Role != cards.RoleOperator || u.Email != "autre@example.org" {
			t.Errorf("%+v %v", u, err)
		}
		p.act(path+"/sans-cle", nil).leads("/systeme/comptes")
		if _, err := h.db.AuthenticateUser(t.Context(), key); cards.CodeOf(err) != cards.Unauthorized {
			t.Errorf("the key still opens: %v", err)
		}
		fresh := secretOf(t, p.act(path+"/mot-de-passe", nil))
		if _, err := h.db.SignIn(t.Context(), "zoé", fresh); err != nil {
			t.Error(err)
		}
		p.act(path+"/supprimer", url.Values{"confirmation": {"zo"}}).shows(http.StatusUnprocessableEntity, "Rien n’a été fait")
		p.act(path+"/supprimer", url.Values{"confirmation": {"zoé"}}).leads("/systeme/comptes")
		p.get(path).shows(http.StatusNotFound)
		wantRecorded(t, h, "set-user-key compte "+strconv.FormatInt(made.ID, 10)+" « zoé »")
	})
}

// Two colleagues have one account's form open: what the first changes stays when the second saves something else.
func TestAnAccountsFormChangesOnlyWhatWasChangedInIt(t *testing.T) {
	eachDatabase(t, func(h *hub) {
		p := h.staff(cards.RoleAdministrator)
		made, err := h.db.AddAccount(t.Context(), cards.User{Name: "zoé", Role: cards.RoleOperator, Email: "zoe@example.org"}, "", password)
		if err != nil {
			t.Fatal(err)
		}
		path := "/systeme/comptes/" + strconv.FormatInt(made.ID, 10)
		first, second := p.filledIn(path), p.filledIn(path)
		first.Set("desactive", "1")
		first.Set("role", "reader")
		p.act(path, first).leads("/systeme/comptes")
		second.Set("courriel", "pas une adresse")
		again := p.act(path, second).shows(http.StatusUnprocessableEntity, `value="pas une adresse"`)
		second = again.form(path)
		second.Set("courriel", "autre@example.org")
		p.act(path, second).leads("/systeme/comptes")
		if u, err := h.db.User(t.Context(), made.ID); err != nil || !u.Disabled || u.Role != cards.RoleReader || u.Email != "autre@example.org" {
			t.Errorf("%+v %v", u, err)
		}
		third := p.filledIn(path)
		third.Del("desactive")
		p.act(path, third).leads("/systeme/comptes")
		if u, err := h.db.User(t.Context(), made.ID); err != nil || u.Disabled {
			t.Errorf("%+v %v", u, err)
		}
	})
}

func TestTheLastAdministratorStays(t *testing.T) {
	h := newHub(t)
	p := h.staff(cards.RoleAdministrator)
	me, err := h.db.UserByName(t.Context(), "compte-administrator")
	if err != nil {
		t.Fatal(err)
	}
	path := "/systeme/comptes/" + strconv.FormatInt(me.ID, 10)
	p.act(path, url.Values{"role": {"reader"}}).shows(http.StatusUnprocessableEntity, "dernier administrateur")
	p.act(path+"/supprimer", url.Values{"confirmation": {me.Name}}).shows(http.StatusUnprocessableEntity, "dernier administrateur")
}

func TestPeopleChangeTheirOwnAccount(t *testing.T) {
	eachDatabase(t, func(h *hub) {
		p, elsewhere := h.staff(cards.RoleReader), h.staff(cards.RoleReader)
		p.get("/compte").shows(http.StatusOK, "compte-reader", "Connecté depuis", "bibliothèque silencieuse")
		p.act("/compte", url.Values{"courriel": {"ana@example.org"}, "langue": {"en"}, "alerte": {"silence", "courriels", "inconnue"}}).leads("/compte")
		p.get("/compte").shows(http.StatusOK, "My account", "ana@example.org", `value="silence" checked`)
		p.act("/compte", url.Values{"courriel": {"pas une adresse"}}).shows(http.StatusUnprocessableEntity)
		stale := p.filledIn("/compte")
		p.act("/langue", url.Values{"langue": {"fr"}}).leads("/")
		stale.Del("alerte")
		p.act("/compte", stale).leads("/compte")
		p.get("/compte").shows(http.StatusOK, "Mon compte", "ana@example.org").hides(" checked")
		p.act("/langue", url.Values{"langue": {"en"}}).leads("/")
		const other = "une tout autre phrase"
		change := func(old, again string) url.Values {
			return url.Values{"ancien": {old}, "mot-de-passe": {other}, "encore": {again}}
		}
		p.act("/compte/mot-de-passe", change("fausse phrase longue", other)).shows(http.StatusUnprocessableEntity, "The current password is another one")
		p.act("/compte/mot-de-passe", change(password, "différente")).shows(http.StatusUnprocessableEntity, "differ")
		p.act("/compte/mot-de-passe", change(password, other)).leads("/compte")
		p.get("/compte").shows(http.StatusOK, "The password is changed")
		elsewhere.get("/compte").leads("/connexion")
		key := secretOf(t, p.act("/compte/cle", nil))
		if u, err := h.db.AuthenticateUser(t.Context(), key); err != nil || u.Name != "compte-reader" {
			t.Errorf("%+v %v", u, err)
		}
		p.act("/compte/sans-cle", nil).leads("/compte")
		if logs := h.logs.String(); strings.Contains(logs, "ana@example.org") || strings.Contains(logs, key) {
			t.Errorf("the log says too much: %s", logs)
		}
	})
}

func TestTheLogOfWhoDidWhatIsShownFilteredAndTakenAway(t *testing.T) {
	eachDatabase(t, func(h *hub) {
		for i := range 60 {
			e := cards.AuditEntry{Actor: "=ana", Role: cards.RoleOperator, Door: cards.AuditPages, Action: "keep-conflict", Subject: cards.SubjectConflict(int64(i + 1))}
			if err := h.db.Record(t.Context(), e); err != nil {
				t.Fatal(err)
			}
		}
		h.staff(cards.RoleOperator).get("/systeme/journal").shows(http.StatusForbidden)
		p := h.staff(cards.RoleAdministrator)
		page := p.get("/systeme/journal?action=keep-conflict").shows(http.StatusOK, "Conflit — valeur gardée", "conflit 60", "avant=").hides("conflit 9<")
		more := regexp.MustCompile(`href="(\?[^"]*avant=[^"]*)"`).FindStringSubmatch(page.body)
		p.get("/systeme/journal"+html.UnescapeString(more[1])).shows(http.StatusOK, "conflit 9<", "conflit 1<").hides("conflit 60", "Plus anciens")
		p.get("/systeme/journal?sujet=conflit+7&compte=%3Dana").shows(http.StatusOK, "conflit 7<").hides("conflit 8<")
		p.get("/systeme/journal?au=2001-01-01").shows(http.StatusOK, "Rien de tel")
		p.get("/systeme/journal?du=hier").shows(http.StatusUnprocessableEntity, "AAAA-MM-JJ")
		file := p.get("/systeme/journal.csv?action=keep-conflict").shows(http.StatusOK, "\ufeffNuméro;Quand", "'=ana", "conflit 1;")
		if lines := strings.Count(file.body, "\r\n"); lines != 61 {
			t.Errorf("%d lines", lines)
		}
		wantRecorded(t, h, "compte-administrator export-audit journal")

		e := cards.AuditEntry{Actor: "ana", Role: cards.RoleAdministrator, Door: cards.AuditPages, Action: "change-library", Subject: cards.SubjectLibrary("mours"), Detail: "rôle administrator"}
		if err := h.db.Record(t.Context(), e); err != nil {
			t.Fatal(err)
		}
		for _, typed := range []string{"biblioth%C3%A8que+mours", "bibliotheque+mours"} {
			p.get("/systeme/journal?sujet="+typed).shows(http.StatusOK, "bibliothèque mours</span>", "rôle administrateur<")
			p.get("/systeme/journal.csv?sujet="+typed).shows(http.StatusOK, ";administrateur;", ";bibliothèque mours;rôle administrateur")
		}
	})
}

var choices = regexp.MustCompile(`<option value="([a-z-]+)">([^<]+)</option>`)

// Each action the pages or other doors record has its words, in both languages.
func TestEveryActionIsSaidInPlainWords(t *testing.T) {
	h := newHub(t)
	p := h.staff(cards.RoleAdministrator)
	for _, p.lang = range []string{"fr", "en"} {
		found := choices.FindAllStringSubmatch(p.get("/systeme/journal").body, -1)
		if len(found) < 40 {
			t.Fatalf("only %d actions", len(found))
		}
		for _, m := range found {
			if m[2] == m[1] || strings.HasPrefix(m[2], "action.") {
				t.Errorf("%s has no words in %s", m[1], p.lang)
			}
		}
	}
}
