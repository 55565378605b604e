package main

import (
	"context"
	"time"

	"github.com/carte-reseau/hub/internal/cards"
	"github.com/carte-reseau/hub/internal/store"
	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
)

// newMetrics makes the registry the doors count in, with the state of the
// network beside it.
func newMetrics(s *store.Store) *prometheus.Registry {
	registry := prometheus.NewRegistry()
	registry.MustRegister(collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}), networkState{s})
	return registry
}

// networkState reads the state of the network when it is asked for.
type networkState struct{ store *store.Store }

var (
	behindDesc  = prometheus.NewDesc("hub_library_cards_behind", "Cards the library is still owed.", []string{"library"}, nil)
	againDesc   = prometheus.NewDesc("hub_library_cards_again", "Cards waiting to be handed to the library once more.", []string{"library"}, nil)
	waitingDesc = prometheus.NewDesc("hub_library_deposits_suspended", "Deposits of the library that wait for a decision.", []string{"library"}, nil)
	pausedDesc  = prometheus.NewDesc("hub_library_paused", "1 where the exchange with the library is paused.", []string{"library"}, nil)
	failedDesc  = prometheus.NewDesc("hub_job_failures", "Failures in a row of a library's job, or of the hub's own (no library).", []string{"library", "job"}, nil)
	outboxDesc  = prometheus.NewDesc("hub_outbox_messages", "Mails that are not sent.", []string{"state"}, nil)
	clockDesc   = prometheus.NewDesc("hub_clock_behind_seconds", "How far the database's clock has stepped back.", nil, nil)
	troubleDesc = prometheus.NewDesc("hub_troubles_open", "Troubles of a kind that go on, of a library or of the hub itself (no library).", []string{"library", "kind"}, nil)
	answerDesc  = prometheus.NewDesc("hub_database_up", "1 where the database answered.", nil, nil)
)

// Describe sends every description.
func (networkState) Describe(to chan<- *prometheus.Desc) {
	for _, d := range []*prometheus.Desc{behindDesc, againDesc, waitingDesc, pausedDesc, failedDesc, outboxDesc, clockDesc, troubleDesc, answerDesc} {
		to <- d
	}
}

// Collect reads the database, within the time a scrape has.
func (n networkState) Collect(to chan<- prometheus.Metric) {
	const patience = 5 * time.Second
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	gauge := func(d *prometheus.Desc, v float64, labels ...string) {
		to <- prometheus.MustNewConstMetric(d, prometheus.GaugeValue, v, labels...)
	}
	libraries, err := n.store.Status(ctx)
	if err != nil {
		gauge(answerDesc, 0)
		return
	}
	gauge(answerDesc, 1)
	if behind, err := n.store.ClockBehind(ctx); err == nil {
		gauge(clockDesc, float64(behind))
	}
	for _, l := range libraries {
		code := l.Library.Code
		gauge(behindDesc, float64(l.Behind), code)
		gauge(againDesc, float64(l.Again), code)
		gauge(waitingDesc, float64(l.Suspended), code)
		gauge(pausedDesc, oneIf(l.Library.Paused), code)
		for _, job := range l.Jobs {
			gauge(failedDesc, float64(job.Failures), code, string(job.Kind))
		}
	}
	if jobs, err := n.store.HubJobs(ctx); err == nil {
		for _, job := range jobs {
			gauge(failedDesc, float64(job.Failures), "", string(job.Kind))
		}
	}
	n.troubles(ctx, gauge)
	waiting, failed, _, err := n.store.Outbox(ctx)
	if err == nil {
		gauge(outboxDesc, float64(waiting), "waiting")
		gauge(outboxDesc, float64(failed), "failed")
	}
}

// troubles counts the open ones; those that are over are not shown as 0, or
// every kind of every library would be.
func (n networkState) troubles(ctx context.Context, gauge func(*prometheus.Desc, float64, ...string)) {
	const atMost = 10_000
	open, err := n.store.Troubles(ctx, cards.TroubleQuery{Open: true, Limit: atMost})
	if err != nil {
		return
	}
	counts := make(map[[2]string]float64)
	for _, t := range open {
		counts[[2]string{t.Library, string(t.Kind)}]++
	}
	for labels, count := range counts {
		gauge(troubleDesc, count, labels[:]...)
	}
}

func oneIf(yes bool) float64 {
	if yes {
		return 1
	}
	return 0
}
