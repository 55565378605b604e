package rest_test

import (
	"net/http"
	"strings"
	"testing"

	"github.com/carte-reseau/hub/internal/cards"
)

// whole is a document whose first card is good, so that a fault behind it shows whether anything was applied.
func whole(rest string) string {
	return `<?xml version="1.0" encoding="UTF-8"?>` + "\n" + `<cartes xmlns="urn:carte-reseau:1" etablissement="mours">` + "\n" + cardXML("BON") + rest
}

func TestABadDocumentChangesNothingAndSaysWhy(t *testing.T) {
	eachDatabase(t, func(h *hub) {
		h.library("mours")
		peyrins := h.library("peyrins")
		for name, c := range map[string]struct {
			document string
			status   int
			code     string
		}{
			"not XML":             {"BM-NOM=DUPRE;HELENE", http.StatusBadRequest, "mal-forme"},
			"an HTML page":        {"<!DOCTYPE html><html><body>404</body></html>", http.StatusBadRequest, "doctype"},
			"truncated":           {whole("<carte><numero>A2</num"), http.StatusBadRequest, "tronque"},
			"no end":              {whole(""), http.StatusBadRequest, "tronque"},
			"DOCTYPE":             {`<!DOCTYPE x [<!ENTITY e "x">]>` + documentOf("mours", cardXML("BON")), http.StatusBadRequest, ""},
			"wrong namespace":     {strings.Replace(whole("</cartes>"), "urn:carte-reseau:1", "urn:autre", 1), http.StatusBadRequest, "espace-de-noms"},
			"wrong encoding":      {strings.Replace(whole("</cartes>"), "Dupré", "Dupr\xe9", 1), http.StatusBadRequest, "encodage"},
			"unknown encoding":    {strings.Replace(whole("</cartes>"), "UTF-8", "EBCDIC-FR", 1), http.StatusBadRequest, "encodage"},
			"0 bytes":             {"", http.StatusBadRequest, "vide"},
			"white space":         {" \n\t ", http.StatusBadRequest, "vide"},
			"another root":        {`<rapport xmlns="urn:carte-reseau:1"/>`, http.StatusBadRequest, "enveloppe"},
			"no establishment":    {`<cartes xmlns="urn:carte-reseau:1">` + cardXML("BON") + `</cartes>`, http.StatusBadRequest, "etablissement"},
			"wrong establishment": {documentOf("peyrins", cardXML("BON")), http.StatusForbidden, "etablissement"},
			"nested elements":     {whole("<carte>" + strings.Repeat("<a>", 100_000)), http.StatusBadRequest, "profondeur"},
			"NUL bytes":           {whole("\x00\x00</cartes>"), http.StatusBadRequest, "caractere"},
			"undeclared prefix":   {whole("<x:carte/></cartes>"), http.StatusBadRequest, "prefixe"},
			"doubled attribute":   {whole(`<carte a="1" a="2"/></cartes>`), http.StatusBadRequest, "mal-forme"},
			"second root":         {whole("</cartes><cartes/>"), http.StatusBadRequest, "mal-forme"},
			"text behind the end": {whole("</cartes>x"), http.StatusBadRequest, "mal-forme"},
			"an entity":           {whole("<carte>&e;</carte></cartes>"), http.StatusBadRequest, "mal-forme"},
		} {
			h.t.Run(name, func(t *testing.T) {
				a := h.post("mours", c.document)
				a.t = t
				a.wantReport(c.status, cards.Refused, `code="`+c.code, `depot="`, `recues="0"`)
				stored := h.do(http.MethodGet, a.header.Get("Location"), "", as("mours"))
				stored.t = t
				stored.wantReport(http.StatusOK, cards.Refused, `code="`+c.code)
			})
		}
		if got := h.cardsOf(peyrins); got != 0 {
			h.t.Errorf("%d cards came into being", got)
		}
	})
}

func TestABadCardIsRejectedAloneAndSaysWhy(t *testing.T) {
	h := newHub(t)
	h.library("mours")
	peyrins := h.library("peyrins")
	card := func(inside string) string { return "<carte>" + inside + "</carte>\n" }
	const rest = "<nom>Dupré</nom><inscription><premiere>2024-09-03</premiere><fin>2099-09-09</fin></inscription>"
	good := 0
	for code, bad := range map[string]string{
		"obligatoire":     card(rest),
		"dates":           card("<numero>D1</numero><nom>Dupré</nom><inscription><premiere>2024-09-03</premiere><fin>2020-01-01</fin></inscription>"),
		"numero-double":   cardXML("numero-double"),
		"element-inconnu": card("<numero>E1</numero><categorie>ADULTE</categorie>" + rest),
		"longueur":        card("<numero>L1</numero>" + strings.Replace(rest, "Dupré", strings.Repeat("é", 400_000), 1)),
		"numero":          card("<numero>../../x.xml</numero>" + rest),
	} {
		h.post("mours", documentOf("mours", cardXML(code), bad)).
			wantReport(http.StatusOK, cards.Partial, `code="`+code+`"`, `rejetees="1"`, `ligne-source="4"`)
		good++
	}
	if got := h.cardsOf(peyrins); got != good {
		t.Errorf("%d cards, want the %d good ones", got, good)
	}
}
