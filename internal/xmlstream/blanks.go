package xmlstream

import (
	"bufio"
	"bytes"
	"io"
)

// Blanks are the characters that may stand between the parts of a document.
const Blanks = " \t\r\n"

// PastBlanks passes over blanks before the XML declaration, which must come first, and over the byte order mark of a script's
// own file before them. For what servers answer: scripts print both without anybody noticing.
func PastBlanks(r io.Reader) *bufio.Reader {
	src := bufio.NewReader(&failing{src: r})
	mark := []byte(byteOrderMark)
	if head, _ := src.Peek(len(mark) + 1); len(head) > len(mark) && bytes.HasPrefix(head, mark) && isSpace(head[len(mark)]) {
		_, _ = src.Discard(len(mark)) // cannot fail: it is buffered
	}
	for {
		b, err := src.ReadByte()
		if err != nil {
			return src
		}
		if !isSpace(b) {
			_ = src.UnreadByte() // cannot fail right after ReadByte
			return src
		}
	}
}

// failing goes on failing as it did first: a bufio.Reader tells of an error once, and here that is while it looks ahead.
type failing struct {
	src io.Reader
	err error
}

func (f *failing) Read(p []byte) (n int, err error) {
	if f.err == nil {
		n, f.err = f.src.Read(p)
	}
	return n, f.err
}
