package rest

import (
	"context"
	"log/slog"
	"net"
	"net/http"
	"time"

	"github.com/labstack/echo/v4"

	"github.com/carte-reseau/hub/internal/cards"
)

// readyPatience bounds the question to the database: who watches over the hub asks every few seconds.
const readyPatience = 3 * time.Second

// healthRoutes are read by the operator's tools: the service manager, the load balancer, Prometheus.
type healthRoutes struct {
	ready   Readiness
	metrics http.Handler // nil: none
	signIn  signIn
	log     *slog.Logger
}

func (r healthRoutes) register(e *echo.Echo) {
	e.Match(reading, "/healthz", r.alive)
	e.Match(reading, "/readyz", r.readyz)
	if r.metrics != nil {
		e.Match(reading, "/metrics", r.metricsPage)
	}
}

// alive answers as long as the process does; it asks nobody, so that a slow database does not get the hub killed.
func (healthRoutes) alive(c echo.Context) error {
	noStore(c)
	return c.String(http.StatusOK, "ok\n")
}

func (r healthRoutes) readyz(c echo.Context) error {
	noStore(c)
	ctx, cancel := context.WithTimeout(c.Request().Context(), readyPatience)
	defer cancel()
	if err := r.ready.Ready(ctx); err != nil {
		r.log.WarnContext(ctx, "not ready", "error", err)
		c.Response().Header().Set(echo.HeaderRetryAfter, retryAfter)
		return c.String(http.StatusServiceUnavailable, "Le concentrateur n’est pas prêt : sa base de données ne répond pas ou n’est pas à jour.\n")
	}
	return c.String(http.StatusOK, "prêt\n")
}

// metricsPage is for a Prometheus on the same machine, or one that holds a staff key: how much a network moves, and when,
// is nobody else's business.
func (r healthRoutes) metricsPage(c echo.Context) error {
	if !fromThisMachine(c.Request()) {
		if _, refused := r.signIn.atLeast(c, cards.RoleReader); refused != nil {
			return writeProblem(c, refused.status, refused.header, cards.MessageOf(refused.err))
		}
	}
	r.metrics.ServeHTTP(c.Response(), c.Request())
	return nil
}

// fromThisMachine reports whether the request began here. Behind a reverse proxy on this machine every connection comes
// from the loopback, so a forwarded request never counts.
func fromThisMachine(req *http.Request) bool {
	for _, trace := range []string{"Forwarded", "X-Forwarded-For", "X-Real-Ip", "Via"} {
		if req.Header.Get(trace) != "" {
			return false
		}
	}
	host, _, err := net.SplitHostPort(req.RemoteAddr)
	if err != nil {
		return false
	}
	ip := net.ParseIP(host)
	return ip != nil && ip.IsLoopback()
}

func noStore(c echo.Context) { c.Response().Header().Set(echo.HeaderCacheControl, "no-store") }
