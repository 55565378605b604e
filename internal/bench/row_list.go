package main

import (
	"context"
	"errors"
	"fmt"
	"time"
)

const (
	shortRounds = 5 // of what takes a second or two
	longRounds  = 3

	wholePageCards, smallPageCards = 1000, 100
)

var (
	wholePage = fmt.Sprintf("HUB_OAI_PAGE=%d", wholePageCards)
	smallPage = fmt.Sprintf("HUB_OAI_PAGE=%d", smallPageCards)
)

// listing is the rate of a whole list.
func listing(r *reader, cards int) side {
	return func(ctx context.Context) (float64, error) {
		l, err := r.fetch(ctx, "")
		if err == nil && l.cards != cards {
			err = fmt.Errorf("the list held %d cards, not %d", l.cards, cards)
		}
		return l.rate(), err
	}
}

// streaming is the rate of one stream.
func streaming(d database, cards int) side {
	return func(ctx context.Context) (float64, error) {
		begun := time.Now()
		n, _, err := d.stream(ctx)
		took := time.Since(begun)
		if err == nil && n != cards {
			err = fmt.Errorf("the stream held %d cards, not %d", n, cards)
		}
		return float64(n) / took.Seconds(), err
	}
}

// warm plays both sides once before they count.
func warm(ctx context.Context, sides ...side) error {
	for _, s := range sides {
		if _, err := s(ctx); err != nil {
			return err
		}
	}
	return nil
}

// compare warms two sides and lets them take turns.
func compare(ctx context.Context, n int, measured, against side) (rounds, error) {
	if err := warm(ctx, measured, against); err != nil {
		return rounds{}, err
	}
	return alternate(ctx, n, measured, against)
}

func measureList(ctx context.Context, s *site) (f finding, err error) {
	n, err := s.holding(ctx, s.sizes.Usual)
	if err != nil {
		return f, err
	}
	_, bytes, err := n.stream(ctx)
	if err != nil {
		return f, err
	}
	f.notes = append(f.notes, fmt.Sprintf("%d bytes of XML a card", bytes/int64(n.cards)))
	err = s.with(ctx, "list", n, func(h *hub) (err error) {
		f.rounds, err = compare(ctx, shortRounds, listing(newReader(h), n.cards), streaming(n, n.cards))
		return err
	}, wholePage)
	if err != nil {
		return f, err
	}
	note, err := bareNote(ctx, n)
	f.notes = append(f.notes, note)
	return f, err
}

func measureSmallPages(ctx context.Context, s *site) (f finding, err error) {
	n, err := s.holding(ctx, s.sizes.Usual)
	if err != nil {
		return f, err
	}
	err = s.with(ctx, "list-100", n, func(small *hub) error {
		return s.with(ctx, "list-100-whole", n, func(whole *hub) (err error) {
			f.rounds, err = compare(ctx, shortRounds, listing(newReader(small), n.cards), listing(newReader(whole), n.cards))
			return err
		}, wholePage)
	}, smallPage)
	if err != nil {
		return f, err
	}
	note, err := bareSmallNote(ctx, n)
	f.notes = append(f.notes, note)
	return f, err
}

func measureGzip(ctx context.Context, s *site) (f finding, err error) {
	n, err := s.holding(ctx, s.sizes.Usual)
	if err != nil {
		return f, err
	}
	err = s.with(ctx, "list-gzip", n, func(h *hub) (err error) {
		zipped := newReader(h)
		zipped.gzip = true
		f.rounds, err = compare(ctx, shortRounds, listing(zipped, n.cards), listing(newReader(h), n.cards))
		return err
	}, wholePage)
	return f, err
}

// measureTenths leaves out the first page, which also counts the whole list, and the last, which moves the mark.
func measureTenths(ctx context.Context, s *site) (f finding, err error) {
	n, err := s.holding(ctx, s.sizes.Huge)
	if err != nil {
		return f, err
	}
	err = s.with(ctx, "list-tenths", n, func(h *hub) error {
		for range longRounds {
			var pages []time.Duration
			r := newReader(h)
			r.eachPage = func(_ int, took time.Duration) { pages = append(pages, took) }
			if _, err := listing(r, n.cards)(ctx); err != nil {
				return err
			}
			tenth := len(pages)/10 - 1
			if tenth < 1 {
				return errors.New("too few cards for tenths of pages")
			}
			last := len(pages) - 1
			f.add(total(pages[last-tenth:last]), total(pages[1:1+tenth]))
		}
		return nil
	}, wholePage)
	return f, err
}

func total(times []time.Duration) float64 {
	var sum time.Duration
	for _, t := range times {
		sum += t
	}
	return sum.Seconds()
}
