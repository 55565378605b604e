package web_test

import (
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"

	"github.com/carte-reseau/hub/internal/cards"
)

// recordedOf lists what was recorded of one action, without its actor, oldest first.
func recordedOf(h *hub, action string) []string {
	h.t.Helper()
	var list []string
	for _, entry := range h.recorded() {
		if _, said, found := strings.Cut(entry, " "+action); found {
			list = append(list, strings.TrimSpace(said))
		}
	}
	return list
}

func wantRecordedOf(t *testing.T, h *hub, action string, want ...string) {
	t.Helper()
	if got := recordedOf(h, action); !slices.Equal(got, want) {
		t.Errorf("%s: recorded %q, want %q", action, got, want)
	}
}

// What was done to an account is told with its name: its number means nothing once it is removed.
func TestTheLogTellsWhatWasDoneToWhom(t *testing.T) {
	eachDatabase(t, func(h *hub) {
		p := h.staff(cards.RoleAdministrator)
		account := url.Values{"nom": {"zoé"}, "role": {"reader"}, "courriel": {"zoe@example.org"}, "mot-de-passe": {password}}
		p.act("/systeme/comptes", account).leads("/systeme/comptes")
		p.act("/systeme/comptes", account).shows(http.StatusUnprocessableEntity)
		wantRecordedOf(t, h, "create-user", "« zoé », rôle reader", "« zoé », rôle reader", "« zoé », rôle reader, échec : conflict")

		const path = "/systeme/comptes/2"
		p.get(path).shows(http.StatusOK, "zoé")
		wantRecordedOf(t, h, "get-user", "compte 2 « zoé »")
		p.act(path, url.Values{"role": {"operator"}, "courriel": {"autre@example.org"}, "langue": {"en"}, "desactive": {"1"}}).leads("/systeme/comptes")
		again := p.filledIn(path)
		again.Del("desactive")
		p.act(path, again).leads("/systeme/comptes")
		p.act(path, url.Values{"role": {"roi"}, "courriel": {"autre@example.org"}, "langue": {"en"}}).shows(http.StatusUnprocessableEntity)
		wantRecordedOf(t, h, "change-user", "compte 2 « zoé », adresse, langue, rôle operator, désactivé", "compte 2 « zoé », activé",
			"compte 2 « zoé »", "compte 2 « zoé », échec : invalid")

		p.act(path+"/supprimer", url.Values{"confirmation": {"zoé"}}).leads("/systeme/comptes")
		wantRecordedOf(t, h, "remove-user", "compte 2 « zoé »")
		if all := strings.Join(h.recorded(), "\n"); strings.Contains(all, "example.org") {
			t.Errorf("an address is recorded: %s", all)
		}
	})
}

func TestTheLogTellsWhatPeopleChangeOfTheirOwnAccount(t *testing.T) {
	h := newHub(t)
	p := h.staff(cards.RoleReader)
	own := url.Values{"courriel": {"ana@example.org"}, "alerte": {"silence", "courriels"}}
	p.act("/compte", own).leads("/compte")
	p.act("/compte", own).leads("/compte")
	wantRecordedOf(t, h, "change-account", "compte adresse, alertes", "compte")
}

func TestTheLogTellsWhichLibraryWasEntered(t *testing.T) {
	h := newHub(t)
	p := h.staff(cards.RoleAdministrator)
	settings := newLibrary("mours")
	settings.Set("code", " Mours ")
	p.act("/nouvelle-bibliotheque", settings).shows(http.StatusOK)
	settings.Set("code", "Zoé Martin")
	p.act("/nouvelle-bibliotheque", settings).shows(http.StatusUnprocessableEntity)
	wantRecordedOf(t, h, "create-library", "bibliotheque mours", "", "échec : invalid")
}

// Who reads the accounts or the log is in the log, once for each page that is opened: these pages do not refresh themselves.
func TestReadingTheAccountsAndTheLogIsRecorded(t *testing.T) {
	h := newHub(t)
	p := h.staff(cards.RoleAdministrator)
	for _, path := range []string{"/systeme/comptes", "/systeme/comptes/1", "/systeme/journal"} {
		p.get(path).shows(http.StatusOK).hides("data-on=")
	}
	h.staff(cards.RoleOperator).get("/systeme/journal").shows(http.StatusForbidden)
	wantRecordedOf(t, h, "list-users", "")
	wantRecordedOf(t, h, "get-user", "compte 1 « compte-administrator »")
	wantRecordedOf(t, h, "list-audit", "")
}
