package main

import (
	"fmt"
	"io"
	"os"
	"strings"
	"time"
)

// bar tells somebody at a terminal how far long work has got, in one line that
// it writes anew. Where nobody looks there is no writer, and nothing is told.
type bar struct {
	w     io.Writer
	what  string
	last  time.Time
	shown bool
}

func newBar(w io.Writer, what string) *bar { return &bar{w: w, what: what} }

// show is called as often as there is news; a person reads it a few times a
// second.
func (b *bar) show(done, of int) {
	const width, pause = 30, 200 * time.Millisecond
	if b.w == nil || of <= 0 || time.Since(b.last) < pause {
		return
	}
	b.last, b.shown = time.Now(), true
	done = min(done, of)
	full := width * done / of
	_, _ = fmt.Fprintf(b.w, "\r[%s%s] %d %% — %d/%d %s", strings.Repeat("#", full), strings.Repeat(".", width-full), 100*done/of, done, of, b.what)
}

// clear leaves the line to what is said next.
func (b *bar) clear() {
	if b.shown {
		_, _ = fmt.Fprint(b.w, "\r\x1b[K")
	}
}

// terminal is where a person watches the command; nil where its messages go to
// a file or a program.
func (c console) terminal() io.Writer {
	file, ok := c.err.(*os.File)
	if !ok {
		return nil
	}
	if info, err := file.Stat(); err != nil || info.Mode()&os.ModeCharDevice == 0 {
		return nil
	}
	return file
}
