package mail

import (
	"context"
	"fmt"
	"log/slog"
	netmail "net/mail"
	"strings"
	"time"

	"github.com/carte-reseau/hub/internal/cards"
)

const (
	// batch is how many messages are in memory at once, besides those left to
	// themselves; each may carry some megabytes of XML.
	batch = 4
	// markTime bounds noting the fate of a message, which must happen even while
	// the hub is shutting down.
	markTime = 10 * time.Second
	// lifetime is how old a message grows before it is given up, visibly.
	lifetime = 5 * 24 * time.Hour
	// leastAttempts are made of an older one too, which takes a day: it may have
	// waited until mail was set up, and many servers turn a new sender away at first.
	leastAttempts = 30

	firstPause     = 10 * time.Second
	longestPause   = time.Hour
	defaultTimeout = 30 * time.Second
	// defaultPatience is what RFC 5321, section 4.5.3.2.6, asks for: who gives up
	// while a server looks through a letter sends it twice.
	defaultPatience = 10 * time.Minute
)

// Store is the outbox.
type Store interface {
	// DueMail lists messages whose time has come, the longest due first.
	DueMail(ctx context.Context, limit int) ([]cards.Message, error)
	MailSent(ctx context.Context, m *cards.Message) error
	MailFailed(ctx context.Context, id int64, why cards.Sentence, next time.Time, final bool) error
}

// Options are the settings of a Sender.
type Options struct {
	Settings Settings
	// From is the address mail is sent from; needed unless mail is off.
	From string
	// Hello is the name the hub greets servers by; empty for the machine's.
	Hello string
	// Timeout bounds dialling, every answer until the hub is signed in, every
	// single write, and how long a letter keeps others waiting; 30 s if zero.
	Timeout time.Duration
	// Patience bounds every answer to what is sent then, and the sending of a
	// letter's whole content; 10 minutes each if zero.
	Patience time.Duration
	Now      func() time.Time // time.Now if nil
	Logger   *slog.Logger
}

// Sender hands the outbox to an SMTP server.
type Sender struct {
	store  Store
	opt    Options
	domain string // of From, for Message-IDs
}

// New checks the settings. It does not connect: a server that is down now may
// be up when there is mail.
func New(store Store, opt Options) (*Sender, error) {
	if opt.Timeout <= 0 {
		opt.Timeout = defaultTimeout
	}
	if opt.Patience <= 0 {
		opt.Patience = defaultPatience
	}
	if opt.Now == nil {
		opt.Now = time.Now
	}
	if opt.Logger == nil {
		opt.Logger = slog.New(slog.DiscardHandler)
	}
	opt.From = onTheWire(opt.From)
	s := &Sender{store: store, opt: opt}
	if !opt.Settings.Enabled() {
		return s, nil
	}
	from, err := netmail.ParseAddress(opt.From)
	if err != nil {
		return nil, cards.Errorf(cards.Invalid, "HUB_MAIL_FROM : « %s » n’est pas une adresse de courriel ; elle est nécessaire dès que HUB_SMTP est renseigné", opt.From)
	}
	s.domain = from.Address[strings.LastIndexByte(from.Address, '@')+1:]
	return s, nil
}

func (s *Sender) sent(ctx context.Context, m *cards.Message) error {
	mark, cancel := context.WithTimeout(context.WithoutCancel(ctx), markTime)
	defer cancel()
	if err := s.store.MailSent(mark, m); err != nil {
		return fmt.Errorf("noting message %d as sent (it will be sent again): %w", m.ID, err)
	}
	s.opt.Logger.Info("mail sent", "message", m.ID, "attempts", m.Attempts+1)
	return nil
}

func (s *Sender) failed(ctx context.Context, m *cards.Message, v verdict) error {
	now := s.opt.Now()
	next := now.Add(Pause(m.Attempts))
	final := v.permanent || (m.Attempts+1 >= leastAttempts && !m.Queued.IsZero() && next.Sub(m.Queued) > lifetime)
	mark, cancel := context.WithTimeout(context.WithoutCancel(ctx), markTime)
	defer cancel()
	if err := s.store.MailFailed(mark, m.ID, v.full(), next, final); err != nil {
		return fmt.Errorf("noting the failure of message %d: %w", m.ID, err)
	}
	s.opt.Logger.Warn("mail not sent", "message", m.ID, "attempts", m.Attempts+1, "final", final, "reason", v.text)
	return nil
}

// Pause is how long a message waits after its attempts so far: 10 s, doubling
// to an hour.
func Pause(attempts int) time.Duration {
	pause := firstPause
	for range min(attempts, 10) {
		pause = min(pause*2, longestPause)
	}
	return pause
}
