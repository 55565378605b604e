// Package store keeps everything the hub knows, on PostgreSQL or SQLite. It is
// the only package that knows gorm and SQL.
//
// What libraries say changes cards through Apply, what staff decide through
// newVersion; a library's mark moves through FinishList and SettlePush. Whatever
// changes a card, hands one over again or takes one away holds the clock row
// (clock.go), whose lock puts writers in commit order. The rest is plain record
// keeping.
//
// Stamps are Unix seconds, as OAI-PMH shows them; every other time is in Unix
// microseconds. SQL is written once for both databases; the few differences
// stand in dialect.go.
package store
