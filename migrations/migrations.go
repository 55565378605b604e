// Package migrations holds the database schema, one folder of numbered SQL
// files per dialect. A file that has been released is never changed again.
package migrations

import "embed"

// FS holds the folders "postgres" and "sqlite".
//
//go:embed postgres/*.sql sqlite/*.sql
var FS embed.FS
