package mail

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	netmail "net/mail"
	"strings"
	"time"

	gomail "github.com/wneessen/go-mail"

	"github.com/carte-reseau/hub/internal/cards"
)

const (
	// batch is how many messages are in memory at once; each may carry some
	// megabytes of XML.
	batch = 4
	// maxBroken is how many conversations in a row may break off before the round
	// ends.
	maxBroken = 3
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
	// Timeout bounds dialling, every answer until the hub is signed in, and every
	// single write; 30 s if zero.
	Timeout time.Duration
	// Patience bounds every answer to what is sent then; 10 minutes if zero.
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

// SendDue sends what is due now: one round of the job `courriel`. With mail
// switched off it does nothing and the messages stay queued. The error speaks
// of the server, never of one message: those are noted with the message.
func (s *Sender) SendDue(ctx context.Context) error {
	if !s.opt.Settings.Enabled() {
		return nil
	}
	r := &round{Sender: s, seen: map[int64]bool{}}
	defer r.hangUp()
	for ctx.Err() == nil {
		due, err := s.store.DueMail(ctx, batch)
		if err != nil {
			return fmt.Errorf("reading the outbox: %w", err)
		}
		if fresh, err := r.sendBatch(ctx, due); err != nil || fresh == 0 {
			return err
		}
	}
	return ctx.Err()
}

// round is one run of SendDue and its connection.
type round struct {
	*Sender
	line   *line
	broken int            // conversations lost in a row
	seen   map[int64]bool // each message is tried once a round
}

// sendBatch tries every message once and returns how many it had not met before
// in this round.
func (r *round) sendBatch(ctx context.Context, due []cards.Message) (fresh int, err error) {
	for i := range due {
		if r.seen[due[i].ID] {
			continue
		}
		if ctx.Err() != nil {
			return fresh, ctx.Err()
		}
		r.seen[due[i].ID] = true
		fresh++
		if err := r.sendOne(ctx, &due[i]); err != nil {
			return fresh, err
		}
	}
	return fresh, nil
}

// sendOne returns an error only where going on with other messages is useless.
func (r *round) sendOne(ctx context.Context, m *cards.Message) error {
	msg, err := compose(r.opt.From, r.domain, *m, r.opt.Now())
	if err != nil {
		return r.failed(ctx, m, verdict{permanent: true, text: cards.Say("le message ne peut pas être composé"), detail: hideAddresses(err.Error())})
	}
	dialled, err := r.deliver(ctx, msg)
	if tooLarge(err) && len(m.Attachments) > 0 {
		r.hangUp() // whatever state the conversation is in
		return r.sendOne(ctx, withoutAttachments(m))
	}
	if ctx.Err() != nil && !msg.IsDelivered() {
		return ctx.Err() // our own stop, not the message's failure
	}
	if msg.IsDelivered() {
		if err != nil { // the connection broke after the server had accepted
			r.hangUp()
		}
		r.broken = 0
		return r.sent(ctx, m)
	}
	v := judge(r.line.why(err))
	if v.broken {
		r.hangUp()
		r.broken++
	} else {
		r.broken = 0
	}
	if err := r.failed(ctx, m, v); err != nil {
		return err
	}
	cause := v.text
	if !dialled {
		cause = v.full() // no letter has been shown to the server
	}
	// Where not even the greeting succeeds no message is to blame.
	if !dialled || r.broken >= maxBroken {
		return cards.WrapError(cards.Unavailable, errors.New(cause.String()), "serveur de courriel %s injoignable ; les messages restent en attente", r.opt.Settings.address())
	}
	return nil
}

// deliver sends over the round's connection, opening one where there is none or
// where the server has closed it between two messages.
func (r *round) deliver(ctx context.Context, msg *gomail.Msg) (dialled bool, err error) {
	if r.line != nil {
		err := r.line.client.Send(msg)
		var send *gomail.SendError
		if !errors.As(err, &send) || send.Reason != gomail.ErrConnCheck {
			return true, err
		}
		r.hangUp()
	}
	if r.line, err = dial(ctx, r.opt); err != nil {
		return false, err
	}
	return true, r.line.client.Send(msg)
}

func (r *round) hangUp() {
	if r.line != nil {
		r.line.hangUp()
		r.line = nil
	}
}

func (r *round) sent(ctx context.Context, m *cards.Message) error {
	mark, cancel := context.WithTimeout(context.WithoutCancel(ctx), markTime)
	defer cancel()
	if err := r.store.MailSent(mark, m); err != nil {
		return fmt.Errorf("noting message %d as sent (it will be sent again): %w", m.ID, err)
	}
	r.opt.Logger.Info("mail sent", "message", m.ID, "attempts", m.Attempts+1)
	return nil
}

func (r *round) failed(ctx context.Context, m *cards.Message, v verdict) error {
	now := r.opt.Now()
	next := now.Add(Pause(m.Attempts))
	final := v.permanent || (m.Attempts+1 >= leastAttempts && !m.Queued.IsZero() && next.Sub(m.Queued) > lifetime)
	mark, cancel := context.WithTimeout(context.WithoutCancel(ctx), markTime)
	defer cancel()
	if err := r.store.MailFailed(mark, m.ID, v.full(), next, final); err != nil {
		return fmt.Errorf("noting the failure of message %d: %w", m.ID, err)
	}
	r.opt.Logger.Warn("mail not sent", "message", m.ID, "attempts", m.Attempts+1, "final", final, "reason", v.text)
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
