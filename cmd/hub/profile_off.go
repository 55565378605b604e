//go:build !profile

package main

// profiled does nothing in what is shipped: see profile.go.
func profiled() (end func()) { return func() {} }
