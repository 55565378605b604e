package main

import (
	"context"
	"fmt"
	"time"
)

const (
	changedCards  = 100
	changedRounds = 15
)

// measureIncremental changes 100 cards of both networks in each round and harvests them.
func measureIncremental(ctx context.Context, s *site) (f finding, err error) {
	huge, err := s.holding(ctx, s.sizes.Huge)
	if err != nil {
		return f, err
	}
	small, err := s.holding(ctx, s.sizes.Small)
	if err != nil {
		return f, err
	}
	err = s.with(ctx, "list-changed", huge, func(ofHuge *hub) error {
		return s.with(ctx, "list-changed-small", small, func(ofSmall *hub) error {
			a, err := newFollower(ctx, ofHuge, huge.cards)
			if err != nil {
				return err
			}
			b, err := newFollower(ctx, ofSmall, small.cards)
			if err != nil {
				return err
			}
			f.rounds, err = compare(ctx, changedRounds, a.follow, b.follow)
			return err
		}, wholePage)
	}, wholePage)
	return f, err
}

// follower changes cards, and harvests what changed since it harvested last.
type follower struct {
	giver      *giver
	reader     *reader
	generation int
	spread     int // from one changed card to the next
	date       string
}

func newFollower(ctx context.Context, h *hub, cards int) (*follower, error) {
	f := &follower{giver: newGiver(h, giverCode(0)), reader: newReader(h), spread: cards / changedCards}
	l, err := f.reader.fetch(ctx, "")
	f.date = l.date
	return f, err
}

func (f *follower) follow(ctx context.Context) (float64, error) {
	f.generation++
	r, err := f.giver.give(ctx, newSpread(f.giver.code, firstCard, changedCards, f.spread, f.generation), changedCards)
	if err != nil {
		return 0, err
	}
	if r.modified != changedCards {
		return 0, fmt.Errorf("%d of %d cards were modified", r.modified, changedCards)
	}
	from, err := after(f.date)
	if err != nil {
		return 0, err
	}
	// A list shows closed seconds only: what was stamped in this one comes in the next.
	const patience, pause = 10 * time.Second, 50 * time.Millisecond
	for deadline := time.Now().Add(patience); ; {
		l, err := f.reader.fetch(ctx, from)
		if err != nil {
			return 0, err
		}
		if l.cards == changedCards {
			f.date = l.date
			return l.took.Seconds(), nil
		}
		if time.Now().After(deadline) {
			return 0, fmt.Errorf("of %d changed cards the list from %s holds %d", changedCards, from, l.cards)
		}
		time.Sleep(pause)
	}
}

// after is the second after a datestamp.
func after(date string) (string, error) {
	t, err := time.Parse(time.RFC3339, date)
	return t.Add(time.Second).UTC().Format(time.RFC3339), err
}
