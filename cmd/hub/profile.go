//go:build profile

package main

import (
	"errors"
	"fmt"
	"os"
	"runtime"
	"runtime/pprof"
)

// profiled, in a program built for the benchmark alone (-tags profile), writes a profile of the processor's time and one
// of what was allocated over the life of the process, where HUB_PROFILE says: PREFIX.cpu and PREFIX.allocs. What is
// shipped has no such door.
func profiled() (end func()) {
	prefix := os.Getenv("HUB_PROFILE")
	if prefix == "" {
		return func() {}
	}
	cpu, err := os.Create(prefix + ".cpu")
	if err == nil {
		runtime.MemProfileRate = 64 << 10
		err = pprof.StartCPUProfile(cpu)
	}
	tell(err)
	return func() {
		pprof.StopCPUProfile()
		allocs, err := os.Create(prefix + ".allocs")
		if err == nil {
			err = errors.Join(pprof.Lookup("allocs").WriteTo(allocs, 0), allocs.Close())
		}
		tell(errors.Join(err, cpu.Close()))
	}
}

func tell(err error) {
	if err != nil {
		fmt.Fprintln(os.Stderr, "no profile:", err)
	}
}
