package store

import (
	"slices"

	"gorm.io/gorm"
)

// keyed is a SELECT of rows by many keys. PostgreSQL is made to look for each
// key by itself: of a table that grew, or a library that came, since it last
// looked at its tables, it believes there is next to nothing, and would read all
// of it for a few rows.
type keyed struct {
	columns string
	from    string // a table, with what it is joined to
	key     string // the column of the keys
	library string // where only a library's rows are meant, the column of its number
	where   string // what else must hold, if anything
}

// text is the statement. Its first parameter are the keys, the second is the
// library, where there is one; where they have names, these are @keys and
// @library.
func (k keyed) text(tx *gorm.DB) string { return k.with(tx, "?", "?") }

func (k keyed) named(tx *gorm.DB) string { return k.with(tx, "@keys", "@library") }

func (k keyed) with(tx *gorm.DB, keys, library string) string {
	rows, also := "SELECT "+k.columns+" FROM "+k.from+" WHERE "+k.key, ""
	if k.where != "" {
		also = " AND " + k.where
	}
	if !onPostgres(tx) {
		if k.library != "" {
			also = " AND " + k.library + " = " + library + also
		}
		return rows + " IN " + keys + also
	}
	sought := "SELECT DISTINCT * FROM " + keys + " AS given(key)"
	if k.library != "" {
		also = " AND " + k.library + " = sought.library" + also // a column may be any library: nothing is believed of it
		sought += ", (SELECT CAST(" + library + " AS bigint)) AS l(library)"
	}
	// What OFFSET closes off is planned for one key, and not taken apart.
	return "SELECT found.* FROM (" + sought + ") AS sought CROSS JOIN LATERAL (" + rows + " = sought.key" + also + " OFFSET 0) AS found"
}

// sought names the key that rows are looked for by, for what must hold of them:
// what names it, and no column of theirs, PostgreSQL works out once for the key.
func (k keyed) sought(tx *gorm.DB) string {
	if onPostgres(tx) {
		return "sought.key"
	}
	return k.key
}

// askKeyed asks for the rows of many keys; others are the parameters behind
// them.
func askKeyed[Key int64 | string](tx *gorm.DB, read func(answerRow) error, k keyed, keys []Key, others ...any) []question {
	var list []question
	for portion := range slices.Chunk(keys, keysPerQuery) {
		list = append(list, ask(tx, read, k.text(tx), append([]any{among[Key](portion)}, others...)...))
	}
	return list
}
