package main

import (
	"bytes"
	"io"
	"os"
	"strings"
	"testing"
)

func TestABarTellsHowFarItIs(t *testing.T) {
	var line bytes.Buffer
	b := newBar(&line, "cartes")
	b.clear()
	if line.Len() > 0 {
		t.Errorf("nothing was shown, and %q is cleared", line.String())
	}
	b.show(250, 1000)
	b.show(251, 1000) // too soon to be read
	b.clear()
	if got := line.String(); got != "\r["+strings.Repeat("#", 7)+strings.Repeat(".", 23)+"] 25 % — 250/1000 cartes\r\x1b[K" {
		t.Errorf("%q", got)
	}
	newBar(nil, "cartes").show(1, 2)
}

func TestNobodyWatchesAFile(t *testing.T) {
	file, err := os.Create(t.TempDir() + "/journal")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = file.Close() }()
	for _, w := range []io.Writer{file, new(bytes.Buffer)} {
		if (console{err: w}).terminal() != nil {
			t.Errorf("%T is taken for a terminal", w)
		}
	}
}
