package main

import (
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"runtime"
	"strings"
	"time"

	"github.com/carte-reseau/hub/docs"
	"github.com/carte-reseau/hub/internal/oaiserver"
	"github.com/carte-reseau/hub/internal/rest"
	"github.com/carte-reseau/hub/internal/web"
	"github.com/labstack/echo/v4"
	"github.com/labstack/echo/v4/middleware"
	"github.com/prometheus/client_golang/prometheus/promhttp"
)

// routes lets the doors put their addresses on one server.
func (h *hub) routes() (http.Handler, error) {
	e := echo.New()
	e.HideBanner, e.HidePort = true, true
	e.HTTPErrorHandler = h.lastResort(e)
	var taken error
	e.OnAddRouteHandler = eachAddressOnce(&taken)
	callers, err := h.settings.callers()
	if err != nil {
		return nil, err
	}
	e.IPExtractor = callers
	e.Use(accessLog(h.log), middleware.RecoverWithConfig(middleware.RecoverConfig{LogErrorFunc: h.panicked}), patientReads, patientWrites)
	if err := h.oaiRoutes(e); err != nil {
		return nil, err
	}
	door, err := rest.New(h.lifetime, rest.Options{
		Keys: h.store, Limiter: h.parts.limiter, Passwords: h.parts.passwords, Inbox: h.parts.inbox, Deposits: h.store, Confirmations: h.store,
		Overview: h.store, Audit: h.store, Readiness: h.store, Subjects: h.subjects(), Metrics: promhttp.HandlerFor(h.parts.metrics, promhttp.HandlerOpts{}),
		Registerer: h.parts.metrics, Logger: h.log, MaxDocument: int64(h.settings.MaxDocument), Version: version, Guide: docs.Guide,
	})
	if err != nil {
		return nil, err
	}
	if err := door.Register(e); err != nil {
		return nil, err
	}
	return e, errors.Join(h.pageRoutes(e), taken)
}

// eachAddressOnce finds out where two doors put different things at one address: the later would hide the earlier.
func eachAddressOnce(taken *error) func(string, echo.Route, echo.HandlerFunc, []echo.MiddlewareFunc) {
	doors := map[string]string{} // by address
	return func(_ string, route echo.Route, _ echo.HandlerFunc, _ []echo.MiddlewareFunc) {
		address, door := route.Method+" "+route.Path, packageOf(route.Name)
		if first, known := doors[address]; known && first != door {
			*taken = errors.Join(*taken, fmt.Errorf("%s and %s both answer at %s", first, door, address))
		}
		doors[address] = door
	}
}

// packageOf is the package of a handler's name, as the runtime writes it.
func packageOf(handler string) string {
	folder := strings.LastIndexByte(handler, '/') + 1
	name, _, _ := strings.Cut(handler[folder:], ".")
	return handler[:folder] + name
}

func (h *hub) pageRoutes(e *echo.Echo) error {
	door, err := web.New(web.Options{
		Accounts: h.store, Audit: h.store, Limiter: h.parts.limiter, Passwords: h.parts.passwords, Agenda: h.store, Names: h.store, First: h.firstAccount(), Pages: h.pages(),
		PublicURL: h.publicURL, Location: h.place, Logger: h.log, Version: version,
	})
	if err != nil {
		return err
	}
	door.Register(e)
	return nil
}

func (h *hub) oaiRoutes(e *echo.Echo) error {
	key, err := subkey(h.secret, "jetons de reprise")
	if err != nil {
		return err
	}
	door, err := oaiserver.New(h.store, oaiserver.Options{
		PublicURL: h.publicURL, HubCode: h.settings.Code, Domain: h.settings.domain(h.publicURL), AdminEmail: h.settings.adminEmail(),
		Location: h.place, Key: key, PageSize: h.settings.OAIPage, TokenLife: h.settings.OAITokenLife,
		Limiter: h.parts.limiter, Log: h.log, Metrics: h.parts.metrics,
	})
	if err != nil {
		return err
	}
	door.Register(e)
	return nil
}

// panicked logs a handler's panic. Its text may quote what was being worked on:
// only the runtime's own is told.
func (h *hub) panicked(c echo.Context, err error, stack []byte) error {
	what := "a handler's own"
	if own, ok := errors.AsType[runtime.Error](err); ok {
		what = own.Error()
	}
	h.log.Error("handler panicked", "path", c.Path(), "panic", what, "stack", string(stack))
	return echo.NewHTTPError(http.StatusInternalServerError)
}

// lastResort answers what no door answered, without a word of the inside.
func (h *hub) lastResort(e *echo.Echo) echo.HTTPErrorHandler {
	return func(err error, c echo.Context) {
		if c.Response().Committed {
			h.log.Info("an answer broke off", "path", c.Path(), "error", err) // its client left, most often
			return
		}
		var known *echo.HTTPError
		if !errors.As(err, &known) {
			h.log.Error("request failed", "path", c.Path(), "error", err)
			err = echo.NewHTTPError(http.StatusInternalServerError)
		}
		e.DefaultHTTPErrorHandler(err, c)
	}
}

// accessLog writes a line for each request, with the route in place of the
// address: what somebody asks for by mistake may hold a name or a card number,
// and so may the code somebody tries to sign in with, or a method nobody knows.
func accessLog(log *slog.Logger) echo.MiddlewareFunc {
	return func(next echo.HandlerFunc) echo.HandlerFunc {
		return func(c echo.Context) error {
			start := time.Now()
			err := next(c)
			if err != nil {
				c.Error(err)
			}
			response := c.Response()
			library, _ := c.Get("library").(string) // set by the doors, of who has signed in
			log.Debug("request", "method", knownMethod(c.Request().Method), "path", c.Path(), "status", response.Status,
				"bytes", response.Size, "library", library, "duration", time.Since(start).Round(time.Millisecond))
			return nil
		}
	}
}

func knownMethod(method string) string {
	switch method {
	case http.MethodGet, http.MethodHead, http.MethodPost, http.MethodPut, http.MethodPatch, http.MethodDelete, http.MethodOptions:
		return method
	}
	return "?"
}
