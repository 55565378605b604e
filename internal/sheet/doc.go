// Package sheet is the language of tables: which statistics staff ask for, by
// the same words on every door, and how a table is written for a spreadsheet.
//
// It knows cards only. It reads statistics by an interface, and holds no
// figures and no page.
package sheet
