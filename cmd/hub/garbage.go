package main

import (
	"os"
	"runtime/debug"
)

// collectRarely has garbage collected less often than Go does by itself. What the hub holds for long is little, and all it
// reads, merges and renders is garbage at once: at Go's pace a quarter of an import's processor time goes into collecting.
// Near the limit it collects more, so that the memory a town gives it is enough. What GOGC and GOMEMLIMIT say is obeyed.
func collectRarely() {
	const percent, limit = 400, 192 << 20
	if os.Getenv("GOGC") == "" {
		debug.SetGCPercent(percent)
	}
	if os.Getenv("GOMEMLIMIT") == "" {
		debug.SetMemoryLimit(limit)
	}
}
