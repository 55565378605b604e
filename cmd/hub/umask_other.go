//go:build !unix

package main

// keepPrivate does nothing where files take their access from their folder.
func keepPrivate() {}
