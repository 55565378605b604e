package store

import (
	"context"
	"fmt"
	"slices"
	"time"

	"gorm.io/gorm"
)

// tick is the clock as one transaction moved it: its n changes are numbered
// from first on and all bear stamp.
type tick struct {
	first int64
	stamp int64
}

// takeClock numbers n changes. Its row lock, held until commit, puts writers in
// commit order, so that seq has no gaps a reader could skip over and stamps
// never run backwards.
//
// Locks are taken in one order everywhere, or writers would wait for each
// other: the newcomers' lock, runs, card rows by number, a library's marks,
// handings, the clock, hand_again rows. An erasure holds the tables of runs and
// handings from its beginning.
func (s *Store) takeClock(tx *gorm.DB, n int) (tick, error) {
	var t tick
	err := askAll(tx, s.askClock(tx, n, &t))
	return t, err
}

// askClock is takeClock as a question, to be asked together with others.
func (s *Store) askClock(tx *gorm.DB, n int, t *tick) question {
	return ask(tx, func(row answerRow) error {
		var seq, now int64
		err := row.Scan(&seq, &t.stamp, &now)
		t.first = seq - int64(n) + 1
		s.watchClock(t.stamp, now)
		return err
	}, "UPDATE clock SET seq = seq + ?, stamp = "+s.dialect.greatest+"("+s.nowSeconds()+
		", closed + 1, stamp) WHERE id = 1 RETURNING seq, stamp, "+s.nowSeconds()+" AS now", n)
}

const clockTolerated = 2 // a closed second puts the next stamp one ahead

// watchClock raises an alarm when the database's clock has stepped back: until
// it catches up, changes are stamped ahead of it.
func (s *Store) watchClock(stamp, now int64) {
	behind := stamp - now
	if behind <= clockTolerated {
		behind = 0
	}
	if old := s.behind.Swap(behind); old == 0 && behind > 0 {
		s.log.Error("the database's clock has stepped back: changes are stamped ahead of it until it catches up", "seconds", behind)
	}
}

// ClockBehind is how many seconds the database's clock is behind the last stamp;
// 0 when all is well. The database is asked: this hub may have changed no card
// since its clock stepped back, or since it caught up.
func (s *Store) ClockBehind(ctx context.Context) (int64, error) {
	var behind int64
	err := s.query(ctx).Raw("SELECT stamp - " + s.nowSeconds() + " FROM clock WHERE id = 1").Scan(&behind).Error
	if behind <= clockTolerated {
		behind = 0
	}
	return behind, s.explain(err)
}

// CloseSecond makes sure that no card will ever again be stamped at or before
// the second it returns, which a reader may then state as its responseDate. A
// writer in flight holds the clock's lock and is waited for; a later one is
// stamped later. At most one write a second, whatever the load.
func (s *Store) CloseSecond(ctx context.Context) (int64, error) {
	return s.closings.ask(ctx, struct{}{})
}

func (s *Store) closeForAll(ctx context.Context, asked []struct{}) ([]int64, error) {
	closed, err := s.closeSecond(ctx)
	return slices.Repeat([]int64{closed}, len(asked)), err
}

func (s *Store) closeSecond(ctx context.Context) (int64, error) {
	var clock struct{ Closed, Now int64 }
	err := s.query(ctx).Raw("SELECT closed, " + s.nowSeconds() + " AS now FROM clock WHERE id = 1").Scan(&clock).Error
	if err != nil {
		return 0, s.explain(err)
	}
	if clock.Closed >= clock.Now {
		return clock.Closed, nil
	}
	err = s.write(ctx, func(tx *gorm.DB) error {
		return tx.Raw("UPDATE clock SET closed = " + s.dialect.greatest + "(closed, " + s.nowSeconds() +
			") WHERE id = 1 RETURNING closed").Scan(&clock.Closed).Error
	})
	return clock.Closed, err
}

// nowSeconds is the database's clock in an SQL statement.
func (s *Store) nowSeconds() string {
	if s.ahead == nil {
		return s.dialect.nowSeconds
	}
	return "(" + s.nowMicros() + " / 1000000)" // one clock: moved apart, seconds and microseconds would disagree by one
}

// nowMicros is the same in microseconds.
func (s *Store) nowMicros() string {
	if s.ahead == nil {
		return s.dialect.nowMicros
	}
	return fmt.Sprintf("(%s + %d)", s.dialect.nowMicros, s.ahead().Microseconds())
}

// nowIn asks for it within a transaction.
func (s *Store) nowIn(tx *gorm.DB) (time.Time, error) {
	var us int64
	err := tx.Raw("SELECT " + s.nowMicros()).Scan(&us).Error
	return fromMicros(us), err
}

// clockRow reads the clock without locking it.
func (s *Store) clockRow(tx *gorm.DB) (seq, stamp int64, err error) {
	var row struct{ Seq, Stamp int64 }
	err = tx.Raw("SELECT seq, stamp FROM clock WHERE id = 1").Scan(&row).Error
	return row.Seq, row.Stamp, err
}

// EarliestStamp is the stamp of the oldest change still held; the closed
// second when there is none.
func (s *Store) EarliestStamp(ctx context.Context) (int64, error) {
	var stamps []int64
	err := s.query(ctx).Raw("SELECT stamp FROM versions ORDER BY stamp, seq LIMIT 1").Scan(&stamps).Error
	if err != nil {
		return 0, s.explain(err)
	}
	if len(stamps) > 0 {
		return stamps[0], nil
	}
	return s.CloseSecond(ctx)
}

// Seq is the number of the latest change.
func (s *Store) Seq(ctx context.Context) (int64, error) {
	seq, _, err := s.clockRow(s.query(ctx))
	return seq, s.explain(err)
}

// today is the network's calendar day at a stamp.
func (s *Store) today(stamp int64) string {
	return time.Unix(stamp, 0).In(s.place).Format(time.DateOnly)
}

// Today is the network's calendar day (YYYY-MM-DD) by the database's clock.
func (s *Store) Today(ctx context.Context) (string, error) {
	now, err := s.Now(ctx)
	return s.today(now.Unix()), err
}
