package rest_test

import (
	"context"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/labstack/echo/v4"

	"github.com/carte-reseau/hub/internal/cards"
	"github.com/carte-reseau/hub/internal/exchange"
	"github.com/carte-reseau/hub/internal/rest"
)

// everyone lets everybody in and integrates nothing: what is fuzzed is how a request is read.
type everyone struct {
	rest.Readiness
	rest.Overview
}

func (everyone) Authenticate(_ context.Context, code, _ string) (*cards.Library, error) {
	return &cards.Library{ID: 1, Code: code}, nil
}

func (everyone) Record(context.Context, cards.AuditEntry) error { return nil }

func (everyone) OAIID(context.Context, string) (string, error) { return "abc", nil }

func (everyone) AuthenticateUser(context.Context, string) (*cards.User, error) {
	return nil, cards.Errorf(cards.Unauthorized, "Personne.")
}

func (everyone) Take(_ context.Context, _ cards.Deposit, body io.Reader, _ *cards.Library) (int64, *cards.Deposit, error) {
	if _, err := io.Copy(io.Discard, io.LimitReader(body, 4<<20)); err != nil {
		return 0, nil, err
	}
	return 1, &cards.Deposit{ID: 1, Status: cards.Integrated}, nil
}

func (everyone) WriteReport(_ context.Context, _ *cards.Deposit, _ bool, w io.Writer) error {
	return exchange.WriteReport(w, exchange.Summary{Status: cards.Integrated, Deposit: 1}, nil)
}

func (everyone) Deposit(context.Context, int64) (*cards.Deposit, error) {
	return nil, cards.Errorf(cards.NotFound, "Aucun.")
}

func (everyone) ConfirmPull(_ context.Context, _ int64, c cards.Confirmation) error {
	for _, refused := range c.Refused {
		if len(refused.Reason.String()) > 20*2000 {
			return cards.Errorf(cards.Invalid, "Une raison démesurée.")
		}
	}
	return nil
}

// Whatever comes, the answer is a valid rapport (or none behind a 204), and the hub is never at fault.
func FuzzRequest(f *testing.F) {
	f.Add("/cartes", "simulation=1&detail=rejets", "application/xml; charset=utf-8", "", "<cartes/>")
	f.Add("/cartes", "simulation=2", "text/xml", "gzip", packed("<cartes/>"))
	f.Add("/cartes", "%", ";", "deflate", "")
	f.Add("/cartes", "", "", "gzip", packed("x")[:9])
	f.Add("/depots/12", "detail=rejets", "", "", "")
	f.Add("/depots/../x", "", "", "", "")
	f.Add("/rapports", "", "", "", reportOf("mours", `<carte numero="1" resultat="rejetee"><erreur code="x">Non.</erreur></carte>`))
	f.Add("/rapports", "", "application/xml", "gzip", packed(reportOf("mours", "")))
	f.Add("/schemas/x", "", "", "", "")
	all := everyone{}
	door, err := rest.New(f.Context(), rest.Options{
		Keys: all, Limiter: rest.NewSignInLimiter(nil), Inbox: all, Deposits: all, Confirmations: all, Overview: all, Audit: all, Readiness: all,
		MaxDocument: 1 << 20,
	})
	if err != nil {
		f.Fatal(err)
	}
	e := echo.New()
	if err := door.Register(e); err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, path, rawQuery, contentType, coding, body string) {
		known := false
		for _, root := range []string{"/cartes", "/depots", "/rapports", "/schemas"} {
			known = known || path == root || strings.HasPrefix(path, root+"/")
		}
		if !known {
			t.Skip("not the door's")
		}
		for _, method := range []string{http.MethodPost, http.MethodGet} {
			request := httptest.NewRequestWithContext(t.Context(), method, "/", strings.NewReader(body))
			request.URL.Path, request.URL.RawQuery = path, rawQuery
			request.Header.Set("Content-Type", contentType)
			request.Header.Set("Content-Encoding", coding)
			request.SetBasicAuth("mours", "any")
			recorder := httptest.NewRecorder()
			e.ServeHTTP(recorder, request)
			if recorder.Code == http.StatusInternalServerError {
				t.Errorf("HTTP status 500: %s", recorder.Body)
			}
			if recorder.Code != http.StatusNoContent && !strings.HasPrefix(recorder.Body.String(), "<?xml") {
				t.Errorf("no XML: HTTP status %d, %q", recorder.Code, recorder.Body)
			}
			if strings.Contains(recorder.Body.String(), "<rapport") {
				validate(t, reportEngine(t), recorder.Body.String())
			}
		}
	})
}
