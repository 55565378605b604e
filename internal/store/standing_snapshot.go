package store

import (
	"context"
	"database/sql"

	"gorm.io/gorm"
)

// snapshot reads several tables as they stood at one moment: an answer put
// together from two moments would contradict itself.
func (s *Store) snapshot(ctx context.Context, read func(tx *gorm.DB) error) error {
	options := &sql.TxOptions{ReadOnly: true}
	if !s.dialect.single {
		options.Isolation = sql.LevelRepeatableRead
	}
	return s.explain(s.query(ctx).Transaction(read, options))
}
