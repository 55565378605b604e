package web_test

import (
	"compress/gzip"
	"io"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/carte-reseau/hub/internal/cards"
	"github.com/carte-reseau/hub/internal/store/storetest"
)

// What a form must bring back is written otherwise in each answer: a page that is compressed would give it away by its length, to
// who can have a browser ask for it with guesses and sees how much comes.
func TestTheTokenOfFormsIsNeverWrittenTwiceAlike(t *testing.T) {
	h := newHub(t)
	p := h.staff(cards.RoleReader)
	first, second := p.token(), p.token()
	if first == second {
		t.Fatal("two pages carry the same token")
	}
	for _, good := range []string{first, second, first} {
		p.post("/langue", url.Values{"jeton": {good}, "langue": {"fr"}, "retour": {"/demarrage"}}).leads("/demarrage")
	}
	other := h.staff(cards.RoleReader).token()
	for _, wrong := range []string{"", "x", first[:len(first)-4], first + first, other, strings.Repeat("A", len(first)), first[:8] + second[8:]} {
		p.post("/compte", url.Values{"jeton": {wrong}, "langue": {"fr"}}).shows(http.StatusForbidden, "Rien n’a été fait")
	}
}

// A list of a thousand libraries is compressed. A page that shows a person's data never is: its length would tell of it.
func TestWhatIsCompressed(t *testing.T) {
	h := newHub(t)
	p := h.staff(cards.RoleAdministrator)
	mours := storetest.Library(t, h.db, "mours")
	storetest.Send(t, h.db, mours, storetest.Card("A1"))
	asking := func(codings string) tweak { return func(r *http.Request) { r.Header.Set("Accept-Encoding", codings) } }
	for _, path := range []string{"/", "/etablissements/mours", "/statistiques", "/systeme"} {
		plain := p.get(path, asking("identity"))
		if plain.header.Get("Content-Encoding") != "" || !strings.Contains(strings.Join(plain.header.Values("Vary"), ","), "Accept-Encoding") {
			t.Errorf("%s: %v", path, plain.header)
		}
		packed := p.get(path, asking("deflate, gzip;q=0.5"))
		reader, err := gzip.NewReader(strings.NewReader(packed.body))
		if err != nil || packed.header.Get("Content-Encoding") != "gzip" {
			t.Errorf("%s: %v, %v", path, packed.header, err)
			continue
		}
		whole, err := io.ReadAll(reader)
		if err != nil || !strings.HasSuffix(strings.TrimSpace(string(whole)), "</html>") || len(packed.body) > len(whole)/2 {
			t.Errorf("%s: %d of %d bytes, %v", path, len(packed.body), len(whole), err)
		}
		if refused := p.get(path, asking("gzip;q=0, br")); refused.header.Get("Content-Encoding") != "" {
			t.Errorf("%s is compressed for who cannot read it", path)
		}
	}
	for _, path := range []string{"/fiches/" + h.cardID("A1"), "/a-decider/conflits", "/systeme/comptes", "/systeme/journal", p.searching(url.Values{"nom": {"dupre"}})} {
		if a := p.get(path, asking("gzip")).shows(http.StatusOK); a.header.Get("Content-Encoding") != "" {
			t.Errorf("%s is compressed", path)
		}
	}
}
