// Package docs holds what is written for people. The hub serves the part for those who build libraries' systems: they have its
// address, and not the project.
package docs

import _ "embed" // the guide

// Guide is what to build on the side of a library's system, in French.
//
//go:embed sigb.md
var Guide []byte
