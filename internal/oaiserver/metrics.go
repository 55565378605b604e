package oaiserver

import (
	"fmt"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/carte-reseau/hub/internal/oai"
)

// metrics counts what the door does. Its labels name neither libraries nor
// cards.
type metrics struct {
	requests *prometheus.CounterVec
	cards    prometheus.Counter
}

func newMetrics(r prometheus.Registerer) (*metrics, error) {
	m := &metrics{
		requests: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "hub_oai_requests_total",
			Help: "OAI-PMH requests by verb and outcome: ok, an error code of the protocol, an HTTP status, or broken off.",
		}, []string{"verb", "outcome"}),
		cards: prometheus.NewCounter(prometheus.CounterOpts{
			Name: "hub_oai_cards_total",
			Help: "Cards, or their headers, handed over by the OAI-PMH server.",
		}),
	}
	if r == nil {
		return m, nil
	}
	for _, c := range []prometheus.Collector{m.requests, m.cards} {
		if err := r.Register(c); err != nil {
			return nil, fmt.Errorf("metrics of the OAI-PMH server: %w", err)
		}
	}
	return m, nil
}

func (m *metrics) count(verb oai.Verb, outcome string) {
	m.requests.WithLabelValues(string(verb), outcome).Inc()
}

func (m *metrics) handed(n int) { m.cards.Add(float64(n)) }
