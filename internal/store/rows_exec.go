package store

import (
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/stdlib"
	"gorm.io/gorm"
)

// statement is one that gives no rows back, with its parameters in order.
type statement struct {
	text string
	args []any
}

// execAll has statements done one after the other. PostgreSQL is told all of
// them at once: each would be a way to it and back. It goes past gorm, which
// would take an array for a list.
func execAll(tx *gorm.DB, list []statement) error {
	ctx := tx.Statement.Context
	if conn := connectionOf(tx); conn != nil && len(list) > 1 {
		var batch pgx.Batch
		for _, s := range list {
			batch.Queue(s.text, s.args...)
		}
		return conn.Raw(func(driver any) error { return driver.(*stdlib.Conn).Conn().SendBatch(ctx, &batch).Close() })
	}
	for _, s := range list {
		if _, err := tx.Statement.ConnPool.ExecContext(ctx, s.text, s.args...); err != nil {
			return err
		}
	}
	return nil
}
