package rest

import (
	"errors"
	"strconv"

	"github.com/labstack/echo/v4"
	"github.com/prometheus/client_golang/prometheus"
)

// metrics counts what goes through the door; no label tells who it was.
type metrics struct {
	documents *prometheus.CounterVec
	signIns   prometheus.Counter
}

func newMetrics(registry prometheus.Registerer) (metrics, error) {
	m := metrics{
		documents: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "hub_post_documents_total", Help: "Documents posted to /cartes, by HTTP status of the answer.",
		}, []string{"status"}),
		signIns: prometheus.NewCounter(prometheus.CounterOpts{
			Name: "hub_rest_refused_sign_ins_total", Help: "Sign-ins refused because of a wrong code or key.",
		}),
	}
	if registry == nil {
		return m, nil
	}
	return m, errors.Join(registry.Register(m.documents), registry.Register(m.signIns))
}

// countDocuments counts the answers of a handler.
func (m metrics) countDocuments(next echo.HandlerFunc) echo.HandlerFunc {
	return func(c echo.Context) error {
		err := next(c)
		m.documents.WithLabelValues(strconv.Itoa(c.Response().Status)).Inc()
		return err
	}
}
