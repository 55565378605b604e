package oaiclient

import (
	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/promauto"
)

// metrics count by library code only: no page, no token, no card.
type metrics struct {
	requests *prometheus.CounterVec
	records  *prometheus.CounterVec
	pages    *prometheus.CounterVec
	repaired *prometheus.CounterVec
}

func newMetrics(reg prometheus.Registerer) *metrics {
	counter := func(name, help string, labels ...string) *prometheus.CounterVec {
		return promauto.With(reg).NewCounterVec(prometheus.CounterOpts{Name: "hub_harvest_" + name, Help: help}, append([]string{"library"}, labels...))
	}
	return &metrics{
		requests: counter("requests_total", "Requests to the OAI-PMH server of a library, by what came of them.", "outcome"),
		pages:    counter("pages_total", "Pages applied."),
		records:  counter("records_total", "Records read, by whether they hold a card or are deleted.", "kind"),
		repaired: counter("repaired_characters_total", "Illegal or wrongly encoded characters repaired."),
	}
}

func (m *metrics) request(library, outcome string) {
	m.requests.WithLabelValues(library, outcome).Inc()
}

func (m *metrics) mended(library string, characters int) {
	m.repaired.WithLabelValues(library).Add(float64(characters))
}

func (m *metrics) page(library string, c *contents) {
	m.pages.WithLabelValues(library).Inc()
	m.records.WithLabelValues(library, "card").Add(float64(c.records - c.deleted))
	m.records.WithLabelValues(library, "deleted").Add(float64(c.deleted))
}
