package main

import (
	"encoding/json"
	"os"
	"runtime"
	"time"
)

// result is all that one run measured.
type result struct {
	Began      time.Time `json:"began"`
	Seconds    float64   `json:"seconds"`
	Go         string    `json:"go"`
	Processors int       `json:"processors"`
	Cards      sizes     `json:"cards"`
	Settings   []string  `json:"settings"` // of the databases
	Lines      []line    `json:"lines"`
}

func newResult(s sizes) *result {
	return &result{Began: time.Now(), Go: runtime.Version(), Processors: runtime.NumCPU(), Cards: s}
}

// write writes the result; after each row, so that a run that is broken off has not been for nothing.
func (r *result) write(path string) error {
	r.Seconds = time.Since(r.Began).Seconds()
	if path == "" {
		return nil
	}
	text, err := json.MarshalIndent(r, "", "  ")
	if err != nil {
		return err
	}
	return os.WriteFile(path, append(text, '\n'), 0o600)
}
