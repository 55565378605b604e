package exchange

import "embed"

// Namespace is the one namespace of the format. Documents without a namespace are read too, but never written.
const Namespace = "urn:carte-reseau:1"

// The names of the files in Schemas, as they are served under /schemas/.
const (
	CardSchema   = "carte-reseau-1.xsd"
	ReportSchema = "rapport-1.xsd"
)

// Schemas holds the two schemas.
//
//go:embed carte-reseau-1.xsd rapport-1.xsd
var Schemas embed.FS
