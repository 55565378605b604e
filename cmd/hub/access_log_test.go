package main

import (
	"errors"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/carte-reseau/hub/internal/store/storetest"
	"github.com/labstack/echo/v4"
	"github.com/labstack/echo/v4/middleware"
)

// What somebody asks for by mistake may hold a name or a card number.
func TestTheAccessLogHoldsNoAddressAsTyped(t *testing.T) {
	t.Parallel()
	s := newSite(t, storetest.SQLiteDatabase(t))
	s.LogLevel = slog.LevelDebug
	client := newCaller(t, "http://"+s.boot().listener.Addr().String(), "mours")
	for _, path := range []string{"/cartes/2610000012345", "/Lagneau/2610000012345", "/depots/2610000012345?nom=Lagneau", "/api/v1/Lagneau"} {
		if _, _, err := client.call(t.Context(), http.MethodGet, path, ""); err != nil {
			t.Fatal(err)
		}
	}
	log := s.log.String()
	if !strings.Contains(log, "msg=request") {
		t.Fatalf("no line for a request in the log:\n%s", log)
	}
	for _, private := range []string{"2610000012345", "Lagneau"} {
		if strings.Contains(log, private) {
			t.Errorf("the log holds %q:\n%s", private, log)
		}
	}
}

// A panic's text may quote what was being worked on.
func TestAPanicIsLoggedWithoutItsText(t *testing.T) {
	t.Parallel()
	text := new(lockedBuffer)
	h := &hub{foundation: &foundation{log: slog.New(slog.NewTextHandler(text, nil))}}
	e := echo.New()
	e.HTTPErrorHandler = h.lastResort(e)
	e.Use(middleware.RecoverWithConfig(middleware.RecoverConfig{LogErrorFunc: h.panicked}))
	e.GET("/text", func(echo.Context) error { panic("Mme Lagneau") })
	e.GET("/error", func(echo.Context) error { panic(errors.New("Mme Lagneau")) })
	var nobody *hub
	e.GET("/runtime", func(echo.Context) error { nobody.publicURL = ""; return nil })
	for _, path := range []string{"/text", "/error", "/runtime"} {
		answer := httptest.NewRecorder()
		e.ServeHTTP(answer, httptest.NewRequestWithContext(t.Context(), http.MethodGet, path, nil))
		if answer.Code != http.StatusInternalServerError || strings.Contains(answer.Body.String(), "Lagneau") {
			t.Errorf("%s: status %d, %s", path, answer.Code, answer.Body)
		}
	}
	if log := text.String(); strings.Contains(log, "Lagneau") || !strings.Contains(log, "nil pointer") || !strings.Contains(log, "path=/text") {
		t.Errorf("the log says:\n%s", log)
	}
}
