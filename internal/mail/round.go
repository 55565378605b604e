package mail

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/carte-reseau/hub/internal/cards"
)

const (
	// maxBroken is how many conversations in a row may break off before the round
	// ends.
	maxBroken = 3
	// maxBeside is how many letters are left to themselves at a time.
	maxBeside = 4
)

// SendDue sends what is due now: one round of the job `courriel`. With mail
// switched off it does nothing and the messages stay queued. The error speaks
// of the server, never of one message: those are noted with the message.
func (s *Sender) SendDue(ctx context.Context) (err error) {
	if !s.opt.Settings.Enabled() {
		return nil
	}
	r := &round{Sender: s, tried: map[int64]int{}, ended: make(chan *attempt, maxBeside+1)}
	defer func() { err = r.end(ctx) }()
	r.sendAll(ctx)
	return nil
}

// round is one run of SendDue and its connection. A letter that its server is
// slow to take, which may last minutes, is left to itself with the connection;
// the others go on over a new one. The round alone says what became of them all.
type round struct {
	*Sender
	line     *line
	running  int           // letters on their way
	ended    chan *attempt // with room for all of them
	answered int           // letters that came to an end, sent or refused
	broken   int           // conversations lost in a row
	tried    map[int64]int // at which of its attempts each message was tried: once for all, however long the round
	trouble  error         // why the round ends
	broke    any           // what the program broke with
}

// sendAll sends what is due, and while letters are left to themselves looks for
// what is due by then.
func (r *round) sendAll(ctx context.Context) {
	for r.goesOn(ctx) {
		due, err := r.store.DueMail(ctx, batch+r.running)
		if err != nil {
			r.trouble = fmt.Errorf("reading the outbox: %w", err)
			return
		}
		if r.sendBatch(ctx, due) > 0 {
			continue
		}
		if r.running == 0 {
			return
		}
		r.await(ctx, nil, r.opt.Timeout/3)
	}
}

func (r *round) goesOn(ctx context.Context) bool {
	if r.trouble == nil {
		r.trouble = ctx.Err()
	}
	return r.trouble == nil
}

// sendBatch tries every message once and returns how many it had not met before
// in this round.
func (r *round) sendBatch(ctx context.Context, due []cards.Message) (fresh int) {
	for i := range due {
		m := &due[i]
		if at, met := r.tried[m.ID]; met && at == m.Attempts {
			continue
		}
		if !r.goesOn(ctx) {
			return fresh
		}
		r.tried[m.ID] = m.Attempts
		fresh++
		r.sendOne(ctx, eased(m))
	}
	return fresh
}

// sendOne has a message sent, and waits as long for that as it may keep others
// waiting: longer only where no more can be left to themselves.
func (r *round) sendOne(ctx context.Context, m *cards.Message) {
	msg, err := compose(r.opt.From, r.domain, *m, r.opt.Now())
	if err != nil {
		r.note(r.failed(ctx, m, verdict{permanent: true, text: cards.Say("le message ne peut pas être composé"), detail: hideAddresses(err.Error())}))
		return
	}
	a := &attempt{m: m, msg: msg, answered: r.answered}
	if r.line == nil {
		r.line, a.err = dial(ctx, r.opt)
	}
	a.line, r.line = r.line, nil
	r.running++
	if a.line == nil {
		r.conclude(ctx, a)
		return
	}
	go func() {
		defer func() {
			a.broke = recover()
			r.ended <- a
		}()
		a.run(ctx, r.Sender)
	}()
	if !r.await(ctx, a, r.opt.Timeout) && r.running > maxBeside {
		r.conclude(ctx, <-r.ended)
	}
}

// await concludes what ends within the time, and returns once one letter has:
// which one, or with nil any.
func (r *round) await(ctx context.Context, which *attempt, within time.Duration) bool {
	timer := time.NewTimer(within)
	defer timer.Stop()
	for {
		select {
		case a := <-r.ended:
			r.conclude(ctx, a)
			if which == nil || a == which {
				return true
			}
		case <-timer.C:
			return false
		}
	}
}

// conclude notes what became of a letter.
func (r *round) conclude(ctx context.Context, a *attempt) {
	r.running--
	switch {
	case a.broke != nil:
		r.broke = a.broke
		r.keep(a.line, true)
		r.note(errors.New("the program broke"))
	case a.msg.IsDelivered():
		r.answer()
		r.keep(a.line, a.err != nil) // the connection may have broken after the server had accepted
		r.note(r.sent(ctx, a.m))
	case ctx.Err() != nil: // our own stop, not the message's failure
		r.keep(a.line, true)
		r.note(ctx.Err())
	default:
		r.fail(ctx, a)
	}
}

func (r *round) fail(ctx context.Context, a *attempt) {
	v := a.verdict()
	switch {
	case !v.broken:
		r.answer()
	case a.answered == r.answered: // others may have come through meanwhile
		r.broken++
	}
	r.keep(a.line, v.broken)
	r.note(r.failed(ctx, a.m, v))
	cause := v.text
	if a.line == nil {
		cause = v.full() // no letter has been shown to the server
	}
	// Where not even the greeting succeeds no message is to blame.
	if a.line == nil || r.broken >= maxBroken {
		r.note(cards.WrapError(cards.Unavailable, errors.New(cause.String()), "serveur de courriel %s injoignable ; les messages restent en attente", r.opt.Settings.address()))
	}
}

func (r *round) answer() {
	r.answered++
	r.broken = 0
}

// note ends the round, unless all is well: going on with other messages is
// useless.
func (r *round) note(err error) {
	if r.trouble == nil {
		r.trouble = err
	}
}

// keep has the next letters go over a connection that is free again.
func (r *round) keep(l *line, broken bool) {
	switch {
	case l == nil:
	case broken || r.line != nil:
		l.hangUp()
	default:
		r.line = l
	}
}

// end waits for the letters on their way: what a server accepts is to be noted.
// What the program broke with breaks here.
func (r *round) end(ctx context.Context) error {
	for r.running > 0 {
		r.conclude(ctx, <-r.ended)
	}
	r.keep(r.line, true)
	if r.broke != nil {
		panic(r.broke)
	}
	return r.trouble
}
