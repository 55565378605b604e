package store

import (
	"database/sql"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/stdlib"
	"gorm.io/gorm"
)

// connection names, among the settings of a transaction, the connection it runs
// on: COPY is no statement, and a transaction knows statements only.
const connection = "hub:connection"

// transaction runs do in a transaction; where rows can be copied, on a
// connection that is at hand in it.
func (s *Store) transaction(db *gorm.DB, do func(tx *gorm.DB) error) error {
	return s.connected(db, func(db *gorm.DB) error { return db.Transaction(do) })
}

// connected has do use one connection that is at hand, where rows can be copied.
func (s *Store) connected(db *gorm.DB, do func(db *gorm.DB) error) error {
	if !s.dialect.copies {
		return do(db)
	}
	return db.Connection(func(db *gorm.DB) error { return do(db.Set(connection, db.Statement.ConnPool)) })
}

// connectionOf is the connection a transaction runs on; nil where it is not at hand.
func connectionOf(tx *gorm.DB) *sql.Conn {
	held, _ := tx.Get(connection)
	conn, _ := held.(*sql.Conn)
	return conn
}

// worthCopying is from how many rows on their copying saves more than its two
// ways to the database and back cost. The driver reads the rows in a goroutine of
// its own: what gives a column's value must not fail.
const worthCopying = 20

// copied reports whether so many new rows are.
func copied(tx *gorm.DB, rows int) bool { return connectionOf(tx) != nil && rows >= worthCopying }

// enter writes rows none of which is there yet, behind what is to be done
// before: many of them by COPY, which costs both sides least. A row that is
// there is an error as in write.
func (t *table[R]) enter(tx *gorm.DB, rows []R, before ...statement) error {
	if !copied(tx, len(rows)) {
		return execAll(tx, append(before, t.entering(tx, rows)...))
	}
	if err := execAll(tx, before); err != nil {
		return err
	}
	line := make([]any, len(t.columns))
	source := pgx.CopyFromSlice(len(rows), func(i int) ([]any, error) {
		for j, c := range t.columns {
			line[j] = c.one(&rows[i])
		}
		return line, nil
	})
	return connectionOf(tx).Raw(func(driver any) error {
		_, err := driver.(*stdlib.Conn).Conn().CopyFrom(tx.Statement.Context, pgx.Identifier{t.name}, t.nameList(), source)
		return err
	})
}

// entering is what enters rows that are few.
func (t *table[R]) entering(tx *gorm.DB, rows []R) []statement {
	fresh := table[R]{name: t.name, columns: t.columns}
	return fresh.writing(tx, rows)
}
