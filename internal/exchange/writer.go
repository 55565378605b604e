package exchange

import (
	"bufio"
	"bytes"
	"io"
)

const declaration = `<?xml version="1.0" encoding="UTF-8"?>` + "\n"

// Writer writes a document cartes, one card at a time. The first error of the underlying writer sticks and is returned by
// every later call.
type Writer struct {
	out *bufio.Writer
}

// NewWriter begins a document.
func NewWriter(w io.Writer, e Envelope) (*Writer, error) {
	head := append([]byte(declaration), `<cartes xmlns="`+Namespace+`"`...)
	head = appendAttribute(head, "etablissement", e.Establishment)
	if e.Mode != "" {
		head = appendAttribute(head, "mode", string(e.Mode))
	}
	if !e.Made.IsZero() {
		head = appendAttribute(head, "genere-le", instant(e.Made))
	}
	size := 32 << 10
	if _, memory := w.(*bytes.Buffer); memory {
		size = 1 << 10
	}
	out := bufio.NewWriterSize(w, size)
	_, err := out.Write(append(head, ">\n"...))
	return &Writer{out: out}, err
}

// WriteRendered writes a card that AppendCarte once rendered, as it is.
func (w *Writer) WriteRendered(carte []byte) error {
	if _, err := w.out.Write(carte); err != nil {
		return err
	}
	return w.out.WriteByte('\n')
}

// Flush hands on all that was written so far.
func (w *Writer) Flush() error { return w.out.Flush() }

// Close ends the document; it does not close the underlying writer.
func (w *Writer) Close() error {
	if _, err := w.out.WriteString("</cartes>\n"); err != nil {
		return err
	}
	return w.out.Flush()
}
