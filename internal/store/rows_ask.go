package store

import (
	"slices"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/stdlib"
	"gorm.io/gorm"
)

// question is a statement with what is made of each row of its answer.
type question struct {
	statement
	read func(row answerRow) error
}

type answerRow interface{ Scan(into ...any) error }

// ask makes a question as gorm makes a statement.
func ask(tx *gorm.DB, read func(answerRow) error, text string, args ...any) question {
	made := tx.Session(&gorm.Session{}).Raw(text, args...).Statement
	return question{statement{made.SQL.String(), made.Vars}, read}
}

// order is a question whose answer nobody looks at.
func order(tx *gorm.DB, text string, args ...any) question {
	return ask(tx, unread, text, args...)
}

func unread(answerRow) error { return nil }

// plannedOnce has what is asked with it use plans made once for all values.
func (s *Store) plannedOnce(tx *gorm.DB) []question {
	if s.dialect.planOnce == "" {
		return nil
	}
	return []question{order(tx, s.dialect.planOnce)}
}

// keysPerQuery keeps a question under the databases' limits on parameters: the
// cards of a batch may name many numbers each.
const keysPerQuery = 10_000

// inPortions reads rows by gorm, for many keys, which are the query's only
// parameter.
func inPortions[Row any, Key int64 | string](tx *gorm.DB, query string, keys []Key) ([]Row, error) {
	var all []Row
	for portion := range slices.Chunk(keys, keysPerQuery) {
		var rows []Row
		if err := tx.Raw(query, among[Key](portion)).Scan(&rows).Error; err != nil {
			return nil, err
		}
		all = append(all, rows...)
	}
	return all, nil
}

// askPortions makes one question about many keys, which are its last parameter.
func askPortions[Key int64 | string | []byte](tx *gorm.DB, read func(answerRow) error, text string, keys []Key, others ...any) []question {
	var list []question
	for portion := range slices.Chunk(keys, keysPerQuery) {
		list = append(list, ask(tx, read, text, append(slices.Clip(others), among[Key](portion))...))
	}
	return list
}

// into gathers the rows of an answer, whose columns fill the places of each.
func into[R any](rows *[]R, places func(r *R) []any) func(answerRow) error {
	return func(row answerRow) error {
		var r R
		if err := row.Scan(places(&r)...); err != nil {
			return err
		}
		*rows = append(*rows, r)
		return nil
	}
}

// askAll asks questions none of which depends on the answer to another, in their
// order. PostgreSQL is asked all at once: each would be a way to it and back.
func askAll(tx *gorm.DB, list ...question) error {
	if conn := connectionOf(tx); conn != nil && len(list) > 1 {
		return conn.Raw(func(driver any) error { return askBatch(tx, driver.(*stdlib.Conn).Conn(), list) })
	}
	for _, q := range list {
		if err := askOne(tx, q); err != nil {
			return err
		}
	}
	return nil
}

func askOne(tx *gorm.DB, q question) error {
	rows, err := tx.Statement.ConnPool.QueryContext(tx.Statement.Context, q.text, q.args...)
	if err != nil {
		return err
	}
	defer func() { _ = rows.Close() }() // only read
	for rows.Next() {
		if err := q.read(rows); err != nil {
			return err
		}
	}
	return rows.Err()
}

func askBatch(tx *gorm.DB, conn *pgx.Conn, list []question) error {
	var batch pgx.Batch
	for _, q := range list {
		batch.Queue(q.text, q.args...).Query(func(rows pgx.Rows) error {
			for rows.Next() {
				if err := q.read(rows); err != nil {
					return err
				}
			}
			return rows.Err()
		})
	}
	return conn.SendBatch(tx.Statement.Context, &batch).Close()
}
