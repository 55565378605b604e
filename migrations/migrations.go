// Package migrations holds the database schema, one folder of numbered SQL
// files per dialect. A file that has been released is never changed again.
//
// No file takes away, or newly demands, what the version before it writes: of
// several hubs on one database the others still run that version while the
// first one migrates. So three columns stay that no statement reads: when a
// library confirmed last (confirmations.confirmed), and what its server said of
// a record it called deleted, and in which run (deleted_headers). They tell
// whoever has to explain a network what happened, and cost a few bytes a row.
package migrations

import "embed"

// FS holds the folders "postgres" and "sqlite".
//
//go:embed postgres/*.sql sqlite/*.sql
var FS embed.FS
