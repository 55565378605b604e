package oaiserver_test

import (
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"github.com/carte-reseau/hub/internal/oaiserver"
	"github.com/carte-reseau/hub/internal/store/storetest"
)

// FuzzRequest asks anything: whatever is answered with 200 is valid, and no
// answer shows another library's set.
func FuzzRequest(f *testing.F) {
	h := open(f, storetest.SQLite(f), pageOf(2), func(o *oaiserver.Options) { o.Name = "Cartes <&> réseau" })
	h.give(h.peyrins, 5)
	storetest.Send(f, h.store, h.mours, storetest.Card("SECRET"))
	h.settled()
	first := h.as(h.mours, all)
	f.Add("verb=Identify")
	f.Add("verb=ListSets")
	f.Add(all + "&from=2020-01-01&until=2099-12-31&set=mours")
	f.Add("verb=ListIdentifiers&metadataPrefix=carte&from=2020-01-01T00:00:00Z")
	f.Add("verb=GetRecord&metadataPrefix=carte&identifier=" + url.QueryEscape(first.headers[0].Identifier))
	f.Add("verb=ListMetadataFormats&identifier=oai:cartes.exemple.fr:%00%ff")
	f.Add(url.Values{"verb": {"ListRecords"}, "resumptionToken": {first.token.Value}}.Encode())
	f.Add("verb=ListRecords&resumptionToken=\x00\ufffe<&\"'>")
	f.Fuzz(func(t *testing.T, query string) {
		r := httptest.NewRequestWithContext(t.Context(), http.MethodPost, oaiserver.Path, strings.NewReader(query))
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		r.SetBasicAuth("mours", storetest.Key)
		w := httptest.NewRecorder()
		h.echo.ServeHTTP(w, r)
		switch w.Code {
		case http.StatusOK:
			validate(t, w.Body.Bytes())
		case http.StatusForbidden, http.StatusRequestEntityTooLarge:
		default:
			t.Errorf("%q: %d %s", query, w.Code, w.Body)
		}
		if list := strings.Contains(w.Body.String(), "<ListRecords>"); list && strings.Contains(w.Body.String(), "SECRET") {
			t.Errorf("%q: a library was handed its own card: %s", query, w.Body)
		}
	})
}
