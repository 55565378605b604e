// Package store keeps everything the hub knows, on PostgreSQL or SQLite. It is
// the only package that knows gorm and SQL.
//
// All that changes cards goes through Apply, and all that moves a library's
// mark through FinishList and SettlePush: those three, with what hands a card
// over again, are the only users of the clock row (clock.go), whose lock puts
// writers in commit order. The rest is plain record keeping.
//
// Stamps are Unix seconds, as OAI-PMH shows them; every other time is in Unix
// microseconds. SQL is written once for both databases; the few differences
// stand in dialect.go.
package store
