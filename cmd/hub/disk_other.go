//go:build !linux && !darwin

package main

import "errors"

// diskOf does not know on this system.
func diskOf(string) (free, size int64, err error) { return 0, 0, errors.ErrUnsupported }
