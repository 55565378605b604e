package xmlstream_test

import (
	"errors"
	"io"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/carte-reseau/hub/internal/xmlstream"
)

// repeated gives head, then n times the middle, then tail, without holding it.
func repeated(head, middle string, n int, tail string) io.Reader {
	return io.MultiReader(strings.NewReader(head), &repeater{text: middle, left: n}, strings.NewReader(tail))
}

type repeater struct {
	text string
	at   int
	left int
}

func (r *repeater) Read(p []byte) (int, error) {
	n := 0
	for n < len(p) && r.left > 0 {
		c := copy(p[n:], r.text[r.at:])
		n += c
		if r.at += c; r.at == len(r.text) {
			r.at = 0
			r.left--
		}
	}
	if n == 0 {
		return 0, io.EOF
	}
	return n, nil
}

// grown is how much was allocated while f ran.
func grown(f func()) uint64 {
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	f()
	runtime.ReadMemStats(&after)
	return after.TotalAlloc - before.TotalAlloc
}

// raceSlowness is how much smaller the long tests are under the race detector; they stay larger than what they may cost.
const raceSlowness = 4

// TestHostileMemory is not parallel: it measures what everything in the process allocates.
func TestHostileMemory(t *testing.T) {
	const most = 2 << 20
	mega := 1 << 20
	if raceDetector {
		mega /= raceSlowness
	}
	for name, c := range map[string]struct {
		source io.Reader
		code   string // empty: it is to be accepted
	}{
		"10 MB of text":          {repeated("<a>", "texte ", 2*mega, "</a>"), ""},
		"10 MB of text in CDATA": {repeated("<a><![CDATA[", "é]", 3*mega, "]]></a>"), ""},
		"a 10 MB comment":        {repeated("<a><!--", "texte ", 2*mega, "--></a>"), ""},
		"10 MB of comments":      {repeated("<a>", "<!-- x -->", mega, "</a>"), ""},
		"10 MB of CR":            {repeated("<a>", "\r", 10*mega, "</a>"), ""},
		"10 MB before the root":  {repeated("", " \n", 5*mega, "<a/>"), ""},
		"a million elements":     {repeated("<a>", "<b/>", mega, "</a>"), ""},
		"a million nested":       {repeated("", "<a>", mega, ""), xmlstream.CodeDepth},
		"a 10 MB name":           {repeated("<", "a", 10*mega, "/>"), xmlstream.CodeSize},
		"a 10 MB attribute":      {repeated("<a b='", "a", 10*mega, "'/>"), xmlstream.CodeSize},
		"a million attributes":   {repeated("<a ", "b='1' ", mega, "/>"), xmlstream.CodeSize},
		"a 10 MB reference":      {repeated("<a>&", "a", 10*mega, ";</a>"), xmlstream.CodeMalformed},
		"a 10 MB instruction":    {repeated("<?", "a", 10*mega, "?><a/>"), xmlstream.CodeSize},
		"a 10 MB end tag":        {repeated("<a></a", " ", 10*mega, ">"), xmlstream.CodeSize},
	} {
		start := time.Now()
		var err error
		cost := grown(func() {
			d := xmlstream.NewDecoder(c.source, xmlstream.Limits{})
			for err == nil {
				_, err = d.Next()
			}
		})
		var syntax *xmlstream.SyntaxError
		switch {
		case c.code == "" && !errors.Is(err, io.EOF):
			t.Errorf("%s: %v", name, err)
		case c.code != "" && (!errors.As(err, &syntax) || syntax.Code != c.code):
			t.Errorf("%s: %v; want %s", name, err, c.code)
		}
		if cost > most {
			t.Errorf("%s: allocated %d bytes", name, cost)
		}
		if took := time.Since(start); took > 10*time.Second {
			t.Errorf("%s: took %v", name, took)
		}
	}
}

// TestManyNames: each element under a name of its own must not fill memory.
func TestManyNames(t *testing.T) {
	t.Parallel()
	var b strings.Builder
	b.WriteString("<a>")
	for i := range 5000 {
		name := "n" + strings.Repeat("x", i%200) + string(rune('a'+i%26))
		b.WriteString("<" + name + " v='" + name + "'/>")
	}
	b.WriteString("</a>")
	if _, err := transcript(xmlstream.NewDecoder(strings.NewReader(b.String()), xmlstream.Limits{})); err != nil {
		t.Error(err)
	}
}

// TestCut: a text is cut at a whole character, the rest is still checked.
func TestCut(t *testing.T) {
	t.Parallel()
	limits := xmlstream.Limits{Text: 4}
	for source, want := range map[string]string{
		"<a>abcd</a>":                "<|a>\"abcd\"</|a>",
		"<a>abcé</a>":                "<|a>\"abc\"…</|a>",
		"<a>abcde<b/>fg</a>":         "<|a>\"abcd\"…<|b></|b>\"fg\"</|a>",
		"<a>abc&#xE9;<!-- -->de</a>": "<|a>\"abc\"…</|a>",
	} {
		got, err := transcript(xmlstream.NewDecoder(strings.NewReader(source), limits))
		if err != nil || got != want {
			t.Errorf("%s: %s, %v", source, got, err)
		}
	}
	if _, err := transcript(xmlstream.NewDecoder(strings.NewReader("<a>abcdefgh\x00</a>"), limits)); err == nil {
		t.Error("what was cut was not checked")
	}
}

// TestManyNamespaces: a document may declare as many as it likes, but not all at once, for each name is looked up among those
// in scope.
func TestManyNamespaces(t *testing.T) {
	t.Parallel()
	limits := xmlstream.Limits{Spaces: 10}
	nested := func(n int) string {
		return strings.Repeat("<a xmlns:p='u' xmlns:q='v'>", n) + "<b xmlns=''/>" + strings.Repeat("</a>", n)
	}
	if _, err := transcript(xmlstream.NewDecoder(strings.NewReader("<a xmlns='u' xmlns:p='u'>"+strings.Repeat(nested(3)+"<c xmlns:q='u'/>", 100)+"</a>"), limits)); err != nil {
		t.Errorf("nine at once: %v", err)
	}
	_, err := transcript(xmlstream.NewDecoder(strings.NewReader(nested(5)), limits))
	var syntax *xmlstream.SyntaxError
	if !errors.As(err, &syntax) || syntax.Code != xmlstream.CodeSize || syntax.Column != 5*len("<a xmlns:p='u' xmlns:q='v'>")+4 {
		t.Errorf("eleven at once: %v", err)
	}
}
