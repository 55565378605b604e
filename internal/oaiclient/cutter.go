package oaiclient

import (
	"bytes"
	"io"
)

// glance is what is read of a page that is taken apart before its end is looked for, and before it is asked whether the
// time is over.
const glance = 64 << 10

// filling reads a glance at a time: a text that is mended comes in pieces of a character.
type filling struct{ text io.Reader }

// Read gives less than a glance at the end only.
func (f filling) Read(p []byte) (n int, err error) {
	p = p[:min(len(p), glance)]
	for n < len(p) && err == nil {
		var more int
		more, err = f.text.Read(p[n:])
		n += more
	}
	return n, err
}

// cutter finds the ends of records in a text that grows. What it has looked through it does not look through again: a long
// record would take the square of its length.
type cutter struct {
	from int // where the next end may begin
}

// cut is a [bufio.SplitFunc].
func (c *cutter) cut(data []byte, atEOF bool) (int, []byte, error) {
	if at := recordEnd.FindIndex(data[c.from:]); at != nil {
		return c.piece(data[:c.from+at[1]])
	}
	if atEOF && len(data) > 0 {
		return c.piece(data)
	}
	c.from += begun(data[c.from:])
	return 0, nil, nil
}

func (c *cutter) piece(data []byte) (int, []byte, error) {
	c.from = 0
	return len(data), data, nil
}

// begun is where a tag begins that is cut off at the end, or the end.
func begun(data []byte) int {
	at := bytes.LastIndexByte(data, '<')
	if at < 0 || bytes.IndexByte(data[at:], '>') >= 0 {
		return len(data)
	}
	return at
}
