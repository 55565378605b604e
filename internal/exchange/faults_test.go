package exchange_test

import (
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/carte-reseau/hub/internal/cards"
	"github.com/carte-reseau/hub/internal/exchange"
)

// opts are those of the reference network, on a known day.
func opts(t *testing.T) exchange.Options {
	t.Helper()
	paris, err := time.LoadLocation("Europe/Paris")
	if err != nil {
		t.Fatal(err)
	}
	return exchange.Options{Location: paris, Now: time.Date(2026, 11, 21, 23, 30, 0, 0, time.UTC)}
}

func wrap(inside string) string {
	return `<cartes xmlns="urn:carte-reseau:1" etablissement="mours">` + inside + `</cartes>`
}

// readAll reads a document to its end or its fault.
func readAll(source string, o exchange.Options) ([]cards.Item, error) {
	r, err := exchange.NewReader(strings.NewReader(source), o)
	if err != nil {
		return nil, err
	}
	var items []cards.Item
	for {
		item, err := r.Next()
		if errors.Is(err, io.EOF) {
			return items, nil
		}
		if err != nil {
			return items, err
		}
		items = append(items, item)
	}
}

// The parts of a good card, each on a line of its own so that lines can be told.
const (
	goodNumber    = "<numero>1</numero>\n"
	goodName      = "<nom>N</nom>\n"
	goodEnrolment = "<inscription><premiere>2024-09-03</premiere><fin>2027-09-09</fin></inscription>\n"
)

// between makes a card with the parts between name and enrolment, on line 4.
func between(parts string) string {
	return "<carte>\n" + goodNumber + goodName + parts + goodEnrolment + "</carte>"
}

func enrolment(inside string) string {
	return "<carte>\n" + goodNumber + goodName + "<inscription>" + inside + "</inscription></carte>"
}

// cardFaults is every fault of a card the reader tells, as "code champ line", or "" for none.
var cardFaults = []struct{ card, faults string }{
	{between(""), ""},

	{between("<note>x</note>"), "element-inconnu note 4"},
	{between("<x:note xmlns:x='u'>x</x:note>"), "element-inconnu note 4"},
	{between("<prenom xmlns=''>x</prenom>"), "element-inconnu prenom 4"},
	{between("<prenom>x<b>y</b></prenom>"), "element-inconnu prenom/b 4"},
	{between("<adresse><rue/></adresse>"), "element-inconnu adresse/rue 4"},
	{"<lecteur/>", "element-inconnu lecteur 1"},
	{between("<prenom x='1'/>"), "attribut-inconnu prenom 4"},
	{between("<adresse x='1'/>"), "attribut-inconnu adresse 4"},
	{between("<adresse><ligne x='1'/></adresse>"), "attribut-inconnu adresse/ligne 4"},
	{between("<responsable-legal x='1'/>"), "attribut-inconnu responsable-legal 4"},
	{"<carte categorie='adulte'>\n" + goodNumber + goodName + goodEnrolment + "</carte>", "attribut-inconnu  1"},
	{"<carte xmlns:x='u' x:origine='mours'>\n" + goodNumber + goodName + goodEnrolment + "</carte>", "attribut-inconnu  1"},
	{"<carte>\n" + goodNumber + goodName + "<inscription x='1'>" + strings.TrimPrefix(goodEnrolment, "<inscription>") + "</carte>", "attribut-inconnu inscription 4"},
	{"<carte origine='É'>\n" + goodNumber + goodName + goodEnrolment + "</carte>", "valeur  1"},
	{between("mots"), "texte  4"},
	{between("<adresse>mots</adresse>"), "texte adresse 4"},
	{between("<!--\n--> &#32;\n<![CDATA[\nmots]]>"), "texte  7"},
	{between(strings.Repeat("\n", 9000) + "mots"), "texte  9004"},
	{between("&#10;&#10;mots"), "texte  4"},

	{between("<prenom/>\n<nom-naissance/>"), "ordre nom-naissance 5"},
	{"<carte>" + goodName + goodNumber + goodEnrolment + "</carte>", "ordre numero 2"},
	{between("<adresse><commune/><ligne/></adresse>"), "ordre adresse/ligne 4"},
	{enrolment("<fin>2027-09-09</fin><premiere>2024-09-03</premiere>"), "ordre inscription/premiere 4"},
	{between("<prenom/><prenom/>"), "element-repete prenom 4"},
	{between("<adresse>" + strings.Repeat("<ligne/>", 5) + "</adresse>"), "element-repete adresse/ligne 4"},
	{between(strings.Repeat("<responsable-legal/>", 3)), "element-repete responsable-legal 4"},
	{"<carte>" + goodNumber + strings.Repeat("<ancien-numero/>", 101) + goodName + goodEnrolment + "</carte>", "element-repete ancien-numero 2"},

	{"<carte/>", "obligatoire numero 1, obligatoire nom 1, obligatoire inscription 1"},
	{"<carte><numero/><nom> \u00a0 </nom><inscription/></carte>",
		"obligatoire numero 1, obligatoire nom 1, obligatoire inscription/premiere 1, obligatoire inscription/fin 1"},
	{enrolment("<premiere/><fin> </fin>"), "obligatoire inscription/premiere 4, obligatoire inscription/fin 4"},
	{enrolment("<premiere>2024-09-03</premiere>"), "obligatoire inscription/fin 4"},
	{enrolment("<fin>2027-09-09</fin>"), "obligatoire inscription/premiere 4"},

	{"<carte><numero>a b</numero>" + goodName + goodEnrolment + "</carte>", "numero numero 1"},
	{"<carte><numero>" + strings.Repeat("1", 33) + "</numero>" + goodName + goodEnrolment + "</carte>", "numero numero 1"},
	{"<carte>" + goodNumber + "<ancien-numero>é</ancien-numero>" + goodName + goodEnrolment + "</carte>", "numero ancien-numero 2"},
	{between("<responsable-legal><numero>#</numero></responsable-legal>"), "numero responsable-legal/numero 4"},

	{"<carte>" + goodNumber + "<nom>" + strings.Repeat("é", 101) + "</nom>" + goodEnrolment + "</carte>", "longueur nom 2"},
	{"<carte>" + goodNumber + "<nom>" + strings.Repeat("é", 100) + "</nom>" + goodEnrolment + "</carte>", ""},
	{"<carte>" + goodNumber + "<nom>" + strings.Repeat("e\u0301", 100) + "</nom>" + goodEnrolment + "</carte>", ""},
	{"<carte>" + goodNumber + "<nom>" + strings.Repeat("x", 9000) + "</nom>" + goodEnrolment + "</carte>", "longueur nom 2"},
	{"<carte>" + goodNumber + "<nom>" + strings.Repeat("xxxxxx<b/>", 9000) + "</nom>" + goodEnrolment + "</carte>", "…"},
	{between("<nom-naissance>" + strings.Repeat("x", 101) + "</nom-naissance>"), "longueur nom-naissance 4"},
	{between("<prenom>" + strings.Repeat("x", 101) + "</prenom>"), "longueur prenom 4"},
	{between("<adresse><ligne>" + strings.Repeat("x", 101) + "</ligne></adresse>"), "longueur adresse/ligne 4"},
	{between("<adresse><code-postal>12345678901</code-postal></adresse>"), "longueur adresse/code-postal 4"},
	{between("<adresse><commune>" + strings.Repeat("x", 61) + "</commune></adresse>"), "longueur adresse/commune 4"},
	{between("<telephone>" + strings.Repeat("0", 31) + "</telephone>"), "longueur telephone 4"},
	{between("<portable>" + strings.Repeat("0", 31) + "</portable>"), "longueur portable 4"},
	{between("<courriel>" + strings.Repeat("x", 250) + "@a.fr</courriel>"), "longueur courriel 4"},

	{"<carte>" + goodNumber + "<civilite>Mme</civilite>" + goodName + goodEnrolment + "</carte>", "valeur civilite 2"},
	{between("<sexe>H</sexe>"), "valeur sexe 4"},
	{between("<adresse><pays>FRA</pays></adresse>"), "valeur adresse/pays 4"},
	{between("<adresse><pays>F1</pays></adresse>"), "valeur adresse/pays 4"},
	{between("<adresse><pays>1R</pays></adresse>"), "valeur adresse/pays 4"},
	{between("<adresse><pays>F{</pays></adresse>"), "valeur adresse/pays 4"},
	{between("<responsable-legal><numero>1</numero><lien>oncle</lien></responsable-legal>"), "valeur responsable-legal/lien 4"},
	{enrolment("<etablissement>Mours !</etablissement><premiere>2024-09-03</premiere><fin>2027-09-09</fin>"), "valeur inscription/etablissement 4"},

	{between("<date-naissance>2023-02-29</date-naissance>"), "date date-naissance 4"},
	{between("<date-naissance>29/02/1980</date-naissance>"), "date date-naissance 4"},
	{between("<date-naissance>1980-13</date-naissance>"), "date date-naissance 4"},
	{between("<date-naissance>0000</date-naissance>"), "date date-naissance 4"},
	{between("<date-naissance>80</date-naissance>"), "date date-naissance 4"},
	{between("<date-naissance>2026-11-23</date-naissance>"), "date date-naissance 4"},
	{between("<date-naissance>2026-11-22</date-naissance>"), ""}, // already that day in Paris
	{between("<date-naissance>2026-12</date-naissance>"), "date date-naissance 4"},
	{between("<date-naissance>2027</date-naissance>"), "date date-naissance 4"},
	{between("<date-naissance>2026</date-naissance>"), ""},
	{"<carte>" + goodNumber + "<modifie-le>hier</modifie-le>" + goodName + goodEnrolment + "</carte>", "date modifie-le 2"},
	{"<carte>" + goodNumber + "<modifie-le>2026-02-30T10:00:00Z</modifie-le>" + goodName + goodEnrolment + "</carte>", "date modifie-le 2"},
	{enrolment("<premiere>2024-02-30</premiere><reinscription>2024</reinscription><fin>2027-9-9</fin>"),
		"date inscription/premiere 4, date inscription/reinscription 4, date inscription/fin 4"},

	{enrolment("<premiere>2024-09-03</premiere><fin>2020-01-01</fin>"), "dates inscription/fin 4"},
	{enrolment("<premiere>2024-09-03</premiere>\n<reinscription>2024-09-02</reinscription><fin>2024-09-03</fin>"), "dates inscription/reinscription 5"},
	{enrolment("<premiere>2024-09-03</premiere><reinscription>2026-09-02</reinscription>\n<fin>2025-09-03</fin>"), "dates inscription/fin 5"},
	{enrolment("<premiere>2024-09-03</premiere><reinscription>2024-09-03</reinscription><fin>2024-09-03</fin>"), ""},

	{between("<courriel>pas de courriel</courriel>"), "courriel courriel 4"},
	{between("<courriel>a@b@c.fr</courriel>"), "courriel courriel 4"},
	{between("<courriel>@b.fr</courriel>"), "courriel courriel 4"},
	{between("<courriel>a@localhost</courriel>"), "courriel courriel 4"},
	{between("<courriel>a@b..fr</courriel>"), "courriel courriel 4"},
	{between("<responsable-legal><numero>1</numero><courriel>x</courriel></responsable-legal>"), "courriel responsable-legal/courriel 4"},

	{between("<responsable-legal><nom>N</nom></responsable-legal>"), "responsable responsable-legal 4"},
	{between("<responsable-legal><lien>mere</lien></responsable-legal>"), "responsable responsable-legal 4"},
	{between("<responsable-legal><nom>Foyer</nom><lien>structure</lien></responsable-legal>"), ""},
	{between("<responsable-legal><nom>N</nom><prenom>P</prenom></responsable-legal>"), ""},

	{"<carte>\n<numero>#</numero>\n<nom/>\n<sexe>H</sexe>\n<note/>\n" + goodEnrolment + "</carte>",
		"numero numero 2, obligatoire nom 3, valeur sexe 4, element-inconnu note 5"},
}

func summary(faults []cards.Fault) string {
	var all []string
	for _, f := range faults {
		all = append(all, fmt.Sprintf("%s %s %d", f.Code, f.Field, f.Line))
	}
	return strings.Join(all, ", ")
}

// TestCardFaults also checks that a fault leaves the next card alone, and that each has a sentence.
func TestCardFaults(t *testing.T) {
	t.Parallel()
	o := opts(t)
	for _, c := range cardFaults {
		items, err := readAll(wrap(c.card+between("<prenom>suivant</prenom>")), o)
		if err != nil || len(items) != 2 {
			t.Errorf("%.200s: %d items, %v", c.card, len(items), err)
			continue
		}
		if got := summary(items[0].Faults); got != c.faults && c.faults != "…" {
			t.Errorf("%.200s:\n got %s\nwant %s", c.card, got, c.faults)
		}
		if len(items[0].Faults) > 100 {
			t.Errorf("%.100s: %d faults were kept", c.card, len(items[0].Faults))
		}
		if next := items[1]; len(next.Faults) > 0 || next.Incoming.FirstName != "suivant" || next.Ordinal != 2 {
			t.Errorf("%.100s: the next card became %+v", c.card, next)
		}
		for _, f := range items[0].Faults {
			if !strings.HasSuffix(f.Message, ".") || strings.Contains(f.Message, "%!") {
				t.Errorf("%s: %q is no sentence", f.Code, f.Message)
			}
		}
	}
}

// TestCardCodesCovered: every code of a card is either told here or by the one who knows the other cards.
func TestCardCodesCovered(t *testing.T) {
	t.Parallel()
	others := []string{exchange.CodeDuplicate, exchange.CodeErased, exchange.CodeOtherPerson}
	var all strings.Builder
	for _, c := range cardFaults {
		all.WriteString(", " + c.faults)
	}
	for _, c := range exchange.Codes {
		if !c.Document && !slices.Contains(others, c.Code) && !strings.Contains(all.String(), ", "+c.Code+" ") {
			t.Errorf("no test of %s", c.Code)
		}
	}
}

// TestSentences pins the sentences people will quote.
func TestSentences(t *testing.T) {
	t.Parallel()
	for card, want := range map[string]string{
		between("<prenom xmlns=''/>"):                                     "L’élément « prenom » est sans espace de noms ; il doit être dans « urn:carte-reseau:1 », comme ce qui l’entoure.",
		between("<x:prenom xmlns:x='urn:x'/>"):                            "L’élément « prenom » est dans l’espace de noms « urn:x », qui n’est pas celui du format.",
		enrolment("<premiere>2024-09-03</premiere><fin>2020-01-01</fin>"): "La date de fin (01/01/2020) précède la première inscription (03/09/2024).",
		between("<date-naissance>2023-02-29</date-naissance>"):            "La date 29/02/2023 n’existe pas.",
		between("<date-naissance>2026-12</date-naissance>"):               "La date de naissance (12/2026) est à venir.",
		between("<categorie/>"):                                           "L’élément « categorie » n’est pas du format, ou pas à cette place.",
		"<carte>" + goodName + goodNumber + goodEnrolment + "</carte>":    "L’élément « numero » n’est pas à sa place : il doit précéder « nom ».",
	} {
		items, err := readAll(wrap(card), opts(t))
		if err != nil || len(items[0].Faults) != 1 || items[0].Faults[0].Message != want {
			t.Errorf("%v %v; want %s", err, items, want)
		}
	}
}
