package xmlstream

import (
	"bufio"
	"bytes"
	"fmt"
	"io"
)

// UTF8 returns a document in UTF-8, whatever accepted encoding it comes in. A byte order mark decides; else declared, the
// charset of the HTTP Content-Type if there was one (see [Charset]), as RFC 7303 has it; else the XML declaration; else it
// is UTF-8. Where the transport names an encoding of single bytes and the document says that it is UTF-8, the transport is
// often wrong: libraries that send put a charset of their own there. What is UTF-8 is read as that then, and other bytes as
// the transport has it. The decoder does not look at the encoding in the declaration, which thus no longer matters. UTF-8 passes as it
// is: wrong bytes are found, with their line, by the [Decoder]. Errors are a [*SyntaxError] or, wrapped, the source's own.
func UTF8(r io.Reader, declared string) (io.Reader, error) {
	const longestDeclaration = 512
	br := bufio.NewReaderSize(r, longestDeclaration) // who reads more at a time reads past it
	head, err := br.Peek(longestDeclaration)
	if err != nil && err != io.EOF {
		return nil, fmt.Errorf("reading XML: %w", err)
	}
	if len(head) == 0 {
		return nil, &SyntaxError{Line: 1, Column: 1, Code: CodeEmpty, Msg: "Le document est vide (0 octet)."}
	}
	if err := archive(head); err != nil {
		return nil, err
	}
	enc, mark, name := detect(head, declared)
	doubted := declared != "" && encodingNamed(declaredEncoding(head)) == utf8Encoding
	if _, err := br.Discard(mark); err != nil {
		return nil, fmt.Errorf("reading XML: %w", err)
	}
	switch enc {
	case utf8Encoding:
		return br, nil
	case latin1:
		return &transcoder{src: br, decode: latin1Table.decoder(doubted)}, nil
	case latin9:
		return &transcoder{src: br, decode: latin9Table.decoder(doubted)}, nil
	case utf16LE:
		return &transcoder{src: br, decode: (&utf16Decoder{}).decode}, nil
	case utf16BE:
		return &transcoder{src: br, decode: (&utf16Decoder{big: true}).decode}, nil
	case utf16Encoding:
		return nil, refusedEncoding("L’encodage UTF-16 n’est accepté qu’avec un BOM (octets FF FE ou FE FF au début).")
	}
	return nil, refusedEncoding(fmt.Sprintf("L’encodage « %s » n’est pas accepté.", shown(name)))
}

// archive refuses a file that is packed, by its first bytes.
func archive(head []byte) error {
	switch {
	case bytes.HasPrefix(head, []byte(GzipMagic)):
		return &SyntaxError{
			Line: 1, Column: 1, Code: CodeEncoding,
			Msg: "Le document est compressé (gzip), mais rien ne l’annonce. Décompressez-le d’abord ou, par HTTP, envoyez-le avec l’en-tête Content-Encoding: gzip.",
		}
	case bytes.HasPrefix(head, []byte("PK\x03\x04")):
		return &SyntaxError{Line: 1, Column: 1, Code: CodeEncoding, Msg: "Le document est une archive zip. Envoyez le fichier XML qu’elle contient."}
	}
	return nil
}

func refusedEncoding(sentence string) error {
	return &SyntaxError{
		Line: 1, Column: 1, Code: CodeEncoding,
		Msg: sentence + " Les encodages acceptés sont : " + acceptedEncodings + ".",
	}
}

// detect returns the encoding, the length of its byte order mark and, if it is not accepted, its name.
func detect(head []byte, declared string) (enc encoding, mark int, name string) {
	has := func(prefix string) bool { return bytes.HasPrefix(head, []byte(prefix)) }
	switch {
	case has(byteOrderMark):
		return utf8Encoding, len(byteOrderMark), ""
	case has("\xFF\xFE\x00\x00"), has("\x00\x00\xFE\xFF"):
		return unknownEncoding, 0, "UTF-32"
	case has("\xFF\xFE"):
		return utf16LE, 2, ""
	case has("\xFE\xFF"):
		return utf16BE, 2, ""
	case has("<\x00"), has("\x00<"):
		return utf16Encoding, 0, ""
	}
	if declared != "" {
		return encodingNamed(declared), 0, printable(declared)
	}
	if said := declaredEncoding(head); said != "" {
		return encodingNamed(said), 0, printable(said)
	}
	return utf8Encoding, 0, ""
}

// declaredEncoding is the encoding the XML declaration names, empty if none or if there is no proper declaration.
func declaredEncoding(head []byte) string {
	if !bytes.HasPrefix(head, []byte("<?xml")) {
		return ""
	}
	end := bytes.Index(head, []byte("?>"))
	if end < 0 {
		return ""
	}
	_, rest, _ := pseudoAttr(head[len("<?xml"):end], "version")
	said, _, _ := pseudoAttr(rest, "encoding")
	return said
}

func printable(s string) string {
	return string(bytes.Map(func(r rune) rune {
		if r < 0x20 || r > 0x7E {
			return '?'
		}
		return r
	}, []byte(s)))
}

// transcoder turns its source into UTF-8, a piece at a time.
type transcoder struct {
	src    io.Reader
	decode func(dst, src []byte) []byte // an empty src means the end
	in     [8 << 10]byte
	out    []byte // not yet given
	spare  []byte
	err    error
}

func (t *transcoder) Read(p []byte) (int, error) {
	if len(p) == 0 {
		return 0, nil
	}
	for len(t.out) == 0 && t.err == nil {
		var n int
		n, t.err = t.src.Read(t.in[:])
		t.out = t.spare[:0]
		if n > 0 {
			t.out = t.decode(t.out, t.in[:n])
		}
		if t.err == io.EOF { //nolint:errorlint // Read returns io.EOF itself, by contract
			t.out = t.decode(t.out, nil)
		}
		t.spare = t.out
	}
	if len(t.out) == 0 {
		return 0, t.err
	}
	n := copy(p, t.out)
	t.out = t.out[n:]
	return n, nil
}
