package store

import (
	"context"
	"database/sql"
	"errors"
	"time"

	"github.com/carte-reseau/hub/internal/cards"
	"gorm.io/gorm"
)

// write runs do in one transaction, again where it lost a race. do must start
// from nothing each time.
func (s *Store) write(ctx context.Context, do func(tx *gorm.DB) error) error {
	return s.again(ctx, func() error { return s.writeOnce(ctx, do) })
}

// writeStatement is write for what is one statement: it needs no transaction
// around it, whose beginning and end are two more ways to the database and
// back.
func (s *Store) writeStatement(ctx context.Context, do func(db *gorm.DB) error) error {
	return s.again(ctx, func() error { return s.statementOnce(ctx, do) })
}

// writeTogether is write for statements none of which depends on the answer to
// another. PostgreSQL is given all at once, and does them in one transaction.
func (s *Store) writeTogether(ctx context.Context, list func(tx *gorm.DB) []question) error {
	do := func(tx *gorm.DB) error { return askAll(tx, list(tx)...) }
	if s.dialect.single {
		return s.write(ctx, do)
	}
	return s.writeStatement(ctx, func(db *gorm.DB) error { return s.connected(db, do) })
}

func (s *Store) again(ctx context.Context, write func() error) error {
	const attempts = 8
	pause := 5 * time.Millisecond
	for attempt := 1; ; attempt++ {
		err := write()
		if err == nil || !transient(err) || attempt == attempts {
			return s.explain(err)
		}
		select {
		case <-ctx.Done():
			return s.explain(ctx.Err())
		case <-time.After(pause):
		}
		pause *= 2
	}
}

func (s *Store) writeOnce(ctx context.Context, do func(tx *gorm.DB) error) error {
	done, err := s.turn(ctx)
	if err != nil {
		return err
	}
	defer done()
	if s.atCommit == nil {
		return s.transaction(s.db.WithContext(ctx), do)
	}
	err = s.transaction(s.db.WithContext(ctx), func(tx *gorm.DB) error {
		if err := do(tx); err != nil {
			return err
		}
		return s.atCommit(false)
	})
	if err != nil {
		return err
	}
	return s.atCommit(true)
}

func (s *Store) statementOnce(ctx context.Context, do func(db *gorm.DB) error) error {
	done, err := s.turn(ctx)
	if err != nil {
		return err
	}
	defer done()
	if s.atCommit == nil {
		return do(s.db.WithContext(ctx))
	}
	if err := s.atCommit(false); err != nil {
		return err
	}
	if err := do(s.db.WithContext(ctx)); err != nil {
		return err
	}
	return s.atCommit(true)
}

// turn waits for a writer's turn where the database has room for one.
func (s *Store) turn(ctx context.Context) (done func(), err error) {
	if !s.dialect.single {
		return func() {}, nil
	}
	return place(ctx, s.writer)
}

// place waits for one of several places, to be left when the work is done.
func place(ctx context.Context, among chan struct{}) (leave func(), err error) {
	select {
	case among <- struct{}{}:
		return func() { <-among }, nil
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

// explain gives errors of the database a code a door can translate.
func (s *Store) explain(err error) error {
	var known *cards.Error
	switch {
	case err == nil, errors.As(err, &known), errors.Is(err, context.Canceled):
		return err
	}
	if why, is := unwritable(err); is {
		return &cards.Error{Code: cards.Unavailable, Said: why, Err: err}
	}
	if transient(err) || unreachable(err) {
		return cards.WrapError(cards.Unavailable, err, "La base de données ne répond pas ; réessayez dans quelques instants.")
	}
	return err
}

// query is a session for reading. Its errors are still to be explained.
func (s *Store) query(ctx context.Context) *gorm.DB { return s.db.WithContext(ctx) }

// notFound turns gorm's error into the hub's.
func (s *Store) notFound(err error, why cards.Sentence) error {
	if errors.Is(err, gorm.ErrRecordNotFound) {
		return cards.Told(cards.NotFound, why)
	}
	return s.explain(err)
}

// snapshot reads several tables as they stood at one moment: an answer put
// together from two moments would contradict itself.
func (s *Store) snapshot(ctx context.Context, read func(tx *gorm.DB) error) error {
	options := &sql.TxOptions{ReadOnly: true}
	if !s.dialect.single {
		options.Isolation = sql.LevelRepeatableRead
	}
	return s.explain(s.query(ctx).Transaction(read, options))
}
