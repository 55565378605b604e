package main

import (
	"context"
	"errors"
	"fmt"
	"time"
)

// costs are what some work cost a database.
type costs struct {
	took       time.Duration
	worked     time.Duration // by the server's processes
	log        int64         // bytes of write-ahead log
	statements int64
	commits    int64
	held       float64 // share of the time in which somebody held the clock row
	waiting    float64 // mean number of those who waited for it
}

// costing does some work and tells what it cost; told is false where the database cannot tell.
func costing(ctx context.Context, d database, work func() error) (c costs, told bool, err error) {
	pg, tells := d.(*pgDatabase)
	if !tells {
		return c, false, work()
	}
	m, err := pg.meter(ctx)
	if err != nil {
		return c, false, err
	}
	if err := work(); err != nil {
		_, err2 := m.end(ctx)
		return c, false, errors.Join(err, err2)
	}
	c, err = m.end(ctx)
	return c, err == nil, err
}

// each says the costs of one of n.
func (c costs) each(n int, of string) string {
	per := func(v float64) string { return figure(v / float64(n)) }
	return fmt.Sprintf("a %s costs %s bytes of log, %s ms of PostgreSQL, %s statements, %s commits", of, per(float64(c.log)),
		per(c.worked.Seconds()*1000), per(float64(c.statements)), per(float64(c.commits)))
}

// ofCards says the costs of n cards in a document that took so long, and how the clock was held.
func (c costs) ofCards(n int, took time.Duration) string {
	const batch = 500
	rate := float64(n) / took.Seconds()
	return fmt.Sprintf("%.0f cards/s: %s; the clock is held %.0f %% of the time, %.1f ms for %d cards, %.1f wait for it", rate, c.each(n, "card"),
		c.held*100, c.held*batch/rate*1000, batch, c.waiting)
}
