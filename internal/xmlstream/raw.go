package xmlstream

import "bytes"

const defaultRaw = 64 << 10

// Raw is the source of one element, in UTF-8, byte for byte. It is valid until the next StartRaw.
type Raw struct {
	Source    []byte
	Truncated bool   // it was longer than allowed with the namespaces from around it, or had not ended
	around    []byte // the namespaces in scope on the element and not declared by itself, as attributes
}

// AppendStandalone appends the element as a document of its own: with the namespaces it had from around it. A truncated
// source is appended as it is.
func (r Raw) AppendStandalone(dst []byte) []byte {
	if r.Truncated {
		return append(dst, r.Source...)
	}
	end := bytes.IndexAny(r.Source, " \t\r\n/>")
	return append(append(append(dst, r.Source[:end]...), r.around...), r.Source[end:]...)
}

// tap copies the source of one element while the window passes over it.
type tap struct {
	open      bool
	from      int // in the window
	depth     int // elements open around the one captured
	most      int
	buf       []byte
	truncated bool
	around    []byte
}

// take copies what the window holds before to, which is about to be dropped or is the end.
func (t *tap) take(window []byte, to int) {
	if !t.open {
		return
	}
	piece := window[t.from:to]
	if room := t.most - len(t.buf); len(piece) > room {
		piece = piece[:room]
		t.truncated = true
	}
	t.buf = append(t.buf, piece...)
	t.from = 0
}

// StartRaw begins to keep the source of the element whose StartElement was the last token, up to most bytes (0: 64 KiB), the
// namespaces it has from around it among them: what they take is taken again for each element that is kept.
// The capture ends by itself with the element. One capture runs at a time.
func (d *Decoder) StartRaw(most int) {
	t := &d.w.tap
	*t = tap{buf: t.buf[:0], around: t.around[:0], most: orDefault(most, defaultRaw)}
	if d.last != StartElement {
		t.truncated = true
		return
	}
	t.open = true
	t.from = d.w.keep
	t.depth = len(d.stack) - 1
	t.around = d.spaces.appendInherited(t.around, d.stack[t.depth].bindings, t.most)
	t.most = max(0, t.most-len(t.around))
	if d.selfClosed {
		d.closeRaw()
	}
}

// StopRaw ends the capture and returns what it holds; Truncated is set when the element had not ended.
func (d *Decoder) StopRaw() Raw {
	t := &d.w.tap
	if t.open {
		d.closeRaw()
		t.truncated = true
	}
	return Raw{Source: t.buf, Truncated: t.truncated, around: t.around}
}

func (d *Decoder) closeRaw() {
	d.w.tap.take(d.w.buf, d.w.pos)
	d.w.tap.open = false
}
