package xmlstream_test

import (
	"errors"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/carte-reseau/hub/internal/xmlstream"
)

// TestRefused: each is refused with its code and where it is, whole and byte by byte.
func TestRefused(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		source, code string
		line, column int
	}{
		{"", xmlstream.CodeEmpty, 1, 1},
		{" \n ", xmlstream.CodeEmpty, 2, 2},
		{"<?xml version='1.0'?><!-- x -->", xmlstream.CodeEmpty, 1, 32},
		{"bonjour", xmlstream.CodeMalformed, 1, 1},
		{"\x1f\x8b\x08", xmlstream.CodeCharacter, 1, 1},
		{"\xe9t\xe9", xmlstream.CodeEncoding, 1, 1},
		{"<![CDATA[x]]><a/>", xmlstream.CodeMalformed, 1, 1},

		{"<a>", xmlstream.CodeTruncated, 1, 4},
		{"<a", xmlstream.CodeTruncated, 1, 3},
		{"<a>x", xmlstream.CodeTruncated, 1, 5},
		{"<a><", xmlstream.CodeTruncated, 1, 5},
		{"<a></a", xmlstream.CodeTruncated, 1, 7},
		{"<a b='1", xmlstream.CodeTruncated, 1, 8},
		{"<a>&am", xmlstream.CodeTruncated, 1, 7},
		{"<a><!-- x -", xmlstream.CodeTruncated, 1, 12},
		{"<a><!", xmlstream.CodeTruncated, 1, 6},
		{"<a><!-", xmlstream.CodeTruncated, 1, 7},
		{"<a><![CDATA[ x ]]", xmlstream.CodeTruncated, 1, 18},
		{"<a><?x y ?", xmlstream.CodeTruncated, 1, 11},
		{"<a><?x", xmlstream.CodeTruncated, 1, 7},
		{"<?xml version='1.0'", xmlstream.CodeTruncated, 1, 20},
		{"<a>é\xc3", xmlstream.CodeTruncated, 1, 6},

		{"<!DOCTYPE a><a/>", xmlstream.CodeDoctype, 1, 1},
		{"\n<!DOCTYPE a [<!ENTITY b 'c'>]><a>&b;</a>", xmlstream.CodeDoctype, 2, 1},
		{"<a><!DOCTYPE a></a>", xmlstream.CodeDoctype, 1, 4},
		{"<a><!ELEMENT a></a>", xmlstream.CodeMalformed, 1, 4},

		{"<a>\x00</a>", xmlstream.CodeCharacter, 1, 4},
		{"<a>\x1b</a>", xmlstream.CodeCharacter, 1, 4},
		{"<a>\uFFFE</a>", xmlstream.CodeCharacter, 1, 4},
		{"<a>&#0;</a>", xmlstream.CodeCharacter, 1, 4},
		{"<a>&#x1F;</a>", xmlstream.CodeCharacter, 1, 4},
		{"<a>&#xD800;</a>", xmlstream.CodeCharacter, 1, 4},
		{"<a>&#x110000;</a>", xmlstream.CodeCharacter, 1, 4},
		{"<a>&#99999999999999999999;</a>", xmlstream.CodeCharacter, 1, 4},
		{"<a b='\x01'/>", xmlstream.CodeCharacter, 1, 7},
		{"<a b='&#1;'/>", xmlstream.CodeCharacter, 1, 7},
		{"<!-- \x01 --><a/>", xmlstream.CodeCharacter, 1, 6},
		{"<?p \x01?><a/>", xmlstream.CodeCharacter, 1, 5},
		{"<a><![CDATA[\x00]]></a>", xmlstream.CodeCharacter, 1, 13},
		{"<a\x00/>", xmlstream.CodeCharacter, 1, 3},

		{"<a>\r\né\xe9\n</a>", xmlstream.CodeEncoding, 2, 2},
		{"<a b='\xe9'/>", xmlstream.CodeEncoding, 1, 7},
		{"<\xe9/>", xmlstream.CodeEncoding, 1, 2},
		{"<a>\xc0\x80</a>", xmlstream.CodeEncoding, 1, 4},
		{"<a>\xed\xa0\x80</a>", xmlstream.CodeEncoding, 1, 4},

		{"<a></b>", xmlstream.CodeMalformed, 1, 4},
		{"<a>\n <b>\n </a>", xmlstream.CodeMalformed, 3, 2},
		{"<a></a b='1'>", xmlstream.CodeMalformed, 1, 4},
		{"</a>", xmlstream.CodeMalformed, 1, 1},
		{"<a/></a>", xmlstream.CodeMalformed, 1, 5},
		{"<a/><b/>", xmlstream.CodeMalformed, 1, 5},
		{"<a/>x", xmlstream.CodeMalformed, 1, 5},
		{"<a/>&amp;", xmlstream.CodeMalformed, 1, 5},
		{"<a/><![CDATA[]]>", xmlstream.CodeMalformed, 1, 5},
		{"<a>&</a>", xmlstream.CodeMalformed, 1, 4},
		{"<a>& b</a>", xmlstream.CodeMalformed, 1, 4},
		{"<a>&amp</a>", xmlstream.CodeMalformed, 1, 4},
		{"<a>&nbsp;</a>", xmlstream.CodeMalformed, 1, 4},
		{"<a>&#;</a>", xmlstream.CodeMalformed, 1, 4},
		{"<a>&#x;</a>", xmlstream.CodeMalformed, 1, 4},
		{"<a>&#xZ;</a>", xmlstream.CodeMalformed, 1, 4},
		{"<a>&#1A;</a>", xmlstream.CodeMalformed, 1, 4},
		{"<a>&#xg;</a>", xmlstream.CodeMalformed, 1, 4},
		{"<a>&#xG;</a>", xmlstream.CodeMalformed, 1, 4},
		{"<a>&#:;</a>", xmlstream.CodeMalformed, 1, 4},
		{"<a>&#x.;</a>", xmlstream.CodeMalformed, 1, 4},
		{"<a>]]></a>", xmlstream.CodeMalformed, 1, 4},
		{"<a>x<!-- -- --></a>", xmlstream.CodeMalformed, 1, 10},
		{"<a>x<!-- ---></a>", xmlstream.CodeMalformed, 1, 10},
		{"<a b/>", xmlstream.CodeMalformed, 1, 4},
		{"<a b=1/>", xmlstream.CodeMalformed, 1, 4},
		{"<a b='1'c='2'/>", xmlstream.CodeMalformed, 1, 9},
		{"<a b='<'/>", xmlstream.CodeMalformed, 1, 7},
		{"<a b='&'/>", xmlstream.CodeMalformed, 1, 7},
		{"<a b='&x;'/>", xmlstream.CodeMalformed, 1, 7},
		{"<a b='&amp'/>", xmlstream.CodeMalformed, 1, 7},
		{"<a b='é\n&amp'/>", xmlstream.CodeMalformed, 2, 1},
		{"<a éé='1' é\xe9='2'/>", xmlstream.CodeEncoding, 1, 12},
		{"<a\n b='1' b='2'/>", xmlstream.CodeMalformed, 2, 8},
		{"<a xmlns:p='u' xmlns:q='u' p:b='1' q:b='2'/>", xmlstream.CodeMalformed, 1, 36},
		{"<a xmlns='u' xmlns='u'/>", xmlstream.CodeMalformed, 1, 14},
		{"<a / >", xmlstream.CodeMalformed, 1, 4},
		{"<a/ >", xmlstream.CodeMalformed, 1, 3},
		{"< a/>", xmlstream.CodeMalformed, 1, 2},
		{"<1/>", xmlstream.CodeMalformed, 1, 2},
		{"<:a/>", xmlstream.CodeMalformed, 1, 2},
		{"<a:/>", xmlstream.CodeMalformed, 1, 2},
		{"<a:b:c/>", xmlstream.CodeMalformed, 1, 2},
		{"<a><?xml version='1.0'?></a>", xmlstream.CodeMalformed, 1, 4},
		{"\n<?xml version='1.0'?><a/>", xmlstream.CodeMalformed, 2, 1},
		{"<?XML x?><a/>", xmlstream.CodeMalformed, 1, 1},
		{"<??><a/>", xmlstream.CodeMalformed, 1, 1},
		{"<?p?x?><a/>", xmlstream.CodeMalformed, 1, 4},
		{"<a><?p?x?></a>", xmlstream.CodeMalformed, 1, 7},
		{"<?xml?><a/>", xmlstream.CodeMalformed, 1, 1},
		{"<?xml version='1.1'?><a/>", xmlstream.CodeMalformed, 1, 1},
		{"<?xml version='1.0'><a/>", xmlstream.CodeMalformed, 1, 1},
		{"<?xml encoding='UTF-8'?><a/>", xmlstream.CodeMalformed, 1, 1},
		{"<?xml version='1.0' standalone='no' encoding='UTF-8'?><a/>", xmlstream.CodeMalformed, 1, 1},
		{"<?xml version='1.0' standalone='perhaps'?><a/>", xmlstream.CodeMalformed, 1, 1},
		{"<?xml version='1.0' encoding='é'?><a/>", xmlstream.CodeMalformed, 1, 1},
		{"<?xml version='1.0' encoding='8859'?><a/>", xmlstream.CodeMalformed, 1, 1},
		{"<?xml version='1.0' encoding='-x'?><a/>", xmlstream.CodeMalformed, 1, 1},
		{"<?xml version='1.0' encoding='a/b'?><a/>", xmlstream.CodeMalformed, 1, 1},
		{"<?xml version='1.0' encoding='a:b'?><a/>", xmlstream.CodeMalformed, 1, 1},
		{"<?xml version='1.0' encoding='a@b'?><a/>", xmlstream.CodeMalformed, 1, 1},
		{"<?xml version='1.0' encoding='a[b'?><a/>", xmlstream.CodeMalformed, 1, 1},
		{"<?xml version='1.0' encoding='a`b'?><a/>", xmlstream.CodeMalformed, 1, 1},
		{"<?xml version='1.0' encoding='a{b'?><a/>", xmlstream.CodeMalformed, 1, 1},
		{"<?xml version='1.0' encoding='@'?><a/>", xmlstream.CodeMalformed, 1, 1},
		{"<?xml version='1.0' encoding='['?><a/>", xmlstream.CodeMalformed, 1, 1},
		{"<?xml version='1.0' encoding=''?><a/>", xmlstream.CodeMalformed, 1, 1},
		{"<?xml version='1.0' encoding=UTF-8?><a/>", xmlstream.CodeMalformed, 1, 1},
		{"<?xml version='1.0' encoding='UTF-8?><a/>", xmlstream.CodeMalformed, 1, 1},
		{"<?xml version='1.0'encoding='UTF-8'?><a/>", xmlstream.CodeMalformed, 1, 1},
		{"<?xml version='1.0' " + strings.Repeat(" ", 1000) + "?><a/>", xmlstream.CodeMalformed, 1, 1},

		{"<p:a/>", xmlstream.CodePrefix, 1, 2},
		{"<a p:b='1'/>", xmlstream.CodePrefix, 1, 4},
		{"<a><b xmlns:p='u'/><p:c/></a>", xmlstream.CodePrefix, 1, 21},
		{"<a xmlns:p=''/>", xmlstream.CodePrefix, 1, 4},
		{"<a xmlns:xmlns='u'/>", xmlstream.CodePrefix, 1, 4},
		{"<a xmlns:xml='u'/>", xmlstream.CodePrefix, 1, 4},
		{"<a xmlns:p='http://www.w3.org/XML/1998/namespace'/>", xmlstream.CodePrefix, 1, 4},
		{"<a xmlns='http://www.w3.org/2000/xmlns/'/>", xmlstream.CodePrefix, 1, 4},
		{"<xmlns:a/>", xmlstream.CodePrefix, 1, 2},

		{strings.Repeat("<a>", 65), xmlstream.CodeDepth, 1, 193},
		{"<" + strings.Repeat("a", 300) + "/>", xmlstream.CodeSize, 1, 2},
		{"<a b='" + strings.Repeat("x", 5000) + "'/>", xmlstream.CodeSize, 1, 7},
		{"<a " + strings.Repeat(" ", 1<<20) + "/>", xmlstream.CodeSize, 1, 1},
		{"<?" + strings.Repeat("a", 300) + " ?><a/>", xmlstream.CodeSize, 1, 1},
	} {
		for way, d := range map[string]*xmlstream.Decoder{
			"whole":        xmlstream.NewDecoder(strings.NewReader(c.source), xmlstream.Limits{}),
			"byte by byte": xmlstream.NewDecoder(iotest.OneByteReader(strings.NewReader(c.source)), xmlstream.Limits{}),
		} {
			_, err := transcript(d)
			shown := c.source[:min(len(c.source), 60)]
			var syntax *xmlstream.SyntaxError
			if !errors.As(err, &syntax) {
				t.Errorf("%s: %q: no syntax error but %v", way, shown, err)
				continue
			}
			if syntax.Code != c.code || syntax.Line != c.line || syntax.Column != c.column {
				t.Errorf("%s: %q: got %s at %d:%d (%s), want %s at %d:%d",
					way, shown, syntax.Code, syntax.Line, syntax.Column, syntax.Msg, c.code, c.line, c.column)
			}
			if _, again := d.Next(); !errors.Is(again, err) {
				t.Errorf("%q: the error does not stick: %v", shown, again)
			}
		}
	}
}

// Who reads an error mends the document by it: each says what it is, and by which name.
func TestARefusalSaysWhatIsWrong(t *testing.T) {
	t.Parallel()
	long := strings.Repeat("é", 41)
	for source, want := range map[string]string{
		"<a b/>": "« b » n’a pas de valeur", "<a b=/>": "« b » n’est pas entre guillemets", "<a b=1/>": "« b » n’est pas entre guillemets",
		"<a b='1/>": "s’arrête avant sa fin, dans une balise", "<a b='1' b='2'/>": "« b » est donné deux fois",
		"<?xml version='1.0'><a/>":          "n’est pas fermée par « ?> »",
		"<?xml version=1.0?><a/>":           "mal écrite",
		"<?xml version='1.1'?><a/>":         "Seule la version 1.0",
		" <?xml version='1.0'?><a/>":        "tout début du document",
		"<a><b>texte":                       "l’élément « b » est encore ouvert",
		"<a>]":                              "l’élément « a » est encore ouvert",
		"<a><!-- ":                          "commentaire qui n’est pas fermé",
		"<a><![CDATA[ ":                     "section CDATA qui n’est pas fermée",
		"<a><?p ":                           "instruction de traitement qui n’est pas fermée",
		"<a>&am":                            "référence commencée par « & »",
		"<a>é\xc3":                          "au milieu d’un caractère",
		"<a/>x":                             "Du texte suit la fin",
		"x<a/>":                             "ne commence pas par une balise",
		"<a/></a>":                          "ne ferme aucun élément",
		"<a/><b/>":                          "second élément racine",
		"<a>\n<b>\n</a>":                    "</a> ne ferme pas l’élément <b>, ouvert à la ligne 2",
		"<a></a x>":                         "contient autre chose que son nom",
		"<a><></a>":                         "manque ; un « < » qui n’ouvre pas",
		"<a>&nbsp;</a>":                     "L’entité « &nbsp; » n’est pas définie",
		"<a>& b</a>":                        "« & » n’est pas le début d’une référence",
		"<a>&#;</a>":                        "sans valeur",
		"<a>&#1x;</a>":                      "mal écrite",
		"<a>\x1b</a>":                       "U+001B",
		"<p:a/>":                            "Le préfixe « p » n’est pas déclaré",
		"<" + long[2:] + ":a/>":             "« " + long[2:] + " »",
		"<" + long + ":a/>":                 "« " + long[2:] + "… »",
		"<a p:" + long[2:] + "='' b b=''/>": "« b » n’a pas de valeur",
	} {
		_, err := transcript(xmlstream.NewDecoder(strings.NewReader(source), xmlstream.Limits{}))
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: %v; want %q", source, err, want)
		}
	}
}

// TestSourceError: an error of the source is neither hidden nor taken for one of the document.
func TestSourceError(t *testing.T) {
	t.Parallel()
	broken := errors.New("line cut")
	for _, source := range []string{"", "<", "<a", "<a>", "<a>x", "<a>\r", "<a>\xc3", "<a>&", "<a><!-- ", "<a/>", "<a><![CDATA[", "<?xml "} {
		r := iotest.DataErrReader(&failing{strings.NewReader(source), broken})
		_, err := transcript(xmlstream.NewDecoder(r, xmlstream.Limits{}))
		if !errors.Is(err, broken) {
			t.Errorf("%q: %v", source, err)
		}
	}
}

// failing gives its text and then the error.
type failing struct {
	*strings.Reader
	err error
}

func (f *failing) Read(p []byte) (int, error) {
	if f.Len() == 0 {
		return 0, f.err
	}
	return f.Reader.Read(p)
}
