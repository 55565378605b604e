package oaiclient

import (
	"log/slog"
	"net/http"
	"time"

	"github.com/carte-reseau/hub/internal/cards"
	"github.com/prometheus/client_golang/prometheus"
)

// Options of a [Harvester]. A zero field takes the default given with it.
type Options struct {
	Logger     *slog.Logger          // slog.Default()
	Registerer prometheus.Registerer // nil: no metrics
	Now        func() time.Time      // time.Now
	// Location is where times without a zone are (UTC).
	Location  *time.Location
	UserAgent string // "carte-reseau-hub"
	// HubName is what the mails to libraries call the hub ("le réseau de lecture").
	HubName string
	// PublicURL is the hub's own address, named in mails so that a library finds its report; empty: not named.
	PublicURL string
	// Letters are the mails about a part of a harvest that is suspended, besides the library's own; nil: none.
	Letters   func(d *cards.Deposit) []cards.Message
	TempDir   string            // where pages lie while they are read; the system's
	Transport http.RoundTripper // replaces the door's own, in tests

	// Limits of one request.
	ConnectTimeout time.Duration // to connect, and again for TLS (10 s)
	HeaderTimeout  time.Duration // until the answer begins; some systems compute the whole list first (2 min)
	IdleTimeout    time.Duration // without a byte of the answer (1 min)
	RequestTimeout time.Duration // for all of it (15 min)
	// PingAfter is how long nothing may come over a connection of HTTP/2 before it is asked whether it is alive, and then
	// until it says so (15 s). The next attempt would go the same way otherwise.
	PingAfter time.Duration
	// MaxPage bounds a page after decompression (256 MiB): systems that know no pages send their whole set in one.
	MaxPage int64

	// Attempts at one page when the server fails or the answer is cut off (4), with a pause that grows fourfold from
	// Backoff (2 s).
	Attempts int
	Backoff  time.Duration
	// MaxWait is how long one run waits in all because the server asks it to (2 min); beyond, it ends with a [NotBefore].
	MaxWait time.Duration
	// MaxNotBefore caps what a server may ask for (6 h).
	MaxNotBefore time.Duration

	// Overlap is taken off the start of a window (10 min), DayOverlap where the server knows days only (24 h): its records
	// may be stamped before they can be seen.
	Overlap    time.Duration
	DayOverlap time.Duration

	MaxRestarts int // of one window because its token was refused (3)
	MaxEmpty    int // pages in a row without any record (1,000): some servers cut pages before they look what belongs on them
	MaxPages    int // of one harvest (100,000)
	BatchSize   int // cards in one transaction (500)
}

func (o Options) orDefaults() Options {
	if o.Logger == nil {
		o.Logger = slog.Default()
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Location == nil {
		o.Location = time.UTC
	}
	if o.Letters == nil {
		o.Letters = func(*cards.Deposit) []cards.Message { return nil }
	}
	fill(&o.UserAgent, "carte-reseau-hub")
	fill(&o.HubName, "le concentrateur du réseau")
	fill(&o.ConnectTimeout, 10*time.Second)
	fill(&o.HeaderTimeout, 2*time.Minute)
	fill(&o.IdleTimeout, time.Minute)
	fill(&o.RequestTimeout, 15*time.Minute)
	fill(&o.PingAfter, 15*time.Second)
	fill(&o.MaxPage, 256<<20)
	fill(&o.Attempts, 4)
	fill(&o.Backoff, 2*time.Second)
	fill(&o.MaxWait, 2*time.Minute)
	fill(&o.MaxNotBefore, 6*time.Hour)
	fill(&o.Overlap, 10*time.Minute)
	fill(&o.DayOverlap, 24*time.Hour)
	fill(&o.MaxRestarts, 3)
	fill(&o.MaxEmpty, 1000)
	fill(&o.MaxPages, 100_000)
	fill(&o.BatchSize, 500)
	return o
}

func fill[T comparable](field *T, value T) {
	var zero T
	if *field == zero {
		*field = value
	}
}
