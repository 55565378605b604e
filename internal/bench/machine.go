package main

import (
	"os"
	"runtime"
	"strconv"
	"strings"
)

// machine is what the figures are of.
type machine struct {
	Processor  string `json:"processor"`
	Processors int    `json:"processors"`
	MemoryMiB  int64  `json:"memory_mib"`
	System     string `json:"system"`
}

// thisMachine leaves out what its system does not tell.
func thisMachine() machine {
	kib, _ := strconv.ParseInt(strings.TrimSuffix(told("/proc/meminfo", "MemTotal:"), " kB"), 10, 64)
	return machine{
		Processor: told("/proc/cpuinfo", "model name\t:"), Processors: runtime.NumCPU(), MemoryMiB: kib / 1024,
		System: strings.Join([]string{runtime.GOOS, runtime.GOARCH, told("/proc/sys/kernel/osrelease", "")}, " "),
	}
}

// told is what stands behind a name in a file of lines.
func told(path, name string) string {
	text, err := os.ReadFile(path)
	if err != nil {
		return ""
	}
	for line := range strings.Lines(string(text)) {
		if value, found := strings.CutPrefix(line, name); found {
			return strings.TrimSpace(value)
		}
	}
	return ""
}
