package store

import (
	"context"
	"errors"
	"time"

	"github.com/carte-reseau/hub/internal/cards"
	"gorm.io/gorm"
)

// write runs do in one transaction, again where it lost a race. do must start
// from nothing each time.
func (s *Store) write(ctx context.Context, do func(tx *gorm.DB) error) error {
	const attempts = 8
	pause := 5 * time.Millisecond
	for attempt := 1; ; attempt++ {
		err := s.writeOnce(ctx, do)
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
	if s.dialect.single {
		select {
		case s.writer <- struct{}{}:
			defer func() { <-s.writer }()
		case <-ctx.Done():
			return ctx.Err()
		}
	}
	if s.atCommit == nil {
		return s.db.WithContext(ctx).Transaction(do)
	}
	err := s.db.WithContext(ctx).Transaction(func(tx *gorm.DB) error {
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

// explain gives errors of the database a code a door can translate.
func (s *Store) explain(err error) error {
	var known *cards.Error
	switch {
	case err == nil, errors.As(err, &known), errors.Is(err, context.Canceled):
		return err
	case transient(err), unreachable(err):
		return cards.WrapError(cards.Unavailable, err, "La base de données ne répond pas ; réessayez dans quelques instants.")
	}
	return err
}

// query is the reading side: a session of its own with errors explained.
func (s *Store) query(ctx context.Context) *gorm.DB { return s.db.WithContext(ctx) }

// notFound turns gorm's error into the hub's.
func (s *Store) notFound(err error, format string, args ...any) error {
	if errors.Is(err, gorm.ErrRecordNotFound) {
		return cards.Errorf(cards.NotFound, format, args...)
	}
	return s.explain(err)
}
