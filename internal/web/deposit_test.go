package web_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/carte-reseau/hub/internal/cards"
	"github.com/carte-reseau/hub/internal/intake"
	"github.com/carte-reseau/hub/internal/store"
	"github.com/carte-reseau/hub/internal/store/storetest"
	"github.com/carte-reseau/hub/internal/web"
)

func cardXML(number, phone string) string {
	return "<carte><numero>" + number + "</numero><nom>Dupré</nom><prenom>Hélène</prenom><telephone>" + phone + "</telephone>" +
		"<inscription><premiere>2024-09-03</premiere><fin>2099-09-09</fin></inscription></carte>\n"
}

// wrongXML lacks what a card must have.
func wrongXML(number string) string {
	return "<carte><numero>" + number + "</numero><prenom>Hélène</prenom><inscription><premiere>2024-09-03</premiere></inscription></carte>\n"
}

func documentXML(library string, list ...string) string {
	return `<?xml version="1.0" encoding="UTF-8"?>` + "\n" + `<cartes xmlns="urn:carte-reseau:1" etablissement="` + library + `">` + "\n" + strings.Join(list, "") + "</cartes>\n"
}

// bring takes a document in as staff bring it, and brings it to its end.
func (h *hub) bring(l *cards.Library, name, document string, simulate bool) int64 {
	h.t.Helper()
	in := intake.New(h.db, intake.Options{MaxDocument: 1 << 24})
	id, err := in.Receive(h.t.Context(), cards.Deposit{LibraryID: l.ID, Library: l.Code, Door: cards.DoorImport, Name: name, Simulate: simulate, Arrived: time.Now()},
		strings.NewReader(document))
	if err != nil {
		h.t.Fatal(err)
	}
	h.resume()
	return id
}

// resume does what the job of deposits does.
func (h *hub) resume() {
	h.t.Helper()
	if err := intake.New(h.db, intake.Options{MaxDocument: 1 << 24}).Resume(h.t.Context()); err != nil {
		h.t.Fatal(err)
	}
}

func manyXML(library string, n int, phone string) string {
	list := make([]string, n)
	for i := range list {
		list[i] = cardXML(fmt.Sprintf("M%06d", i), phone)
	}
	return documentXML(library, list...)
}

func TestADepositShowsWhatWasRefusedAndWhy(t *testing.T) {
	eachDatabase(t, func(h *hub) {
		reader, p := h.staff(cards.RoleReader), h.staff(cards.RoleOperator)
		mours := storetest.Library(t, h.db, "mours")
		storetest.Send(t, h.db, mours, storetest.Card("FAUX-1"))
		list := []string{cardXML("A1", "04 75 00 00 00"), wrongXML("FAUX-1")}
		for i := range 60 {
			list = append(list, wrongXML(fmt.Sprintf("AUTRE-%02d", i)))
		}
		id := h.bring(mours, "adherents de Zoé.xml", documentXML("mours", list...), false)
		path := fmt.Sprintf("/documents/%d", id)
		page := p.get(path).shows(http.StatusOK, "Intégré en partie", "adherents de Zoé.xml", "FAUX-1", "/fiches/"+h.cardID("FAUX-1"), "AUTRE-00", "Fichier chargé",
			"/rejouer", path+"/document.xml", path+"/rapport.xml").hides("AUTRE-59", "every 2s")
		wantLast(t, h, fmt.Sprintf("compte-operator view-deposit depot %d montre cartes %s", id, h.cardID("FAUX-1")))
		_, rest, _ := strings.Cut(page.body, "?apres=")
		next, _, _ := strings.Cut(rest, `"`)
		p.get(path+"?apres="+next).shows(http.StatusOK, "AUTRE-59").hides("FAUX-1")
		p.get(path + "?apres=x").shows(http.StatusUnprocessableEntity)
		reader.get(path).shows(http.StatusOK, "FAUX-1").hides("/rejouer", "/document.xml")
		reader.get(path + "/document.xml").shows(http.StatusForbidden)
		reader.lang = "en"
		reader.get(path).shows(http.StatusOK, "Refused cards", `lang="fr"`)

		file := p.get(path + "/document.xml")
		if file.status != http.StatusOK || !strings.Contains(file.body, "<numero>A1</numero>") ||
			file.header.Get("Content-Disposition") != fmt.Sprintf(`attachment; filename="depot-%d.xml"`, id) || file.header.Get("Content-Type") != "application/xml" {
			t.Errorf("%d %v %.300s", file.status, file.header, file.body)
		}
		wantLast(t, h, fmt.Sprintf("compte-operator get-deposit-document depot %d", id))
		report := reader.get(path+"/rapport.xml").shows(http.StatusOK, `statut="partiel"`, "FAUX-1")
		if report.header.Get("Content-Disposition") != fmt.Sprintf(`attachment; filename="rapport-%d.xml"`, id) {
			t.Errorf("%v", report.header)
		}
		wantLast(t, h, fmt.Sprintf("compte-reader get-deposit-report depot %d", id))

		p.act(path+"/rejouer", nil).leads(fmt.Sprintf("/documents/%d", id+1))
		wantLast(t, h, fmt.Sprintf("compte-operator retry-deposit depot %d", id))
		waiting := p.get(fmt.Sprintf("/documents/%d", id+1)).shows(http.StatusOK, "En cours", "every 2s", "Mêmes octets que").hides("FAUX-1")
		waiting.hides("/rapport.xml")
		p.get(fmt.Sprintf("/documents/%d/rapport.xml", id+1)).shows(http.StatusServiceUnavailable).hides("attachment")
		before := len(h.recorded())
		p.get(fmt.Sprintf("/documents/%d", id+1), func(r *http.Request) { r.Header.Set("HX-Request", "true") }).shows(http.StatusOK, "En cours").hides("<html", "Zoé")
		if after := len(h.recorded()); after != before {
			t.Errorf("following a deposit fills the audit log: %d entries more", after-before)
		}
		p.get("/documents/99").shows(http.StatusNotFound)
		p.get("/documents/99/document.xml").shows(http.StatusNotFound)
		if strings.Contains(h.logs.String(), "Zoé") {
			t.Error("the log holds a file's name")
		}
	})
}

func TestADocumentRefusedAsAWholeSaysWhy(t *testing.T) {
	h := newHub(t)
	p := h.staff(cards.RoleReader)
	mours := storetest.Library(t, h.db, "mours")
	id := h.bring(mours, "x.xml", "<cartes", false)
	p.get(fmt.Sprintf("/documents/%d", id)).shows(http.StatusOK, "Le document entier a été refusé", `class="fault"`, "Refusé")
}

func TestSuspendedDepositsAreDecidedOnThePages(t *testing.T) {
	eachDatabase(t, func(h *hub) {
		reader, p := h.staff(cards.RoleReader), h.staff(cards.RoleOperator)
		mours := storetest.Library(t, h.db, "mours")
		h.bring(mours, "a.xml", manyXML("mours", 600, "04 75 00 00 00"), false)
		second := h.bring(mours, "b.xml", manyXML("mours", 600, "04 75 11 11 11"), false)
		third := h.bring(mours, "c.xml", manyXML("mours", 600, "04 75 22 22 22"), false)
		p.get("/a-decider").leads("/a-decider/depots")
		p.get("/a-decider/depots").shows(http.StatusOK, fmt.Sprintf(`id="depot-%d"`, second), fmt.Sprintf(`id="depot-%d"`, third), "600", "Téléphone", "Laisser passer").hides("b.xml")
		reader.get("/a-decider/depots").shows(http.StatusOK, "600").hides("/accepter")
		path := fmt.Sprintf("/documents/%d", second)
		p.get(path).shows(http.StatusOK, "Suspendu", "Ce qu’il ferait", "Téléphone", path+"/accepter", path+"/ecarter")
		reader.get(path).shows(http.StatusOK, "Ce qu’il ferait").hides("/accepter")
		reader.act(path+"/accepter", nil).shows(http.StatusForbidden)
		p.act(path+"/ecarter", url.Values{"motif": {"  "}}).shows(http.StatusUnprocessableEntity, "Un motif")
		long := strings.Repeat("Un seul téléphone pour tous. ", 20)
		for _, list := range []string{"", "1"} {
			again := p.act(path+"/ecarter", url.Values{"motif": {long}, "liste": {list}}).shows(http.StatusUnprocessableEntity, `role="alert"`, "Ce qu’il ferait", path+"/accepter")
			if typed := again.form(path + "/ecarter").Get("motif"); typed != long {
				t.Errorf("of the reason %q is left", typed)
			}
		}
		p.act(path+"/accepter", url.Values{"liste": {"1"}}).leads("/a-decider/depots")
		p.get("/a-decider/depots").shows(http.StatusOK, "Le dépôt passe").hides(fmt.Sprintf(`id="depot-%d"`, second))
		p.act(path+"/accepter", nil).leads(path)
		p.get(path).shows(http.StatusOK, "Rien n’a été fait")
		refused := fmt.Sprintf("/documents/%d", third)
		p.act(refused+"/ecarter", url.Values{"motif": {"Un seul téléphone pour tous."}}).leads(refused)
		wantLast(t, h, fmt.Sprintf("compte-operator refuse-deposit depot %d", third))
		h.resume()
		p.get(path).shows(http.StatusOK, "laissé passer", "décidé par compte-operator", "Intégré")
		p.get(refused).shows(http.StatusOK, "écarté,", "Un seul téléphone pour tous.")
	})
}

// What was simulated is integrated for real from the same bytes, once.
func TestASimulationIsIntegratedForReal(t *testing.T) {
	eachDatabase(t, func(h *hub) {
		reader, p := h.staff(cards.RoleReader), h.staff(cards.RoleOperator)
		mours := storetest.Library(t, h.db, "mours")
		id := h.bring(mours, "adherents.xml", documentXML("mours", cardXML("A1", "04 75 00 00 00"), wrongXML("FAUX-1")), true)
		path := fmt.Sprintf("/documents/%d", id)
		p.get(path).shows(http.StatusOK, "Simulation", "rien n’a été changé", "Ce qu’il ferait", "FAUX-1", "1 carte serait refusée", path+"/integrer")
		reader.get(path).shows(http.StatusOK, "Simulation").hides("/integrer")
		reader.act(path+"/integrer", nil).shows(http.StatusForbidden)
		if _, err := h.db.OAIID(t.Context(), "A1"); cards.CodeOf(err) != cards.NotFound {
			t.Errorf("a simulation made a card: %v", err)
		}
		made := fmt.Sprintf("/documents/%d", id+1)
		p.act(path+"/integrer", nil).leads(made)
		wantLast(t, h, fmt.Sprintf("compte-operator integrate-deposit depot %d", id))
		h.resume()
		p.get(made).shows(http.StatusOK, "Intégré en partie", "L’intégration commence", "FAUX-1").hides("Ce qu’il ferait")
		h.cardID("A1")
		p.act(path+"/integrer", nil).shows(http.StatusConflict, `role="alert"`, fmt.Sprintf("a déjà été intégré : c’est le dépôt n° %d", id+1), "Simulation")
		p.act(made+"/integrer", nil).shows(http.StatusConflict, "n’est pas une simulation terminée")
	})
}

// What was refused is tried again while its library is there and its bytes are kept; else who asks is told what is the matter.
func TestADepositThatCannotBeTriedAgainSaysWhy(t *testing.T) {
	eachDatabase(t, func(h *hub) {
		p := h.staff(cards.RoleOperator)
		mours, peyrins := storetest.Library(t, h.db, "mours"), storetest.Library(t, h.db, "peyrins")
		left := fmt.Sprintf("/documents/%d", h.bring(mours, "a.xml", documentXML("mours", wrongXML("FAUX-1")), false))
		simulated := fmt.Sprintf("/documents/%d", h.bring(mours, "b.xml", documentXML("mours", cardXML("A1", "04 75 00 00 00")), true))
		twice := fmt.Sprintf("/documents/%d", h.bring(peyrins, "c.xml", documentXML("peyrins", wrongXML("FAUX-2")), false))
		p.get(left).shows(http.StatusOK, left+"/rejouer")
		p.get(simulated).shows(http.StatusOK, simulated+"/integrer")
		if err := h.db.RemoveLibrary(t.Context(), mours.ID); err != nil {
			t.Fatal(err)
		}
		p.get(left).shows(http.StatusOK, "FAUX-1", "Bibliothèque de mours", "n’est plus dans le réseau").hides("/rejouer")
		p.get(simulated).shows(http.StatusOK, "Simulation").hides("/integrer")
		const mend = "remettez-la dans le réseau et chargez sur sa page ce document, ou un nouvel export"
		p.act(left+"/rejouer", nil).shows(http.StatusConflict, `role="alert"`, "n’est plus dans le réseau", mend, "FAUX-1")
		p.act(simulated+"/integrer", nil).shows(http.StatusConflict, "n’est plus dans le réseau", mend)
		p.act(twice+"/rejouer", nil)
		p.act(twice+"/rejouer", nil).shows(http.StatusConflict, "est déjà en train d’être rejoué")
		p.get(twice).hides("quelqu’un a déjà décidé")
		p.act("/documents/99/rejouer", nil).shows(http.StatusNotFound)
		p.lang = "en"
		p.act(left+"/rejouer", nil).shows(http.StatusConflict, "is no longer in the network")
	})
}

// breakingReports break off behind their beginning.
type breakingReports struct{}

var errDisk = errors.New("disk I/O error")

func (breakingReports) WriteReport(_ context.Context, _ *cards.Deposit, _ bool, w io.Writer) error {
	_, _ = io.WriteString(w, "<rapport>")
	return errDisk
}

// What is cut short does not look whole, and who runs the hub learns why it was.
func TestADownloadThatBreaksOffIsLogged(t *testing.T) {
	h := newHub(t, func(o *web.Options) {
		o.Pages = []web.Page{web.DepositPage(o.Accounts.(*store.Store), breakingReports{})}
	})
	p := h.staff(cards.RoleReader)
	id := h.bring(storetest.Library(t, h.db, "mours"), "adherents.xml", documentXML("mours", cardXML("A1", "04 75 00 00 00")), false)
	request, err := http.NewRequestWithContext(t.Context(), http.MethodGet, fmt.Sprintf("%s/documents/%d/rapport.xml", h.url, id), nil)
	if err != nil {
		t.Fatal(err)
	}
	if answer, err := p.client.Do(request); err == nil {
		_, err = io.ReadAll(answer.Body)
		_ = answer.Body.Close()
		if err == nil {
			t.Error("a report that broke off looks whole")
		}
	}
	if !strings.Contains(h.logs.String(), errDisk.Error()) {
		t.Errorf("nothing tells why it broke off: %q", h.logs)
	}
}
