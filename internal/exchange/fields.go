package exchange

import (
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/carte-reseau/hub/internal/xmlstream"
)

// field is one simple value being read.
type field struct {
	path string
	line int
}

// value reads the text of an element that holds nothing else.
func (c *cardReader) value(path string, t xmlstream.Token) (string, field, error) {
	f := field{path: path, line: t.Line}
	c.checkAttributes(t, path)
	text, cut := "", false
	for {
		t, err := c.dec.Next()
		if err != nil {
			return "", f, err
		}
		switch t.Kind {
		case xmlstream.EndElement:
			if cut {
				c.fail(CodeLength, path, f.line, "« %s » est démesurément long.", lastName(path))
				text = ""
			}
			return collapse(text), f, nil
		case xmlstream.Text:
			if cut = cut || t.Truncated || len(text) > readLimits().Text; !cut {
				text += string(t.Text)
			}
		case xmlstream.StartElement:
			c.unknown(t, path+"/"+clip(t.Local, 40))
			if err := c.dec.Skip(); err != nil {
				return "", f, err
			}
		}
	}
}

// lastName is the name of the element a path leads to.
func lastName(path string) string { return path[strings.LastIndexByte(path, '/')+1:] }

// text reads a value of at most so many characters.
func (c *cardReader) text(path string, t xmlstream.Token, most int) (string, error) {
	s, f, err := c.value(path, t)
	if n := utf8.RuneCountInString(s); n > most {
		c.fail(CodeLength, path, f.line, "« %s » a %d caractères ; %d au plus sont permis.", lastName(path), n, most)
	}
	return s, err
}

// oneOf reads a value of an enumeration, or an empty one.
func (c *cardReader) oneOf(path string, t xmlstream.Token, allowed []string) (string, error) {
	s, f, err := c.value(path, t)
	if s != "" && !slices.Contains(allowed, s) {
		c.fail(CodeValue, path, f.line, "« %s » n’est pas une valeur de « %s » ; sont permis : %s, ou rien.",
			clip(s, 30), lastName(path), strings.Join(allowed, ", "))
	}
	return s, err
}

// number reads a card number, or an empty value.
func (c *cardReader) number(path string, t xmlstream.Token) (string, error) {
	s, f, err := c.value(path, t)
	if s != "" && !isNumber(s) {
		c.fail(CodeNumber, path, f.line, "« %s » n’est pas un numéro de carte : 1 à 32 caractères parmi A-Z, a-z, 0-9, "+
			"« . », « _ » et « - ».", clip(s, 40))
	}
	return s, err
}

func (c *cardReader) email(path string, t xmlstream.Token) (string, error) {
	s, f, err := c.value(path, t)
	if n := utf8.RuneCountInString(s); n > longEmail {
		c.fail(CodeLength, path, f.line, "« %s » a %d caractères ; %d au plus sont permis.", lastName(path), n, longEmail)
	} else if s != "" && !isEmail(s) {
		c.fail(CodeEmail, path, f.line, "« %s » n’est pas une adresse de courriel vraisemblable.", clip(s, 60))
	}
	return s, err
}

// day reads a day that exists; when it is not one, the value is empty and good is false.
func (c *cardReader) day(path string, t xmlstream.Token) (s string, f field, good bool, err error) {
	s, f, err = c.value(path, t)
	if err != nil || s == "" {
		return "", f, true, err
	}
	if !isDay(s) {
		c.fail(CodeDate, path, f.line, "%s", dateFault(s, "AAAA-MM-JJ"))
		return "", f, false, nil
	}
	return s, f, true, nil
}
