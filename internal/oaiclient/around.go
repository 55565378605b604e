package oaiclient

import (
	"errors"
	"io"
	"regexp"
)

// A script that prints its warnings prints them before the page or behind it, and makes XML of the whole that is not
// well-formed. What stands between them is the page.

var (
	pageStart = regexp.MustCompile(`<\?xml\s|<(?:[\pL_][\pL\pN_.-]*:)?OAI-PMH[\s>]`)
	pageEnd   = regexp.MustCompile(`</(?:[\pL_][\pL\pN_.-]*:)?OAI-PMH\s*>`)
)

// maxAround bounds where the page is looked for.
const maxAround = 64 << 10

// trim leaves out what stands around the page; false where nothing does. What is stored of it stays as it came.
func (p *page) trim() (bool, error) {
	head, err := p.body.part(0, maxAround)
	if err != nil {
		return false, err
	}
	behind := max(0, p.body.size-maxAround)
	tail, err := p.body.part(behind, maxAround)
	if err != nil {
		return false, err
	}
	start, ends := pageStart.FindIndex(head), pageEnd.FindAllIndex(tail, -1)
	if start == nil || len(ends) == 0 {
		return false, nil
	}
	p.from, p.upto = int64(start[0]), behind+int64(ends[len(ends)-1][1])
	return p.from < p.upto && p.upto-p.from < p.body.size, nil
}

// part is some of the page's bytes, fewer at its end.
func (s *spool) part(from, size int64) ([]byte, error) {
	return io.ReadAll(io.NewSectionReader(s.file, from, min(size, s.size-from)))
}

// bytes reads the page without what was found to stand around it.
func (p *page) bytes() io.Reader {
	if p.upto <= p.from {
		return p.body.reader()
	}
	return io.NewSectionReader(p.body.file, p.from, p.upto-p.from)
}

// whole reports whether the page can be read to its end.
func (p *page) whole() bool {
	reader, _, err := p.open(new(int))
	for err == nil {
		_, err = reader.Next()
	}
	return errors.Is(err, io.EOF)
}
