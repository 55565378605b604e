package store

import "gorm.io/gorm"

// statement is one with its parameters in order.
type statement struct {
	text string
	args []any
}

// execAll has statements done one after the other, as askAll asks: they give no
// rows back. It goes past gorm, which would take an array for a list.
func execAll(tx *gorm.DB, list []statement) error {
	questions := make([]question, len(list))
	for i, s := range list {
		questions[i] = question{s, unread}
	}
	return askAll(tx, questions...)
}
