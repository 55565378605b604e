package web_test

import (
	"bufio"
	"bytes"
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"mime/multipart"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/carte-reseau/hub/internal/cards"
	"github.com/carte-reseau/hub/internal/exchange"
	"github.com/carte-reseau/hub/internal/store/storetest"
	"github.com/carte-reseau/hub/internal/web"
)

// One look tells whether all is well, and which library is not.
func TestTheNetworkAtAGlance(t *testing.T) {
	eachDatabase(t, func(h *hub) {
		mours := storetest.Library(h.t, h.db, "mours")
		peyrins := storetest.Library(h.t, h.db, "peyrins", func(l *cards.Library) { l.Preparing = true })
		storetest.Send(h.t, h.db, mours, storetest.Card("A1"), storetest.Card("A2"))
		p := h.staff(cards.RoleReader)
		p.get("/").shows(http.StatusOK, "Tout va bien", "Bibliothèque de mours", "En préparation", "2 bibliothèques").
			hides("/nouvelle-bibliotheque", "Dupré", ">A1<")
		if err := h.db.PauseLibrary(h.t.Context(), mours.ID, cards.Quote("travaux")); err != nil {
			h.t.Fatal(err)
		}
		if err := h.db.SetAttention(h.t.Context(), peyrins.ID, cards.Quote("Sa clé a été refusée.")); err != nil {
			h.t.Fatal(err)
		}
		until(h.t, "the page shows the change", func() bool {
			body := p.get("/").body
			return strings.Contains(body, "Sa clé a été refusée.") && strings.Contains(body, "1 bibliothèque demande votre attention")
		})
		if body := p.get("/").body; strings.Index(body, "Bibliothèque de peyrins") > strings.Index(body, "Bibliothèque de mours") {
			h.t.Error("what needs a person does not stand first")
		}
		p.lang = "en"
		p.get("/").shows(http.StatusOK, "1 library asks for your attention", `Paused</span>`, ">travaux<").hides("paused: travaux") // the state has said so
		part := p.get("/", func(r *http.Request) { r.Header.Set("HX-Request", "true") }).shows(http.StatusOK, `<div id="reseau"`)
		part.hides("<html")
	})
}

// Before the hub's public address is set, the sheet for the vendor says that what stands on it leads nowhere from outside.
func TestASheetWithoutAPublicAddressIsNotToBeHandedOver(t *testing.T) {
	const warning = "Ne remettez pas encore cette fiche"
	address := "/etablissements/mours/fiche"
	set := newHub(t)
	storetest.Library(t, set.db, "mours")
	set.staff(cards.RoleReader).get(address).shows(http.StatusOK, "HTTP Basic").hides(warning)

	db := storetest.Open(t, storetest.SQLiteDatabase(t))
	unset := newHub(t, func(o *web.Options) {
		o.Pages = []web.Page{web.SheetPage(db, web.Doors{PublicURL: "http://127.0.0.1:8080", Provisional: true})}
	})
	storetest.Library(t, db, "mours")
	unset.staff(cards.RoleReader).get(address).shows(http.StatusOK, warning, "HUB_PUBLIC_URL")
}

// In a large network one library is found by a part of its name or code; what asks for attention is said of all of them.
func TestALibraryIsFoundAmongMany(t *testing.T) {
	h := newHub(t)
	for i := range 20 {
		storetest.Library(t, h.db, fmt.Sprintf("annexe-%02d", i))
	}
	p := h.staff(cards.RoleReader)
	p.get("/").shows(http.StatusOK, "annexe-07").hides(`name="nom"`)
	storetest.Library(t, h.db, "st-paul", func(l *cards.Library) { l.Name = "Médiathèque de Saint-Paul-lès-Romans & Œuvres" })
	until(t, "the page can be searched", func() bool { return strings.Contains(p.get("/").body, `name="nom"`) })
	for _, typed := range []string{"saint+paul+les", "MEDIATHEQUE", "oeuvres", "st-paul", "%20l%C3%88s%20"} {
		p.get("/?nom="+typed).shows(http.StatusOK, "/etablissements/st-paul", "21 bibliothèques", `hx-get="/?nom=`).hides("annexe-07")
	}
	p.get("/?nom=annexe+07").shows(http.StatusOK, "/etablissements/annexe-07", `value="annexe 07"`).hides("annexe-08", "st-paul")
	p.get("/?nom=nulle+part").shows(http.StatusOK, "Aucune bibliothèque de ce nom", `href="/"`).hides("<tbody>", "annexe-07")
	p.get("/?nom="+strings.Repeat("a", 1000)).shows(http.StatusOK, "Aucune bibliothèque de ce nom")
	p.get("/?nom=%22%3E%3Cb%3E").shows(http.StatusOK).hides("<b>")
	part := p.get("/?nom=paul", func(r *http.Request) { r.Header.Set("HX-Request", "true") })
	part.shows(http.StatusOK, `<div id="reseau"`, "st-paul").hides("<html", "annexe-07")

	attention, err := h.db.Library(t.Context(), "annexe-03")
	if err != nil {
		t.Fatal(err)
	}
	if err := h.db.SetAttention(t.Context(), attention.ID, cards.Quote("Sa clé a été refusée.")); err != nil {
		t.Fatal(err)
	}
	until(t, "the network's state is that of all libraries", func() bool {
		body := p.get("/?nom=paul").body
		return strings.Contains(body, "1 bibliothèque demande votre attention") && !strings.Contains(body, "Sa clé a été refusée.")
	})
}

func until(t *testing.T, what string, holds func() bool) {
	t.Helper()
	const patience, look = 20 * time.Second, 20 * time.Millisecond
	for deadline := time.Now().Add(patience); !holds(); time.Sleep(look) {
		if time.Now().After(deadline) {
			t.Fatalf("%s: not within %s", what, patience)
		}
	}
}

// Without a library there is nothing to look at: the first steps are shown.
func TestAnEmptyNetworkBeginsWithTheFirstSteps(t *testing.T) {
	h := newHub(t)
	p := h.staff(cards.RoleAdministrator)
	p.get("/").leads("/demarrage")
	p.get("/demarrage").shows(http.StatusOK, "Ajouter une bibliothèque", "HUB_SMTP", "à régler")
	h.staff(cards.RoleReader).get("/demarrage").shows(http.StatusOK, "Un administrateur doit les ajouter").hides("/nouvelle-bibliotheque")
}

func newLibrary(code string) url.Values {
	return url.Values{
		"code": {code}, "nom": {"Médiathèque de " + code}, "courriel": {code + "@example.org"}, "dessert": {"annexe, bibliobus"}, "preparation": {"1"},
		"oai-url": {"https://sigb.example.org/oai"}, "oai-prefix": {"carte"}, "sigb-compte": {"reseau"}, "sigb-mot-de-passe": {"un mot de passe du SIGB"},
		"largeur-nom": {"30"}, "non-tenu": {"portable"},
	}
}

// An administrator enters a library, is shown its key once, and hands its vendor a sheet with a document that is valid.
func TestALibraryIsEnteredAndItsVendorIsHandedASheet(t *testing.T) {
	h := newHub(t)
	p := h.staff(cards.RoleAdministrator)
	p.get("/nouvelle-bibliotheque").shows(http.StatusOK, "Nouvelle bibliothèque")
	wrong := newLibrary("Mours!")
	p.act("/nouvelle-bibliotheque", wrong).shows(http.StatusUnprocessableEntity, "1 à 32 caractères", "Médiathèque de Mours!").hides("un mot de passe du SIGB")
	made := p.act("/nouvelle-bibliotheque", newLibrary("mours")).shows(http.StatusOK, "une-cle-toute-neuve", "qu’une fois")
	if made.header.Get("Cache-Control") != "no-store" {
		t.Error("the page with the key may be kept")
	}
	l, err := h.db.Library(t.Context(), "mours")
	if err != nil {
		t.Fatal(err)
	}
	if !l.Preparing || len(l.Serves) != 2 || l.Widths[cards.LastName] != 30 || !l.NotHeld.Has(cards.Mobile) || l.ILSPassword != "un mot de passe du SIGB" {
		t.Errorf("entered as %+v", l)
	}
	p.get("/etablissements/mours/fiche").shows(http.StatusOK, h.url+"/cartes", "/oai?verb=ListRecords", "ftpes://ftp.example.org", "TLS explicite", "annexe", `href="/guide/sigb.md"`).
		hides("une-cle-toute-neuve", "un mot de passe du SIGB")
	trial := p.get("/etablissements/mours/essai.xml")
	reader, err := exchange.NewReader(strings.NewReader(trial.body), exchange.Options{})
	if err != nil || reader.Envelope.Establishment != "mours" {
		t.Fatalf("trial document of %q: %v", reader.Envelope.Establishment, err)
	}
	for n := 1; ; n++ {
		item, err := reader.Next()
		if errors.Is(err, io.EOF) && n == 3 {
			break
		}
		if err != nil || len(item.Faults) > 0 {
			t.Fatalf("card %d of the trial document: %v, %v", n, item.Faults, err)
		}
	}
}

func TestALibrarysSettingsAreChangedAndItsPasswordStays(t *testing.T) {
	h := newHub(t)
	p := h.staff(cards.RoleAdministrator)
	p.act("/nouvelle-bibliotheque", newLibrary("mours"))
	p.get("/etablissements/mours/reglages").shows(http.StatusOK, "Médiathèque de mours", `value="30"`).hides("un mot de passe du SIGB")
	form := newLibrary("mours")
	form.Set("nom", "Médiathèque nouvelle")
	form.Del("sigb-mot-de-passe")
	p.act("/etablissements/mours/reglages", form).shows(http.StatusUnprocessableEntity, "formulaire")
	l, err := h.db.Library(t.Context(), "mours")
	if err != nil {
		t.Fatal(err)
	}
	form.Set("version", l.Version)
	p.act("/etablissements/mours/reglages", form).leads("/etablissements/mours")
	l, err = h.db.Library(t.Context(), "mours")
	if err != nil || l.Name != "Médiathèque nouvelle" || l.ILSPassword != "un mot de passe du SIGB" || !l.Preparing {
		t.Errorf("changed to %+v, %v", l, err)
	}
	other := maps.Clone(form)
	other.Set("nom", "Médiathèque d’à côté")
	p.act("/etablissements/mours/reglages", other).shows(http.StatusConflict, "ont changé depuis que vous les avez lus", "Médiathèque d’à côté", "Relire les réglages")
	if now, err := h.db.Library(t.Context(), "mours"); err != nil || now.Name != l.Name {
		t.Errorf("what was not seen is overwritten: %+v, %v", now, err)
	}
	form.Set("largeur-nom", "beaucoup")
	p.act("/etablissements/mours/reglages", form).shows(http.StatusUnprocessableEntity, "n’est pas un nombre")
	p.act("/etablissements/mours/cle", nil).shows(http.StatusOK, "une-autre-cle-neuve")
	p.act("/etablissements/mours/retirer", url.Values{"confirmation": {"peyrins"}}).shows(http.StatusUnprocessableEntity, "Rien n’a été fait", `name="largeur-nom"`)
	p.act("/etablissements/mours/retirer", url.Values{"confirmation": {"mours"}}).leads("/")
	p.get("/etablissements/mours").shows(http.StatusNotFound, "Introuvable")
}

// What an operator does is recorded before it is done; what needs more is refused.
func TestALibraryIsSteeredByOperatorsAndWhatTheyDoIsRecorded(t *testing.T) {
	h := newHub(t)
	storetest.Library(t, h.db, "mours", func(l *cards.Library) { l.Preparing, l.PushURL = true, "https://sigb.example.org/cartes" })
	reader, operator, administrator := h.staff(cards.RoleReader), h.staff(cards.RoleOperator), h.staff(cards.RoleAdministrator)
	const page = "/etablissements/mours"
	reader.get(page).shows(http.StatusOK, "Bibliothèque de mours").hides("Suspendre les échanges", "Ouvrir les livraisons")
	for _, action := range []string{"suspendre", "reprendre", "ouvrir", "moissonner", "livrer", "tout-redonner", "reglages", "cle", "retirer"} {
		reader.act(page+"/"+action, url.Values{"motif": {"x"}}).shows(http.StatusForbidden, "rôle")
	}
	operator.act(page+"/reglages", nil).shows(http.StatusForbidden, "administrateur")
	operator.get(page).shows(http.StatusOK).hides("Ouvrir les livraisons")
	operator.act(page+"/ouvrir", nil).shows(http.StatusForbidden, "administrateur")
	administrator.get(page).shows(http.StatusOK, "Ouvrir les livraisons")
	administrator.act(page+"/ouvrir", nil).leads(page)
	administrator.get(page).shows(http.StatusOK, `role="status"`).hides("Ouvrir les livraisons")
	operator.get(page).shows(http.StatusOK, "Livrer maintenant", "passe toujours")
	reader.get(page+"/fiche").shows(http.StatusOK, "https://sigb.example.org/cartes").hides("ListRecords", "/rapports") // it answers what it is sent
	operator.act(page+"/moissonner", nil).shows(http.StatusConflict, `role="alert"`, "n’est pas moissonnée", "Livrer maintenant")
	operator.act(page+"/livrer", nil).shows(http.StatusConflict, "pas encore au programme")
	l, err := h.db.Library(t.Context(), "mours")
	if err != nil {
		t.Fatal(err)
	}
	if err := h.db.SyncJobs(t.Context(), []cards.Job{{Kind: cards.JobPush, LibraryID: l.ID, Schedule: "@every 5m"}}); err != nil {
		t.Fatal(err)
	}
	operator.act(page+"/livrer", nil).leads(page)
	operator.act(page+"/suspendre", url.Values{"motif": {" "}}).shows(http.StatusUnprocessableEntity, "pourquoi")
	long := strings.Repeat("travaux ", 30)
	again := operator.act(page+"/suspendre", url.Values{"motif": {long}}).shows(http.StatusUnprocessableEntity, `role="alert"`, "Livrer maintenant")
	if typed := again.form(page + "/suspendre").Get("motif"); typed != long {
		t.Errorf("of the reason %q is left", typed)
	}
	operator.act(page+"/suspendre", url.Values{"motif": {"travaux"}}).leads(page)
	operator.get(page).shows(http.StatusOK, "travaux", "Ce qu’elle envoie elle-même, ou vient moissonner, passe toujours").hides("Livrer maintenant", "Moissonner maintenant")
	operator.act(page+"/livrer", nil).shows(http.StatusConflict, "suspendus")
	operator.act(page+"/reprendre", nil).leads(page)
	operator.get(page).shows(http.StatusOK, "Les échanges reprennent")
	operator.act(page+"/reprendre", nil).leads(page) // what asked for a person is settled, and nothing was paused
	operator.get(page).shows(http.StatusOK, "C’est noté").hides("Les échanges reprennent")
	operator.act(page+"/tout-redonner", nil).leads(page)
	operator.get(page+"/refusees").shows(http.StatusOK, "Aucune carte refusée")
	operator.get(page + "/passages").shows(http.StatusOK)
	operator.get(page + "/depots").shows(http.StatusOK)
	log := strings.Join(h.recorded(), "\n")
	for _, entry := range []string{
		"compte-administrator open-library bibliotheque mours", "compte-operator pause-library bibliotheque mours échec",
		"compte-operator resume-library bibliotheque mours", "compte-operator view-refused aucune carte",
	} {
		if !strings.Contains(log, entry) {
			t.Errorf("not recorded: %s in\n%s", entry, log)
		}
	}
	if strings.Contains(log, "compte-reader pause") {
		t.Error("what was refused stands as if it had been done")
	}
}

// intakeSpy keeps what was brought.
type intakeSpy struct {
	library *cards.Library
	deposit cards.Deposit
	body    string
	err     error // what became of it
}

func (s *intakeSpy) Library(context.Context, string) (*cards.Library, error) { return s.library, nil }

func (s *intakeSpy) Receive(_ context.Context, d cards.Deposit, body io.Reader) (int64, error) {
	content, err := io.ReadAll(body)
	s.deposit, s.body = d, string(content)
	return 12, cmp.Or(s.err, err)
}

func (*intakeSpy) Begin(context.Context, int64) error { return nil }

// A file is read as it comes, after its form is known to be of this session, and handed on byte for byte.
func TestAFileIsLoadedForALibrary(t *testing.T) {
	spy := new(intakeSpy)
	h := newHub(t, func(o *web.Options) { o.Pages = append(o.Pages, web.UploadPage(spy)) })
	spy.library = storetest.Library(t, h.db, "mours")
	p := h.staff(cards.RoleOperator)
	document := strings.Repeat("<carte>é</carte>\r\n", 50_000)
	name := `C:\adhérents\mours.xml`
	send := func(token, where string) answer {
		var body bytes.Buffer
		form := multipart.NewWriter(&body)
		if err := form.WriteField("jeton", token); err != nil {
			t.Fatal(err)
		}
		file, err := form.CreateFormFile("fichier", name)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := io.WriteString(file, document); err != nil {
			t.Fatal(err)
		}
		if err := form.Close(); err != nil {
			t.Fatal(err)
		}
		return p.do(http.MethodPost, "/etablissements/mours/"+where, body.String(), func(r *http.Request) { r.Header.Set("Content-Type", form.FormDataContentType()) })
	}
	send("faux", "simuler").shows(http.StatusForbidden, "formulaire")
	if spy.body != "" {
		t.Fatal("a file of nobody's form was taken")
	}
	send(p.token(), "simuler").leads("/documents/12")
	if spy.body != document || !spy.deposit.Simulate || spy.deposit.Name != "mours.xml" || spy.deposit.Door != cards.DoorImport || spy.deposit.Library != "mours" {
		t.Errorf("%d bytes as %+v", len(spy.body), spy.deposit)
	}
	send(p.token(), "charger").leads("/documents/12")
	if spy.deposit.Simulate {
		t.Error("it was only simulated")
	}
	name = "adhérents " + strings.Repeat("é", 200) + ".xml" // as long as Windows lets it be
	send(p.token(), "charger").leads("/documents/12")
	if got := spy.deposit.Name; !utf8.ValidString(got) || !strings.HasPrefix(got, "adhérents é") || len(got) < 190 || len(got) > 200 {
		t.Errorf("the file is called %q", got)
	}
	inParts := func(r *http.Request) { r.Header.Set("Content-Type", "multipart/form-data; boundary=x") }
	p.do(http.MethodPost, "/etablissements/mours/charger", "--x\r\nContent-Disposition: form-data; name=\"jeton\"\r\n\r\n"+p.token()+
		"\r\n--x\r\nContent-Disposition: form-data; name=\"fichier\"; filename=\"a.xml\"\r\n\r\n<cartes>", inParts).
		shows(http.StatusUnprocessableEntity, "rien n’a été pris")
	spy.err = cards.Errorf(cards.TooLarge, "Le document dépasse la taille acceptée.")
	send(p.token(), "simuler").shows(http.StatusRequestEntityTooLarge, "Le document dépasse")
	wantLast(t, h, "compte-operator upload-deposit bibliotheque mours simulation, échec : too-large")
	p.do(http.MethodPost, "/etablissements/mours/charger", "--x\r\n", inParts).
		shows(http.StatusUnprocessableEntity, "rien n’a été pris")
}

// said is a network in which one thing happens.
type said struct{ events []cards.Event }

func (s said) Listen(ctx context.Context) (<-chan cards.Event, error) {
	heard := make(chan cards.Event, len(s.events))
	for _, e := range s.events {
		heard <- e
	}
	context.AfterFunc(ctx, func() { close(heard) })
	return heard, nil
}

// Open pages hear that something changed, and of what kind; nothing of what it is.
func TestOpenPagesHearOfChanges(t *testing.T) {
	live := said{[]cards.Event{
		{Kind: cards.EventDeposit, Library: "mours", ID: 12}, {Kind: cards.EventDecisions, Waiting: &cards.Waiting{Disputes: 2, Likenesses: 1}},
	}}
	h := newHub(t, func(o *web.Options) { o.Pages = append(o.Pages, web.EventsPage(live)) })
	h.visitor().get("/evenements").leads("/connexion")
	p := h.staff(cards.RoleReader)
	ctx, stop := context.WithCancel(t.Context())
	defer stop()
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, h.url+"/evenements", nil)
	if err != nil {
		t.Fatal(err)
	}
	response, err := p.client.Do(request)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = response.Body.Close() }()
	var told []string
	lines := bufio.NewScanner(response.Body)
	for len(told) < 2 && lines.Scan() {
		if data, is := strings.CutPrefix(lines.Text(), "data: "); is {
			told = append(told, data)
		}
	}
	if want := []string{`{"kind":"depot"}`, `{"kind":"decisions","waiting":3}`}; strings.Join(told, "") != strings.Join(want, "") {
		t.Errorf("told %v, want %v", told, want)
	}
}
