package main

import (
	"context"
	"time"

	"github.com/carte-reseau/hub/internal/cards"
	"github.com/carte-reseau/hub/internal/events"
	"github.com/carte-reseau/hub/internal/ftpdrop"
	"github.com/carte-reseau/hub/internal/intake"
	"github.com/carte-reseau/hub/internal/jobs"
	"github.com/carte-reseau/hub/internal/mail"
	"github.com/carte-reseau/hub/internal/oaiclient"
	"github.com/carte-reseau/hub/internal/push"
	"github.com/carte-reseau/hub/internal/rest"
	"github.com/prometheus/client_golang/prometheus"
)

// parts are the doors and tools that work by themselves, joined to the store.
type parts struct {
	metrics   *prometheus.Registry
	limiter   *rest.SignInLimiter
	passwords *cards.PasswordLine
	inbox     *intake.Inbox
	harvester *oaiclient.Harvester
	pusher    *push.Pusher
	poller    *ftpdrop.Poller
	ftpServer *ftpdrop.Server // nil: none of our own
	sender    *mail.Sender
	runner    *jobs.Runner
	live      *events.Broadcaster
}

// depositLease is how long a crashed hub keeps a half integrated deposit from
// being taken up; a living one renews it.
const depositLease = 20 * time.Second

// pushPlaces is how many libraries are pushed to at a time: all of a large
// network, since each waits for its own system. What costs memory, the pusher
// bounds itself.
const pushPlaces = 256

func (h *hub) join(ctx context.Context) (*parts, error) {
	p := &parts{metrics: newMetrics(h.store), limiter: rest.NewSignInLimiter(time.Now)}
	p.passwords = cards.NewPasswordLine(p.limiter, time.Now)
	p.live = events.New(func() events.Watcher { return h.store.Watch() }, events.Options{Logger: h.log})
	me := owner()
	p.inbox = h.inbox(p, me)
	p.harvester = h.harvester(p)
	var err error
	if p.pusher, err = h.pusher(p); err != nil {
		return nil, err
	}
	if p.sender, err = h.sender(); err != nil {
		return nil, err
	}
	if err := h.joinFTP(ctx, p); err != nil {
		return nil, err
	}
	p.runner, err = jobs.New(h.store, jobs.Options{
		Owner: me, Handlers: h.handlers(p), Wanted: h.wantedJobs, Changed: h.store.Changed(), Logger: h.log,
		Places: map[cards.JobKind]int{cards.JobPush: pushPlaces},
	})
	return p, err
}

func (p *parts) close() {
	p.pusher.Close()
	p.harvester.Close()
}

func (h *hub) inbox(p *parts, me string) *intake.Inbox {
	o := h.settings.limits.intake
	o.MaxDocument, o.Location, o.Owner, o.Lease = int64(h.settings.MaxDocument), h.place, me, depositLease
	o.Letters, o.Now = h.suspensionLetters(h.publicURL), h.store.Clock
	o.Resumed = func(ctx context.Context, d *cards.Deposit) error { return p.poller.Answer(ctx, d) }
	return intake.New(h.store, o)
}

func (h *hub) harvester(p *parts) *oaiclient.Harvester {
	o := h.settings.limits.harvest
	o.TempDir = h.settings.Data // the system's own folder for such files is memory in many places
	o.Logger, o.Registerer, o.Location, o.PublicURL = h.log, p.metrics, h.place, h.publicURL
	o.UserAgent, o.Letters, o.Now = "carte-reseau-hub/"+version, h.suspensionLetters(h.publicURL), h.store.Clock
	return oaiclient.New(h.store, o)
}

func (h *hub) pusher(p *parts) (*push.Pusher, error) {
	o := h.settings.limits.push
	o.HubCode, o.Location, o.Metrics, o.Logger = h.settings.Code, h.place, p.metrics, h.log
	o.HarvestFirst = func(ctx context.Context, lib *cards.Library) error {
		return harvestFirst(ctx, h.store, p.runner.Kick, lib)
	}
	return push.New(h.store, o)
}

// hasMail reports whether the hub was given a mail server.
func (s *Settings) hasMail() bool { return s.SMTP != "" && s.SMTP != mail.Off }

func (h *hub) sender() (*mail.Sender, error) {
	settings, err := mail.ParseURL(h.settings.SMTP)
	if err != nil {
		return nil, err
	}
	if settings.User != "" {
		if settings.Password, err = passwordOf(settings.User, "HUB_SMTP", h.settings.SMTPPasswordFile); err != nil {
			return nil, err
		}
	}
	o := h.settings.limits.mail
	o.Settings, o.From, o.Hello, o.Now, o.Logger = settings, h.settings.mailFrom(), publicName(h.publicURL), h.store.Clock, h.log
	return mail.New(h.store, o)
}
