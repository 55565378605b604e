package xmlstream

import (
	"bytes"
	"strings"
)

// aside passes over a comment or a processing instruction; everything else that begins so is refused.
func (d *Decoder) aside() error {
	w := &d.w
	switch {
	case w.has("<?"):
		return d.instruction()
	case w.has("<!--"):
		return d.comment()
	case w.has("<!DOCTYPE"):
		return w.fail(w.pos, CodeDoctype, "Le document contient un DOCTYPE. Il est refusé par sécurité : "+
			"retirez-le, le format n’en a pas besoin.")
	case d.cutOpening():
		return w.truncated("dans une balise")
	}
	return w.fail(w.pos, CodeMalformed, "« <! » n’ouvre ici ni un commentaire ni une section CDATA.")
}

// cutOpening says whether the source ends within one of the openings aside and text look for.
func (d *Decoder) cutOpening() bool {
	rest := string(d.w.buf[d.w.pos:min(d.w.end, d.w.pos+len("<![CDATA["))])
	for _, opening := range []string{"<!--", "<![CDATA[", "<!DOCTYPE"} {
		if len(rest) < len(opening) && strings.HasPrefix(opening, rest) {
			return true
		}
	}
	return false
}

func (d *Decoder) comment() error {
	const within = "dans un commentaire qui n’est pas fermé par « --> »"
	w := &d.w
	w.pos += len("<!--")
	for {
		if _, err := d.characters(commentTable, false, within); err != nil {
			return err
		}
		if !w.ensure(2) {
			return w.truncated(within)
		}
		if w.buf[w.pos+1] != '-' {
			w.pos++
			continue
		}
		if !w.ensure(3) {
			return w.truncated(within)
		}
		if w.buf[w.pos+2] != '>' {
			return w.fail(w.pos, CodeMalformed, "Un commentaire contient « -- », ce que XML interdit.")
		}
		w.pos += 3
		return nil
	}
}

func (d *Decoder) instruction() error {
	const within = "dans une instruction de traitement qui n’est pas fermée par « ?> »"
	w := &d.w
	n := 2
	for w.ensure(n+1) && !isSpace(w.buf[w.pos+n]) && w.buf[w.pos+n] != '?' {
		if n++; n-2 > d.limits.Name {
			return w.fail(w.pos, CodeSize, "Le nom d’une instruction de traitement est trop long.")
		}
	}
	if !w.ensure(n + 1) {
		return w.truncated(within)
	}
	target := string(w.buf[w.pos+2 : w.pos+n])
	if strings.EqualFold(target, "xml") {
		return w.fail(w.pos, CodeMalformed, "La déclaration « <?xml » n’est permise qu’au tout début du document : "+
			"rien ne doit la précéder, pas même une ligne vide ou une espace.")
	}
	if !isNCName(target) {
		return w.fail(w.pos, CodeMalformed, "Une instruction de traitement n’a pas de nom valable.")
	}
	w.pos += n
	return d.toInstructionEnd(within, isSpace(w.buf[w.pos]))
}

// toInstructionEnd passes over the rest; without a space after the name only the end may follow.
func (d *Decoder) toInstructionEnd(within string, spaced bool) error {
	w := &d.w
	for {
		if _, err := d.characters(instrTable, false, within); err != nil {
			return err
		}
		if !w.ensure(2) {
			return w.truncated(within)
		}
		if w.buf[w.pos+1] == '>' {
			w.pos += 2
			return nil
		}
		if !spaced {
			return w.fail(w.pos, CodeMalformed, "Une instruction de traitement n’a pas de nom valable.")
		}
		w.pos++
	}
}

// declaration reads <?xml version="1.0" encoding="..." standalone="..."?>. The encoding said is for UTF8, not for us.
func (d *Decoder) declaration() error {
	const longest = 512
	w := &d.w
	for n := 64; ; n *= 2 {
		w.ensure(n)
		head := w.buf[w.pos:min(w.end, w.pos+longest)]
		end := bytes.Index(head, []byte("?>"))
		within, _, behind := bytes.Cut(head[1:], []byte("<")) // no declaration holds one: what goes on is the document
		switch {
		case end >= 0 && end <= len(within):
			return d.checkDeclaration(end)
		case w.end-w.pos < n && !behind:
			return w.truncated("dans la déclaration XML")
		case n >= longest || behind:
			return w.fail(w.pos, CodeMalformed, "La déclaration XML n’est pas fermée par « ?> ».")
		}
	}
}

func (d *Decoder) checkDeclaration(end int) error {
	w := &d.w
	version, ok := parseDeclaration(w.buf[w.pos+len("<?xml") : w.pos+end])
	if !ok {
		return w.fail(w.pos, CodeMalformed, "La déclaration XML est mal écrite ; attendu, par exemple : "+
			"<?xml version=\"1.0\" encoding=\"UTF-8\"?>.")
	}
	if version != "1.0" {
		return w.fail(w.pos, CodeMalformed, "Seule la version 1.0 de XML est acceptée.")
	}
	w.pos += end + 2
	return nil
}

// parseDeclaration checks the three parts of the declaration, in their order, and returns the version.
func parseDeclaration(b []byte) (version string, ok bool) {
	version, b, ok = pseudoAttr(b, "version")
	if !ok {
		return "", false
	}
	if encoding, rest, found := pseudoAttr(b, "encoding"); found {
		if !isEncodingName(encoding) {
			return "", false
		}
		b = rest
	}
	if alone, rest, found := pseudoAttr(b, "standalone"); found {
		if alone != "yes" && alone != "no" {
			return "", false
		}
		b = rest
	}
	return version, skipSpace(b, 0) == len(b)
}

// pseudoAttr reads white space, the name, = and a quoted value from the front of b.
func pseudoAttr(b []byte, name string) (value string, rest []byte, ok bool) {
	i := skipSpace(b, 0)
	if i == 0 || !bytes.HasPrefix(b[i:], []byte(name)) {
		return "", b, false
	}
	i = skipSpace(b, i+len(name))
	if i == len(b) || b[i] != '=' {
		return "", b, false
	}
	i = skipSpace(b, i+1)
	if i == len(b) || b[i] != '"' && b[i] != '\'' {
		return "", b, false
	}
	length := bytes.IndexByte(b[i+1:], b[i])
	if length < 0 {
		return "", b, false
	}
	return string(b[i+1 : i+1+length]), b[i+length+2:], true
}

func isEncodingName(s string) bool {
	for i := range len(s) {
		c := s[i] | 0x20
		letter := c >= 'a' && c <= 'z'
		other := s[i] >= '0' && s[i] <= '9' || s[i] == '.' || s[i] == '_' || s[i] == '-'
		if !letter && (i == 0 || !other) {
			return false
		}
	}
	return s != ""
}
