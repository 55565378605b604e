package oaiserver_test

import (
	"bytes"
	"compress/gzip"
	"io"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/carte-reseau/hub/internal/cards"
	"github.com/carte-reseau/hub/internal/oai"
	"github.com/carte-reseau/hub/internal/oaiserver"
	"github.com/carte-reseau/hub/internal/store"
	"github.com/carte-reseau/hub/internal/store/storetest"
)

const all = "verb=ListRecords&metadataPrefix=carte"

func pageOf(n int) func(*oaiserver.Options) {
	return func(o *oaiserver.Options) { o.PageSize = n }
}

// TestEveryVerbAndError asks for every answer the protocol has; do validates
// each against the schemas.
func TestEveryVerbAndError(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		h := open(t, s)
		h.give(h.peyrins, 3)
		h.settled()
		id := url.QueryEscape(h.identifierOf(h.mours, "K0001"))
		for query, want := range map[string]oai.ErrorCode{
			"verb=Identify":                                        "",
			"verb=ListSets":                                        "",
			"verb=ListMetadataFormats":                             "",
			"verb=ListMetadataFormats&identifier=" + id:            "",
			"verb=GetRecord&metadataPrefix=carte&identifier=" + id: "",
			all:                "",
			all + "&set=mours": "",
			"verb=ListIdentifiers&metadataPrefix=carte": "",
			all + "&from=2000-01-01&until=2099-01-01":   "",
			all + "&from=2000-01-01T00:00:00Z":          "",

			"":                            oai.BadVerb,
			"verb=Nope":                   oai.BadVerb,
			"verb=Identify&verb=Identify": oai.BadVerb,
			"%zz":                         oai.BadVerb,
			"verb=ListRecords":            oai.BadArgument,
			all + "&set=a&set=b":          oai.BadArgument,
			all + "&nope=1":               oai.BadArgument,
			all + "&x=%zz":                oai.BadArgument,
			all + "&from=hier":            oai.BadArgument,
			all + "&from=2026-01-02&until=2026-01-01":                 oai.BadArgument,
			all + "&from=2026-01-02&until=2026-01-03T00:00:00Z":       oai.BadArgument,
			"verb=GetRecord&metadataPrefix=carte&identifier=a%20b%00": oai.BadArgument,

			"verb=ListRecords&metadataPrefix=oai_dc":                                                oai.CannotDisseminateFormat,
			"verb=ListIdentifiers&metadataPrefix=oai_dc":                                            oai.CannotDisseminateFormat,
			"verb=GetRecord&metadataPrefix=oai_dc&identifier=" + id:                                 oai.CannotDisseminateFormat,
			"verb=GetRecord&metadataPrefix=carte&identifier=really_wrong":                           oai.IDDoesNotExist,
			"verb=GetRecord&metadataPrefix=carte&identifier=oai:cartes.exemple.fr:nope":             oai.IDDoesNotExist,
			"verb=GetRecord&metadataPrefix=carte&identifier=oai:autre.exemple.fr:" + id[len(id)-5:]: oai.IDDoesNotExist,
			"verb=ListMetadataFormats&identifier=oai:cartes.exemple.fr:nope":                        oai.IDDoesNotExist,
			all + "&until=1969-12-31":                                                               oai.NoRecordsMatch,
			all + "&until=1970-01-01":                                                               oai.NoRecordsMatch,
			all + "&until=2001-01-01":                                                               oai.NoRecordsMatch,
			all + "&from=2099-01-01":                                                                oai.NoRecordsMatch,
			"verb=ListIdentifiers&metadataPrefix=carte&from=2099-01-01T00:00:00Z":                   oai.NoRecordsMatch,
			"verb=ListRecords&resumptionToken=":                                                     oai.BadResumptionToken,
			"verb=ListRecords&resumptionToken=abc":                                                  oai.BadResumptionToken,
			"verb=ListIdentifiers&resumptionToken=%00%ff%3C":                                        oai.BadResumptionToken,
			"verb=ListSets&resumptionToken=abc":                                                     oai.BadResumptionToken,
		} {
			got := h.as(h.mours, query)
			if got.status != http.StatusOK || got.code != want {
				t.Errorf("%s: %d, %q, want %q\n%s", query, got.status, got.code, want, got.body)
			}
			h.checkEcho(query, got)
			post := h.do(h.request(http.MethodPost, h.url, query, "mours", storetest.Key))
			if post.code != got.code || post.status != got.status || len(post.headers) != len(got.headers) {
				t.Errorf("%s by POST: %d, %q", query, post.status, post.code)
			}
		}
		if logged := h.logged.String(); logged != "" {
			t.Errorf("logged: %s", logged)
		}
	})
}

// checkEcho: the request is echoed, save where it was not understood.
func (h *hub) checkEcho(query string, got *reply) {
	h.t.Helper()
	echoed := strings.Contains(string(got.body), "<request verb=")
	if understood := got.code != oai.BadVerb && got.code != oai.BadArgument; echoed != understood {
		h.t.Errorf("%s: echoed %v\n%s", query, echoed, got.body)
	}
	if !strings.Contains(string(got.body), ">"+publicURL+"/oai</request>") {
		h.t.Errorf("%s: the base URL is not echoed\n%s", query, got.body)
	}
	if _, _, err := oai.ParseDatestamp(got.date); err != nil {
		h.t.Errorf("%s: responseDate %q", query, got.date)
	}
}

func TestWhatTheRepositoryTells(t *testing.T) {
	t.Parallel()
	h := open(t, storetest.SQLite(t))
	h.give(h.peyrins, 1)
	h.settled()
	for query, parts := range map[string][]string{
		"verb=Identify": {
			"<repositoryName>Cartes du réseau de bibliothèques<", "<baseURL>https://cartes.exemple.fr/oai<", "<protocolVersion>2.0<",
			"<adminEmail>admin@exemple.fr<", "<deletedRecord>no<", "<granularity>YYYY-MM-DDThh:mm:ssZ<", "<compression>gzip<",
			"<repositoryIdentifier>cartes.exemple.fr<",
		},
		"verb=ListMetadataFormats": {
			"<metadataPrefix>carte<", "<schema>https://cartes.exemple.fr/schemas/carte-reseau-1.xsd<", "<metadataNamespace>urn:carte-reseau:1<",
		},
		"verb=ListSets": {"<set><setSpec>mours</setSpec><setName>Bibliothèque de mours</setName></set>"},
	} {
		got := h.as(h.mours, query)
		for _, part := range parts {
			if !strings.Contains(string(got.body), part) {
				t.Errorf("%s lacks %s\n%s", query, part, got.body)
			}
		}
		if strings.Contains(string(got.body), "peyrins") {
			t.Errorf("%s shows another library\n%s", query, got.body)
		}
	}
}

func TestSignIn(t *testing.T) {
	t.Parallel()
	h := open(t, storetest.SQLite(t))
	for _, c := range []struct {
		code, key string
		want      int
	}{
		{"", "", http.StatusUnauthorized},
		{"mours", "wrong", http.StatusUnauthorized},
		{"nobody", storetest.Key, http.StatusUnauthorized},
		{strings.Repeat("x", 2000), "y", http.StatusUnauthorized},
		{"mours", storetest.Key, http.StatusOK},
	} {
		got := h.do(h.request(http.MethodGet, h.url+"?verb=Identify", "", c.code, c.key))
		if got.status != c.want {
			t.Errorf("%.20s: %d", c.code, got.status)
		}
		if challenged := got.header.Get("WWW-Authenticate") != ""; challenged != (c.want == http.StatusUnauthorized) {
			t.Errorf("%.20s: WWW-Authenticate %q", c.code, got.header.Get("WWW-Authenticate"))
		}
	}
	for _, set := range []string{"peyrins", "nobody", "mours:x"} {
		for _, verb := range []string{"ListRecords", "ListIdentifiers"} {
			if got := h.as(h.mours, "verb="+verb+"&metadataPrefix=carte&set="+set); got.status != http.StatusForbidden {
				t.Errorf("the set %s: %d", set, got.status)
			}
		}
	}
	if logged := h.logged.String(); strings.Contains(logged, storetest.Key) || strings.Contains(logged, "wrong") || !strings.Contains(logged, "that of mours") {
		t.Errorf("logged: %s", logged)
	}
}

// PostgreSQL refuses bytes that are not UTF-8: what anybody may type must
// never reach it.
func TestACodeOfAnyBytesIsRefusedLikeAWrongOne(t *testing.T) {
	t.Parallel()
	h := open(t, storetest.Postgres(t))
	for _, code := range []string{"a\x00b", "mours\xff", "Mme Dupré"} {
		if got := h.do(h.request(http.MethodGet, h.url+"?verb=Identify", "", code, "x")); got.status != http.StatusUnauthorized {
			t.Errorf("%q: %d", code, got.status)
		}
	}
	if logged := h.logged.String(); strings.Contains(logged, "ERROR") || strings.Contains(logged, "Dupré") {
		t.Errorf("logged: %s", logged)
	}
}

func TestRepeatedWrongKeysHaveToWait(t *testing.T) {
	t.Parallel()
	h := open(t, storetest.SQLite(t))
	wrong := func() *reply { return h.do(h.request(http.MethodGet, h.url+"?verb=Identify", "", "mours", "wrong")) }
	h.spy.setFailing("Admit", cards.Errorf(cards.Unavailable, "panne"))
	for range 5 { // no fault of theirs
		if got := wrong(); got.status != http.StatusServiceUnavailable {
			t.Fatal(got.status)
		}
	}
	h.spy.setFailing("", nil)
	for range 2 {
		wrong()
	}
	h.as(h.mours, "verb=Identify") // the right one: all is forgotten
	for range 3 {
		if got := wrong(); got.status != http.StatusUnauthorized {
			t.Fatal(got.status)
		}
	}
	if got := wrong(); got.status != http.StatusTooManyRequests || got.header.Get("Retry-After") != "2" {
		t.Errorf("%d, Retry-After %q", got.status, got.header.Get("Retry-After"))
	}
	if got := h.as(h.peyrins, "verb=Identify"); got.status != http.StatusOK {
		t.Errorf("another library: %d", got.status)
	}
	// Whoever tries keys in its name does not keep the library itself out.
	elsewhere := h.request(http.MethodGet, h.url+"?verb=Identify", "", "mours", storetest.Key)
	elsewhere.Header.Set("X-Real-Ip", "192.0.2.7")
	if got := h.do(elsewhere); got.status != http.StatusOK {
		t.Errorf("from elsewhere: %d", got.status)
	}
}

func TestMethods(t *testing.T) {
	t.Parallel()
	h := open(t, storetest.SQLite(t))
	for _, method := range []string{http.MethodHead, http.MethodPut, http.MethodDelete, http.MethodOptions, http.MethodPatch} {
		got := h.do(h.request(method, h.url+"?verb=Identify", "", "mours", storetest.Key))
		if got.status != http.StatusMethodNotAllowed || got.header.Get("Allow") != "GET, POST" {
			t.Errorf("%s: %d, Allow %q", method, got.status, got.header.Get("Allow"))
		}
	}
}

func TestPost(t *testing.T) {
	t.Parallel()
	h := open(t, storetest.SQLite(t))
	post := func(address, form, mediaType string) *reply {
		r := h.request(http.MethodPost, address, form, "mours", storetest.Key)
		r.Header.Set("Content-Type", mediaType)
		return h.do(r)
	}
	const form = "application/x-www-form-urlencoded"
	if got := post(h.url, "verb=Identify", form+"; charset=UTF-8"); got.verb != oai.Identify {
		t.Errorf("with a charset: %s", got.body)
	}
	if got := post(h.url+"?verb=Identify", "verb=Identify", form); got.code != oai.BadVerb {
		t.Errorf("a verb in the address and in the body: %s", got.body)
	}
	for _, other := range []string{"", "text/xml", "multipart/form-data; boundary=x", ";"} {
		if got := post(h.url, "verb=Identify", other); got.status != http.StatusUnsupportedMediaType {
			t.Errorf("%q: %d", other, got.status)
		}
	}
	if got := post(h.url, "verb=Identify&x="+strings.Repeat("x", 100_000), form); got.status != http.StatusRequestEntityTooLarge {
		t.Errorf("a long body: %d", got.status)
	}
}

func TestUnavailable(t *testing.T) {
	t.Parallel()
	h := open(t, storetest.SQLite(t))
	h.give(h.peyrins, 1)
	h.settled()
	id := url.QueryEscape(h.identifierOf(h.mours, "K0000"))
	record := "verb=GetRecord&metadataPrefix=carte&identifier=" + id
	queries := map[string]string{
		"Admit": all, "CloseSecond": "verb=Nope", "ListBounds": all, "BridgeGap": all + "&from=2020-01-01", "BeginList": all, "Feed": all, "EarliestStamp": "verb=Identify",
		"CardByOAIID": record, "NoteAsked": record,
	}
	for what, query := range queries {
		for _, err := range []error{cards.Errorf(cards.Unavailable, "panne"), io.ErrUnexpectedEOF} {
			h.spy.setFailing(what, err)
			got := h.as(h.mours, query)
			if got.status != http.StatusServiceUnavailable || got.header.Get("Retry-After") != "30" || strings.Contains(string(got.body), "EOF") {
				t.Errorf("%s: %d, Retry-After %q, %s", what, got.status, got.header.Get("Retry-After"), got.body)
			}
		}
	}
	fresh := open(t, storetest.SQLite(t)) // no codes known yet
	fresh.give(fresh.peyrins, 1)
	fresh.settled()
	fresh.spy.setFailing("LibraryCodes", cards.Errorf(cards.Unavailable, "panne"))
	if got := fresh.as(fresh.mours, all); got.status != http.StatusServiceUnavailable {
		t.Errorf("LibraryCodes: %d", got.status)
	}
	fresh.spy.setFailing("FinishList", cards.Errorf(cards.Unavailable, "panne"))
	if got := fresh.as(fresh.mours, all); got.status != http.StatusOK || len(got.numbers) != 1 {
		t.Errorf("FinishList: the list itself is whole, yet %d, %s", got.status, got.body)
	}
	if fresh.spy.setFailing("", nil); fresh.mark(fresh.mours).Seq != 0 {
		t.Error("the mark moved")
	}
}

func TestGzip(t *testing.T) {
	t.Parallel()
	h := open(t, storetest.SQLite(t))
	h.give(h.peyrins, 50)
	h.settled()
	plain := h.as(h.mours, all)
	for accepted, want := range map[string]bool{
		"gzip": true, "deflate, gzip;q=0.5": true, "GZIP ; Q=1": true, "x-gzip": true,
		"": false, "identity": false, "gzip;q=0": false, "gzip;q=0.000": false, "gzip;q=x": false, "gzipped": false,
	} {
		r := h.request(http.MethodGet, h.url+"?"+all, "", "mours", storetest.Key)
		r.Header.Set("Accept-Encoding", accepted)
		got := h.do(r)
		if zipped := got.header.Get("Content-Encoding") == "gzip"; zipped != want {
			t.Errorf("%q: %q", accepted, got.header.Get("Content-Encoding"))
			continue
		}
		if !want {
			continue
		}
		zip, err := gzip.NewReader(bytes.NewReader(got.body))
		if err != nil {
			t.Fatal(err)
		}
		if got.body, err = io.ReadAll(zip); err != nil {
			t.Fatal(err)
		}
		got.read(t)
		if strings.Join(got.numbers, " ") != strings.Join(plain.numbers, " ") || len(got.numbers) != 50 {
			t.Errorf("%q: %v", accepted, got.numbers)
		}
	}
}

func TestExpiredCardsAreNowhere(t *testing.T) {
	t.Parallel()
	h := open(t, storetest.SQLite(t))
	day := func(days int) string { // in the network's time zone
		return time.Now().In(options().Location).AddDate(0, 0, days).Format(time.DateOnly)
	}
	ends := func(end string) func(*cards.Card) {
		return func(c *cards.Card) { c.Enrolment = cards.Registration{First: "2020-01-01", End: end} }
	}
	storetest.Send(t, h.store, h.peyrins, storetest.Card("OVER", ends(day(-1))), storetest.Card("SOON", ends(day(1))))
	h.settled()
	got := h.as(h.mours, all)
	if strings.Join(got.numbers, " ") != "SOON" {
		t.Errorf("listed: %v", got.numbers)
	}
	query := "verb=GetRecord&metadataPrefix=carte&identifier=" + url.QueryEscape(got.headers[0].Identifier)
	if got := h.as(h.mours, query); got.code != "" {
		t.Errorf("a card on its last days: %s", got.body)
	}
	h.spy.ahead = 3 * 24 * 3600
	if got := h.as(h.mours, query); got.code != oai.IDDoesNotExist {
		t.Errorf("an expired card: %s", got.body)
	}
	if got := h.as(h.mours, all); got.code != oai.NoRecordsMatch {
		t.Errorf("listed when expired: %s", got.body)
	}
}

func TestGetRecordShowsTheSetTheCardIsIn(t *testing.T) {
	t.Parallel()
	h := open(t, storetest.SQLite(t))
	h.give(h.peyrins, 1)
	h.settled()
	query := "verb=GetRecord&metadataPrefix=carte&identifier=" + url.QueryEscape(h.identifierOf(h.mours, "K0000"))
	if got := h.as(h.mours, query); len(got.headers) != 1 || strings.Join(got.headers[0].Sets, " ") != "mours" {
		t.Errorf("%s", got.body)
	}
	if got := h.as(h.peyrins, query); len(got.headers) != 1 || len(got.headers[0].Sets) != 0 {
		t.Errorf("its own card is in no set of a library: %s", got.body)
	}
}

// A card that is erased while it is asked for is not handed over: nobody would ask that library to erase it.
func TestACardErasedWhileItIsAskedFor(t *testing.T) {
	t.Parallel()
	h := open(t, storetest.SQLite(t))
	h.give(h.peyrins, 1)
	h.settled()
	query := "verb=GetRecord&metadataPrefix=carte&identifier=" + url.QueryEscape(h.identifierOf(h.mours, "K0000"))
	h.spy.onAsked = func() {
		if _, err := h.store.Erase(t.Context(), "K0000", "Claire"); err != nil {
			t.Error(err)
		}
	}
	if got := h.as(h.mours, query); got.code != oai.IDDoesNotExist {
		t.Errorf("%s", got.body)
	}
}
