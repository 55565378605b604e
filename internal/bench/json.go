package main

import (
	"encoding/json"
	"os"
	"runtime"
	"time"
)

// result is all that one run measured, with what it takes to measure it again.
type result struct {
	Began       time.Time `json:"began"`
	Seconds     float64   `json:"seconds"`
	Options     []string  `json:"options"`
	Revision    string    `json:"revision"` // of the program
	Go          string    `json:"go"`
	Machine     machine   `json:"machine"`
	Cards       sizes     `json:"cards"`
	Settings    []string  `json:"settings"` // of the databases
	Lines       []line    `json:"lines"`
	NotMeasured []string  `json:"not_measured,omitempty"` // rows, and why
}

func newResult(s sizes) *result {
	return &result{Began: time.Now(), Go: runtime.Version(), Machine: thisMachine(), Cards: s}
}

// write writes the result: before the first row, so that a place where it cannot be is found at once, and after each, so that a run
// that is broken off has not been for nothing.
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
