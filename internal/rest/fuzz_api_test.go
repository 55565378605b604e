package rest_test

import (
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"net/http/httptest"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/labstack/echo/v4"

	"github.com/carte-reseau/hub/internal/cards"
	"github.com/carte-reseau/hub/internal/intake"
	"github.com/carte-reseau/hub/internal/rest"
	"github.com/carte-reseau/hub/internal/store"
	"github.com/carte-reseau/hub/internal/store/storetest"
)

// fuzzedAPI is the JSON interface over a real store in which there is something to decide.
type fuzzedAPI struct {
	tb   testing.TB
	echo *echo.Echo
}

func newFuzzedAPI(f *testing.F) fuzzedAPI {
	f.Helper()
	db, err := store.Open(f.Context(), store.Options{Database: storetest.SQLiteDatabase(f), Secret: make([]byte, 32), PasswordCost: storetest.Cheap})
	if err != nil {
		f.Fatal(err)
	}
	f.Cleanup(func() { _ = db.Close() })
	door, err := rest.New(f.Context(), rest.Options{
		Keys: db, Limiter: rest.NewSignInLimiter(nil), Deposits: db, Confirmations: db, Overview: db, Audit: db, Readiness: db, Subjects: subjectsOf(db),
		Inbox: intake.New(db, intake.Options{MaxDocument: maxDocument, Owner: "test"}), MaxDocument: maxDocument,
	})
	if err != nil {
		f.Fatal(err)
	}
	api := fuzzedAPI{tb: f, echo: echo.New()}
	if err := door.Register(api.echo); err != nil {
		f.Fatal(err)
	}
	for _, u := range []cards.User{{Name: "le premier", Role: cards.RoleReader}, {Name: "compte", Role: cards.RoleAdministrator}} { // 1 is changed
		if _, err := db.AddUser(f.Context(), u, keyFor(u.Role)); err != nil {
			f.Fatal(err)
		}
	}
	for _, code := range []string{"mours", "peyrins"} {
		if _, err := db.AddLibrary(f.Context(), cards.Library{Code: code, Name: code, Email: code + "@example.org"}, keyOf(code)); err != nil {
			f.Fatal(err)
		}
	}
	for _, phone := range []string{"04 75 00 00 00", "04 75 11 11 11", "04 75 22 22 22"} {
		for _, code := range []string{"mours", "peyrins"} {
			api.deposit(code, phoneXML("A1", phone+code)+phoneXML("A2", phone))
		}
	}
	return api
}

func (a fuzzedAPI) deposit(code, carte string) {
	a.tb.Helper()
	request := httptest.NewRequestWithContext(a.tb.Context(), http.MethodPost, "/cartes", strings.NewReader(documentOf(code, carte)))
	request.Header.Set("Content-Type", "application/xml")
	request.SetBasicAuth(code, keyOf(code))
	recorder := httptest.NewRecorder()
	if a.echo.ServeHTTP(recorder, request); recorder.Code != http.StatusOK {
		a.tb.Fatalf("HTTP status %d: %s", recorder.Code, recorder.Body)
	}
}

func (a fuzzedAPI) ask(t testing.TB, method, path, rawQuery, contentType, body string) *httptest.ResponseRecorder {
	request := httptest.NewRequestWithContext(t.Context(), method, "/", strings.NewReader(body))
	request.URL.Path, request.URL.RawQuery = "/api/v1"+path, rawQuery
	request.Header.Set("Content-Type", contentType)
	bearer(keyFor(cards.RoleAdministrator))(request)
	recorder := httptest.NewRecorder()
	a.echo.ServeHTTP(recorder, request)
	return recorder
}

// schemaJSON is the little of a schema that a body can be made from.
type schemaJSON struct {
	Ref        string `json:"$ref"`
	Type       any
	Properties map[string]schemaJSON
	Items      *schemaJSON
	Enum       []any
	Pattern    string
}

type openAPI struct {
	Paths map[string]map[string]struct {
		RequestBody struct {
			Content map[string]struct{ Schema schemaJSON }
		}
	}
	Components struct{ Schemas map[string]schemaJSON }
}

// sample makes a value of a schema, such as staff might send.
func (d openAPI) sample(s schemaJSON) any {
	if name, ok := strings.CutPrefix(s.Ref, "#/components/schemas/"); ok {
		s = d.Components.Schemas[name]
	}
	kind := fmt.Sprint(s.Type) // one type or several
	switch {
	case len(s.Enum) > 0:
		return s.Enum[0]
	case s.Properties != nil:
		object := map[string]any{}
		for name, property := range s.Properties {
			object[name] = d.sample(property)
		}
		return object
	case strings.Contains(kind, "object"):
		return map[string]any{}
	case strings.HasPrefix(s.Pattern, "^[a-z"):
		return "a1"
	case strings.Contains(kind, "string"):
		return "A1"
	case strings.Contains(kind, "boolean"):
		return true
	case strings.Contains(kind, "array") && s.Items != nil:
		return []any{d.sample(*s.Items)}
	}
	return 1
}

var pathParameter = regexp.MustCompile(`\{[^}]*\}`)

// FuzzAPI: whatever is asked of the JSON interface by somebody with every right, the answer is JSON, or the
// report of a deposit, and the hub is never at fault. Every operation there is, with a body it accepts, is where the search begins.
func FuzzAPI(f *testing.F) {
	api := newFuzzedAPI(f)
	var described openAPI
	if err := json.Unmarshal(api.ask(f, http.MethodGet, "/openapi.json", "", "", "").Body.Bytes(), &described); err != nil || len(described.Paths) < 10 {
		f.Fatal(len(described.Paths), err)
	}
	for _, full := range slices.Sorted(maps.Keys(described.Paths)) {
		path := strings.TrimPrefix(full, "/api/v1")
		for _, method := range slices.Sorted(maps.Keys(described.Paths[full])) {
			operation := described.Paths[full][method]
			body, err := json.Marshal(described.sample(operation.RequestBody.Content["application/json"].Schema))
			if err != nil {
				f.Fatal(err)
			}
			for _, value := range []string{"1", "mours"} {
				f.Add(strings.ToUpper(method), pathParameter.ReplaceAllString(path, value), "limit=2", "application/json", string(body))
			}
		}
	}
	f.Add("POST", "/conflicts/search", "", "application/json", `{"card":"A1","all":true,"before":2}`)
	f.Add("POST", "/conflicts/1/choose", "", "application/json", `{"seen":3}`)
	f.Add("POST", "/conflicts/1/choose", "", "application/json; charset=latin1", "null")
	f.Add("POST", "/duplicates/same", "", "application/json", `{"goes_on":"A1","other":"A2"}`)
	f.Add("POST", "/duplicates/different", "", "text/plain", `{"number":"A1","other":"a1"}`)
	f.Add("GET", "/conflicts", "kind=doute&before=9223372036854775808&library=%00", "", "")
	f.Add("GET", "/runs", "job=push&library=x&limit=1e3", "", "[")
	f.Fuzz(func(t *testing.T, method, path, rawQuery, contentType, body string) {
		if !slices.Contains([]string{http.MethodGet, http.MethodPost, http.MethodPatch, http.MethodDelete}, method) || path != "" && path[0] != '/' {
			t.Skip("not a request of this interface")
		}
		recorder := api.ask(t, method, path, rawQuery, contentType, body)
		answer := recorder.Body.Bytes()
		switch {
		case recorder.Code >= http.StatusInternalServerError:
			t.Errorf("HTTP status %d: %s", recorder.Code, answer)
		case recorder.Code == http.StatusNoContent && len(answer) == 0:
		case strings.HasPrefix(recorder.Header().Get("Content-Type"), "text/event-stream"):
		case recorder.Header().Get("Content-Disposition") != "": // somebody else's document, or the cards of a library that left
		case strings.HasPrefix(recorder.Header().Get("Content-Type"), "application/xml"): // the report of a deposit
			validate(t, reportEngine(t), string(answer))
		case !json.Valid(answer):
			t.Errorf("no JSON: HTTP status %d, %q", recorder.Code, answer)
		}
	})
}
