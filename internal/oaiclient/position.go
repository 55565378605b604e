package oaiclient

import (
	"bufio"
	"io"
	"math"

	"github.com/carte-reseau/hub/internal/xmlstream"
)

// position is where a fault stands in what the server sent: what reads it begins behind the blanks before the document, and
// its maker looks for it in the whole. Of a page that was cut or written anew nobody but the hub has seen the lines.
func (p *page) position(fault *xmlstream.SyntaxError) (line, column int) {
	if p.clean != nil || p.upto > p.from {
		return fault.Line, fault.Column
	}
	lines, columns := p.blanks()
	if fault.Line == 1 {
		return 1 + lines, fault.Column + columns
	}
	return fault.Line + lines, fault.Column
}

// blanks counts the lines that end before the document, and the blanks on its first.
func (p *page) blanks() (lines, columns int) {
	passed := &io.LimitedReader{R: p.body.reader(), N: math.MaxInt64}
	document := xmlstream.PastBlanks(passed)
	before := bufio.NewReader(io.LimitReader(p.body.reader(), math.MaxInt64-passed.N-int64(document.Buffered())))
	afterCR := false
	for {
		r, _, err := before.ReadRune()
		if err != nil {
			return lines, columns // an error of the disk has been met before
		}
		switch {
		case r == '\n' && afterCR, r == '\uFEFF':
		case r == '\n' || r == '\r':
			lines, columns = lines+1, 0
		default:
			columns++
		}
		afterCR = r == '\r'
	}
}
