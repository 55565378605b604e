package push

import (
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/carte-reseau/hub/internal/cards"
)

// metrics counts by library code, never by card.
type metrics struct {
	cardsTotal *prometheus.CounterVec
	requests   *prometheus.CounterVec
	duration   *prometheus.HistogramVec
}

func newMetrics(registerer prometheus.Registerer) (*metrics, error) {
	m := &metrics{
		cardsTotal: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "hub_push_cards_total", Help: "Cards sent to libraries, by what their system answered.",
		}, []string{"library", "result"}),
		requests: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "hub_push_requests_total", Help: "Documents sent to libraries, by outcome.",
		}, []string{"library", "outcome"}),
		duration: prometheus.NewHistogramVec(prometheus.HistogramOpts{
			Name: "hub_push_request_seconds", Help: "Time until a library's report was read.",
			Buckets: []float64{0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60},
		}, []string{"library"}),
	}
	if registerer == nil {
		return m, nil
	}
	for _, c := range []prometheus.Collector{m.cardsTotal, m.requests, m.duration} {
		if err := registerer.Register(c); err != nil {
			return nil, err
		}
	}
	return m, nil
}

func (m *metrics) cards(library string, c cards.Counts) {
	m.cardsTotal.WithLabelValues(library, "refused").Add(float64(c.Rejected))
	m.cardsTotal.WithLabelValues(library, "delivered").Add(float64(c.Received - c.Rejected))
}

func (m *metrics) request(library, outcome string, took time.Duration) {
	m.requests.WithLabelValues(library, outcome).Inc()
	m.duration.WithLabelValues(library).Observe(took.Seconds())
}
