package store

import (
	"context"
	"slices"
	"strconv"
	"strings"

	"gorm.io/gorm"
	"gorm.io/gorm/clause"
)

// Cards come in by the hundred thousand: their rows are written, and their keys
// asked for, by one statement for a whole batch. PostgreSQL takes a column as
// one array, so that a statement is the same text, planned once, however many
// rows there are; an embedded database takes lists of values.

// rowsPerInsert keeps a statement under the databases' limits on parameters.
const rowsPerInsert = 500

// table is where rows of type R are written.
type table[R any] struct {
	name    string
	columns []column[R]
	// conflict says what to do with a row that is there already.
	conflict string
}

// column is one column of a table, with its value in a row and in many.
type column[R any] struct {
	name  string
	array string // its type on PostgreSQL, in many rows
	one   func(r *R) any
	many  func(rows []R) any
}

func integers[R any](name string, of func(r *R) int64) column[R] { return typed(name, "bigint[]", of) }
func texts[R any](name string, of func(r *R) string) column[R]   { return typed(name, "text[]", of) }
func blobs[R any](name string, of func(r *R) []byte) column[R]   { return typed(name, "bytea[]", of) }
func flags[R any](name string, of func(r *R) bool) column[R]     { return typed(name, "boolean[]", of) }

func typed[R, V any](name, array string, of func(r *R) V) column[R] {
	return column[R]{
		name: name, array: array,
		one: func(r *R) any { return of(r) },
		many: func(rows []R) any {
			values := make([]V, len(rows))
			for i := range rows {
				values[i] = of(&rows[i])
			}
			return values
		},
	}
}

// write enters rows, whose keys must not repeat.
func (t *table[R]) write(tx *gorm.DB, rows []R) error { return execAll(tx, t.writing(tx, rows)) }

// writing is what enters rows.
func (t *table[R]) writing(tx *gorm.DB, rows []R) []statement {
	if len(rows) == 0 {
		return nil
	}
	into, end := "INSERT INTO "+t.name+" ("+t.names()+") ", ""
	if t.conflict != "" {
		end = " ON CONFLICT " + t.conflict
	}
	if onPostgres(tx) {
		return []statement{{into + "SELECT * FROM unnest(" + t.arrays() + ")" + end, t.inColumns(rows)}}
	}
	var list []statement
	for portion := range slices.Chunk(rows, rowsPerInsert) {
		list = append(list, statement{into + "VALUES " + t.places(len(portion)) + end, t.inLines(portion)})
	}
	return list
}

// given runs a statement that finds rows under the name "given", and reads what
// it returns; read may be nil.
func (t *table[R]) given(tx *gorm.DB, rows []R, text string, read func(answerRow) error) error {
	return askAll(tx, t.giving(tx, rows, text, read))
}

// giving is the question given asks.
func (t *table[R]) giving(tx *gorm.DB, rows []R, text string, read func(answerRow) error) question {
	source, in := "VALUES "+t.places(len(rows)), t.inLines
	if onPostgres(tx) {
		source, in = "SELECT * FROM unnest("+t.arrays()+")", t.inColumns
	}
	if read == nil {
		read = unread
	}
	return question{statement{"WITH given (" + t.names() + ") AS (" + source + ") " + text, in(rows)}, read}
}

func (t *table[R]) names() string { return strings.Join(t.nameList(), ", ") }

func (t *table[R]) nameList() []string {
	names := make([]string, len(t.columns))
	for i, c := range t.columns {
		names[i] = c.name
	}
	return names
}

func (t *table[R]) arrays() string {
	arrays := make([]string, len(t.columns))
	for i, c := range t.columns {
		arrays[i] = "$" + strconv.Itoa(i+1) + "::" + c.array
	}
	return strings.Join(arrays, ", ")
}

func (t *table[R]) inColumns(rows []R) []any {
	args := make([]any, len(t.columns))
	for i, c := range t.columns {
		args[i] = c.many(rows)
	}
	return args
}

func (t *table[R]) places(rows int) string {
	line := ", (?" + strings.Repeat(", ?", len(t.columns)-1) + ")"
	return strings.TrimPrefix(strings.Repeat(line, rows), ", ")
}

func (t *table[R]) inLines(rows []R) []any {
	args := make([]any, 0, len(rows)*len(t.columns))
	for i := range rows {
		for _, c := range t.columns {
			args = append(args, c.one(&rows[i]))
		}
	}
	return args
}

// replacing is the conflict clause that overwrites columns of a row that is
// there already.
func replacing(key string, columns ...string) string {
	sets := make([]string, len(columns))
	for i, c := range columns {
		sets[i] = c + " = excluded." + c
	}
	return "(" + key + ") DO UPDATE SET " + strings.Join(sets, ", ")
}

// adding is the conflict clause that adds to columns of a row that is there
// already.
func adding(table, key string, columns ...string) string {
	sets := make([]string, len(columns))
	for i, c := range columns {
		sets[i] = c + " = " + table + "." + c + " + excluded." + c
	}
	return "(" + key + ") DO UPDATE SET " + strings.Join(sets, ", ")
}

// noBound is above every seq, stamp, moment and identifier.
const noBound = int64(1) << 62

// orNoBound is an upper bound as callers give it: 0 says that there is none.
func orNoBound(bound int64) int64 {
	if bound == 0 {
		return noBound
	}
	return bound
}

// among is a list of keys behind IN: on PostgreSQL one parameter.
type among[K int64 | string | []byte] []K

// GormValue is the list in a statement.
func (keys among[K]) GormValue(_ context.Context, tx *gorm.DB) clause.Expr {
	list := []K(keys)
	if !onPostgres(tx) {
		return clause.Expr{SQL: "?", Vars: []any{list}}
	}
	kind := "bigint[]"
	switch any(list).(type) {
	case []string:
		kind = "text[]"
	case [][]byte:
		kind = "bytea[]"
	}
	return clause.Expr{SQL: "(SELECT unnest(?::" + kind + "))", Vars: []any{&list}} // gorm takes a slice itself for many parameters
}

func onPostgres(tx *gorm.DB) bool { return tx.Name() == "postgres" }
