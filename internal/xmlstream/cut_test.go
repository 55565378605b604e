package xmlstream_test

import (
	"errors"
	"io"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/carte-reseau/hub/internal/xmlstream"
)

// everything is a document with all there is in one.
const everything = "\uFEFF<?xml version=\"1.0\" encoding='utf-8' standalone=\"no\" ?>\r\n<!-- a-b --><?p q?>\n" +
	"<p:a xmlns:p='u' b=\"&lt;é&#10;\" p:b='>' >\r\n é 𝔸]] ]&amp;&#x41;<b/><![CDATA[ ]] ]]]><c\t>\r</c ><!----><?r ??></p:a >\n<!-- - --> <?s?>\r"

// rootEnds is how much of it is needed for its root to be closed.
var rootEnds = strings.Index(everything, "</p:a >") + len("</p:a >")

// TestCutAnywhere: wherever a document breaks off, the break is what is told, not what the piece might have become: a line that
// went down as the line's error, else that the document stops before its end.
func TestCutAnywhere(t *testing.T) {
	t.Parallel()
	broken := errors.New("line cut")
	for cut := range len(everything) {
		for _, piecewise := range []bool{false, true} {
			read := func(end io.Reader) error {
				source := io.MultiReader(strings.NewReader(everything[:cut]), end)
				if piecewise {
					source = iotest.OneByteReader(source)
				}
				_, err := transcript(xmlstream.NewDecoder(source, xmlstream.Limits{}))
				return err
			}
			if err := read(iotest.ErrReader(broken)); !errors.Is(err, broken) {
				t.Errorf("the line is cut after %q: %v", everything[:cut], err)
			}
			var syntax *xmlstream.SyntaxError
			switch err := read(strings.NewReader("")); {
			case err == nil && cut < rootEnds, err != nil && !errors.As(err, &syntax):
				t.Errorf("the end after %q: %v", everything[:cut], err)
			case err != nil && syntax.Code != xmlstream.CodeTruncated && (cut >= rootEnds || syntax.Code != xmlstream.CodeEmpty):
				t.Errorf("the end after %q: %s, %v", everything[:cut], syntax.Code, err)
			}
		}
	}
}
