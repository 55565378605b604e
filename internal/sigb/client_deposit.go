package sigb

import (
	"bytes"
	"context"
	"fmt"
	"net/http"
	"time"
)

// A Deposit is what a system gave to the hub and what became of it. The report of a dropped file comes later, by mail.
type Deposit struct {
	Sent   int
	File   string // name of the dropped file
	Report Report
}

// given is a document on its way: which cards it holds, under which numbers, and the last edit it can contain.
type given struct {
	body    []byte
	numbers map[string]int64 // folded number as sent → patron
	edit    uint64
}

// Post deposits the cards changed here. A card leaves the waiting list when the hub has taken it; a rejected one stays,
// with the reasons. With nothing to give it does not call.
func (c *Client) Post(ctx context.Context) (Deposit, error) {
	return c.deposit(ctx, ModeIncremental, (*patron).waiting)
}

// PostAll deposits every card that has not expired, as a complete document.
func (c *Client) PostAll(ctx context.Context) (Deposit, error) {
	return c.deposit(ctx, ModeComplete, c.system.valid())
}

func (s *System) valid() func(*patron) bool {
	today := s.today()
	return func(p *patron) bool { return !p.card.ExpiredOn(today) }
}

func (c *Client) deposit(ctx context.Context, mode string, pick func(*patron) bool) (Deposit, error) {
	c.online.Lock()
	defer c.online.Unlock()
	g, err := c.system.give(c.opts.Code, mode, pick)
	if err != nil || len(g.numbers) == 0 {
		return Deposit{}, err
	}
	d := Deposit{Sent: len(g.numbers)}
	reply, err := c.call(ctx, http.MethodPost, c.opts.Hub+"/cartes", g.body)
	if err != nil {
		return d, err
	}
	d.Report, err = ReadReport(bytes.NewReader(reply))
	if err != nil {
		return d, fmt.Errorf("sigb %s: the hub's answer to a deposit is no report: %w", c.opts.Code, err)
	}
	return d, c.system.answered(g, d.Report)
}

// give writes the document of the picked cards. The making of the document and its content are one moment: the hub
// orders documents by it.
func (s *System) give(code, mode string, pick func(*patron) bool) (given, error) {
	s.mu.RLock()
	defer s.mu.RUnlock()
	g := given{numbers: map[string]int64{}, edit: s.edit}
	doc := wireDocument{Library: code, Mode: mode, Made: s.clock().Format(time.RFC3339Nano)}
	for _, p := range s.ordered(pick) {
		g.numbers[fold(p.card.Number)] = p.id
		doc.Cards = append(doc.Cards, s.profile.wire(p.card, p.modified))
	}
	var err error
	g.body, err = writeDocument(doc)
	return g, err
}

// answered reads the hub's report on a deposit. A suspended one is in the hub's hands, counted or not.
func (s *System) answered(g given, r Report) error {
	if r.Status == StatusRefused && len(r.Cards) == 0 {
		return fmt.Errorf("sigb %s: the hub refused the document: %s", s.code, r.refusalOf())
	}
	if r.Status != StatusSuspended && r.Received != len(g.numbers) {
		return fmt.Errorf("sigb %s: the hub received %d cards of %d; they stay waiting", s.code, r.Received, len(g.numbers))
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	open := s.settle(g, r)
	for _, id := range open {
		if p := s.patrons[id]; p != nil {
			p.given(g.edit)
		}
	}
	return nil
}

// settle keeps what was not taken and follows replaced numbers; what it returns was taken. A stale card was not: the
// hub holds a later document, and a later one of ours must follow.
func (s *System) settle(g given, r Report) map[string]int64 {
	taken := g.numbers
	for _, c := range r.Cards {
		id, sent := taken[fold(c.Number)]
		p := s.patrons[id]
		if !sent || p == nil {
			continue
		}
		switch c.Result {
		case ResultRefused:
			p.refusals = c.Errors
			delete(taken, fold(c.Number))
		case ResultStale:
			delete(taken, fold(c.Number))
		}
		if c.NewNumber != "" {
			s.renumber(c.Number, c.NewNumber)
		}
	}
	return taken
}

// File makes the document that DropFTP would drop, for whoever carries it, however late: its cards leave the waiting
// list at once. It is empty where nothing waits.
func (c *Client) File() ([]byte, error) { return c.file(ModeIncremental, (*patron).waiting) }

// WholeFile makes one of every card that has not expired, as a complete document.
func (c *Client) WholeFile() ([]byte, error) { return c.file(ModeComplete, c.system.valid()) }

func (c *Client) file(mode string, pick func(*patron) bool) ([]byte, error) {
	g, err := c.system.give(c.opts.Code, mode, pick)
	if err != nil || len(g.numbers) == 0 {
		return nil, err
	}
	c.system.handedIn(g)
	return g.body, nil
}

// handedIn forgets every edit of a document that went a way without an answer.
func (s *System) handedIn(g given) {
	h := handed{edit: g.edit}
	for _, id := range g.numbers {
		h.ids = append(h.ids, id)
	}
	s.handedOver(h)
}
