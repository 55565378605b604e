package rest_test

import (
	"bytes"
	"compress/gzip"
	"context"
	"io"
	"net/http"
	"strings"
	"sync"
	"testing"

	"github.com/carte-reseau/hub/internal/cards"
	"github.com/carte-reseau/hub/internal/intake"
	"github.com/carte-reseau/hub/internal/rest"
	"github.com/carte-reseau/hub/internal/store"
)

func TestPostIntegratesAndReports(t *testing.T) {
	eachDatabase(t, func(h *hub) {
		h.library("mours", "mours-annexe")
		peyrins := h.library("peyrins")
		a := h.post("mours", documentOf("mours-annexe", cardXML("A1"), "<carte><numero>A2</numero></carte>"))
		a.wantReport(http.StatusOK, cards.Partial, `etablissement="mours"`, `recues="2"`, `creees="1"`, `rejetees="1"`,
			`numero="A1"`, `numero="A2"`, `code="obligatoire"`)
		if got := h.cardsOf(peyrins); got != 1 {
			h.t.Errorf("%d cards in the other's set, want 1", got)
		}
		h.do(http.MethodGet, a.header.Get("Location"), "", as("mours")).wantReport(http.StatusOK, cards.Partial, `numero="A1"`)

		short := h.post("mours", documentOf("mours", cardXML("A1"), "<carte/>"), rejectedOnly)
		short.wantReport(http.StatusOK, cards.Partial, `recues="2"`, `inchangees="1"`)
		if strings.Contains(short.body, "A1") {
			h.t.Error("the report of the rejected lists a card that was not")
		}
	})
}

func rejectedOnly(r *http.Request) { r.URL.RawQuery = "detail=rejets" }
func simulated(r *http.Request)    { r.URL.RawQuery = "simulation=1" }

func query(raw string) tweak { return func(r *http.Request) { r.URL.RawQuery = raw } }

func TestASimulationChangesNothing(t *testing.T) {
	eachDatabase(t, func(h *hub) {
		h.library("mours")
		peyrins := h.library("peyrins")
		a := h.post("mours", documentOf("mours", cardXML("A1")), simulated)
		a.wantReport(http.StatusOK, cards.Simulated, `creees="1"`, `numero="A1"`)
		if got := h.cardsOf(peyrins); got != 0 {
			h.t.Errorf("%d cards came into being", got)
		}
	})
}

func TestAGzippedBodyIsUnpacked(t *testing.T) {
	h := newHub(t)
	h.library("mours")
	document := documentOf("mours", manyCards("Z", 600)...)
	for _, coding := range []string{"gzip", "x-gzip", "GZIP"} {
		h.post("mours", packed(document), header("Content-Encoding", coding)).wantReport(http.StatusOK, cards.Integrated, `recues="600"`)
	}
}

func TestMediaTypes(t *testing.T) {
	h := newHub(t)
	h.library("mours")
	document := documentOf("mours", cardXML("A1"))
	latin := strings.Replace(strings.Replace(document, ` encoding="UTF-8"`, "", 1), "Dupré", "Dupr\xe9", 1)
	for name, c := range map[string]struct {
		contentType, document string
		want                  int
	}{
		"xml":          {"application/xml", document, http.StatusOK},
		"text":         {"text/xml; charset=utf-8", document, http.StatusOK},
		"bytes":        {"application/octet-stream", document, http.StatusOK},
		"none":         {"", document, http.StatusOK},
		"latin-1":      {"application/xml; charset=iso-8859-1", latin, http.StatusOK},
		"curl's own":   {"application/x-www-form-urlencoded", document, http.StatusUnsupportedMediaType},
		"json":         {"application/json", document, http.StatusUnsupportedMediaType},
		"not a type":   {"xml; ;", document, http.StatusUnsupportedMediaType},
		"bytes of XML": {"application/zip", document, http.StatusUnsupportedMediaType},
	} {
		t.Run(name, func(t *testing.T) {
			a := h.post("mours", c.document, func(r *http.Request) {
				r.Header["Content-Type"] = nil
				if c.contentType != "" {
					r.Header.Set("Content-Type", c.contentType)
				}
			})
			a.t = t
			if c.want == http.StatusOK {
				a.wantReport(c.want, cards.Integrated, `recues="1"`)
			} else {
				a.wantReport(c.want, cards.Refused, `code="type-de-contenu"`)
			}
		})
	}
	h.post("mours", document, header("Content-Encoding", "br")).wantReport(http.StatusUnsupportedMediaType, cards.Refused, "gzip")
}

func TestAddressesAreTakenLiterally(t *testing.T) {
	h := newHub(t)
	h.library("mours")
	peyrins := h.library("peyrins")
	document := documentOf("mours", cardXML("A1"))
	for raw, word := range map[string]string{
		"simulation=oui":            "simulation=1",
		"simulation=":               "simulation=1",
		"simulations=1":             "Paramètre inconnu",
		"simulation=1&simulation=1": "simulation=1",
		"detail=tout":               "detail=rejets",
		"%zz":                       "mal écrits",
	} {
		h.post("mours", document, query(raw)).wantReport(http.StatusBadRequest, cards.Refused, `code="requete"`, word)
	}
	if got := h.cardsOf(peyrins); got != 0 {
		t.Errorf("%d cards came into being", got)
	}
	wrong := h.do(http.MethodGet, "/cartes", "", as("mours"))
	wrong.wantReport(http.StatusMethodNotAllowed, cards.Refused, `code="requete"`)
	if got := wrong.header.Get("Allow"); got != "POST" {
		t.Errorf("Allow: %q", got)
	}
	for _, path := range []string{"/cartes/12", "/depots", "/depots/12/13", "/depots/x", "/depots/-1", "/schemas/other.xsd", "/rapports/1"} {
		h.do(http.MethodGet, path, "", as("mours")).wantReport(http.StatusNotFound, cards.Refused, `code="introuvable"`)
	}
}

func TestADocumentThatIsTooLarge(t *testing.T) {
	h := newHub(t)
	mours := h.library("mours")
	large := documentOf("mours", manyCards("L", 16000)...)
	if len(large) <= maxDocument {
		t.Fatal("not large")
	}
	tooLarge := func(a answer) { a.wantReport(http.StatusRequestEntityTooLarge, cards.Refused, `code="trop-grand"`) }
	tooLarge(h.post("mours", large))
	tooLarge(h.post("mours", large, func(r *http.Request) { r.ContentLength = -1 })) // in pieces, without a length
	bomb := packed(strings.Repeat(" ", 20<<20))
	if len(bomb) > maxDocument {
		t.Fatal("not a bomb")
	}
	tooLarge(h.post("mours", bomb, header("Content-Encoding", "gzip")))
	empties := strings.Repeat(packed(""), maxDocument/len(packed(""))+1000) // members without content, for ever
	tooLarge(h.post("mours", empties, header("Content-Encoding", "gzip"), func(r *http.Request) { r.ContentLength = -1 }))
	h.wantNoDeposit(mours)
}

func (h *hub) wantNoDeposit(lib *cards.Library) {
	h.t.Helper()
	list, err := h.db.Deposits(h.t.Context(), cards.DepositQuery{Library: lib.Code, Limit: 10})
	if err != nil || len(list) != 0 {
		h.t.Errorf("%d deposits left, error %v", len(list), err)
	}
}

func TestABrokenGzipLeavesNothing(t *testing.T) {
	h := newHub(t)
	mours := h.library("mours")
	whole := packed(documentOf("mours", manyCards("G", 100)...))
	const invalid, cut, behind = "n’est pas un flux gzip valide", "s’est interrompu", "Des octets qui ne sont pas du gzip suivent"
	for name, c := range map[string]struct{ body, says string }{
		"not gzip":             {documentOf("mours", cardXML("A1")), invalid},
		"empty":                {"", invalid},
		"cut":                  {whole[:len(whole)/2], cut},
		"cut in its end":       {whole[:len(whole)-3], cut},
		"corrupt":              {whole[:200] + "XXXXXXXXXX" + whole[210:], invalid},
		"bytes behind":         {whole + "garbage", behind},
		"many bytes behind":    {whole + strings.Repeat("garbage", 9000), behind},
		"zeros, then bytes":    {whole + strings.Repeat("\x00", 5000) + "x", behind},
		"half a magic number":  {whole + "\x1fgarbage and more of it", behind},
		"a member that is cut": {whole + whole[:7], cut},
	} {
		t.Run(name, func(t *testing.T) {
			a := h.post("mours", c.body, header("Content-Encoding", "gzip"))
			a.t = t
			a.wantReport(http.StatusBadRequest, cards.Refused, c.says)
		})
	}
	h.wantNoDeposit(mours)
}

// What was packed in pieces is one document (RFC 1952), and tapes and some tools fill up with zeros.
func TestAGzipOfSeveralMembersAndItsPadding(t *testing.T) {
	h := newHub(t)
	h.library("mours")
	document := documentOf("mours", manyCards("P", 100)...)
	half := len(document) / 2
	members := packed(document[:half]) + packed("") + packed(document[half:])
	for name, body := range map[string]string{
		"members": members, "padded": packed(document) + strings.Repeat("\x00", 10_240), "members, padded": members + "\x00",
	} {
		t.Run(name, func(t *testing.T) {
			a := h.post("mours", body, header("Content-Encoding", "gzip"))
			a.t = t
			a.wantReport(http.StatusOK, cards.Integrated, `recues="100"`)
		})
	}
	endless := packed(document) + strings.Repeat("\x00", maxDocument)
	h.post("mours", endless, header("Content-Encoding", "gzip"), func(r *http.Request) { r.ContentLength = -1 }).
		wantReport(http.StatusRequestEntityTooLarge, cards.Refused)
}

// A packed file that nothing says is packed: who sends it is told what it is.
func TestAPackedBodyThatNothingSaysIsPacked(t *testing.T) {
	h := newHub(t)
	h.library("mours")
	h.post("mours", packed(documentOf("mours", cardXML("A1")))).
		wantReport(http.StatusBadRequest, cards.Refused, `code="encodage"`, "compressé (gzip)", "Content-Encoding: gzip")
	h.post("mours", "PK\x03\x04rest").wantReport(http.StatusBadRequest, cards.Refused, `code="encodage"`, "archive zip")
}

func TestTwoLibrariesPostAtOnce(t *testing.T) {
	eachDatabase(t, func(h *hub) {
		libraries := []*cards.Library{h.library("mours"), h.library("peyrins")}
		watching := h.library("saint-paul")
		var all sync.WaitGroup
		for _, lib := range libraries {
			for round := range 3 {
				all.Go(func() {
					// One number in common: both give the same card at the same moment.
					list := append(manyCards(strings.ToUpper(lib.Code[:1])+string(rune('0'+round)), 300), cardXML("COMMUNE"))
					a := h.post(lib.Code, documentOf(lib.Code, list...))
					if a.status != http.StatusOK || !strings.Contains(a.body, `recues="301"`) || strings.Contains(a.body, `"rejetee"`) {
						h.t.Errorf("HTTP status %d\n%.300s", a.status, a.body)
					}
				})
			}
		}
		all.Wait()
		if got := h.cardsOf(watching); got != 1801 {
			h.t.Errorf("%d cards, want 1801", got)
		}
	})
}

func packed(document string) string {
	var out bytes.Buffer
	w := gzip.NewWriter(&out)
	_, _ = w.Write([]byte(document)) // a bytes.Buffer takes everything
	_ = w.Close()
	return out.String()
}

// suspending keeps every document for staff to look at.
type suspending struct {
	*intake.Inbox
	db *store.Store
}

func (s suspending) Take(ctx context.Context, d cards.Deposit, body io.Reader, _ *cards.Library) (int64, *cards.Deposit, error) {
	id, err := s.Receive(ctx, d, body)
	if err != nil {
		return 0, nil, err
	}
	if err := s.db.FinishDeposit(ctx, id, cards.Suspended, nil); err != nil {
		return id, nil, err
	}
	suspended, err := s.db.Deposit(ctx, id)
	return id, suspended, err
}

func TestASuspendedDocumentIsAccepted(t *testing.T) {
	h := newHub(t, func(o *rest.Options) { o.Inbox = suspending{o.Inbox.(*intake.Inbox), o.Deposits.(*store.Store)} })
	h.library("mours")
	h.post("mours", documentOf("mours", cardXML("A1"))).wantReport(http.StatusAccepted, cards.Suspended, `depot="1"`)
}
