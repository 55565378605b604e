package xmlstream_test

import (
	"bytes"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/carte-reseau/hub/internal/xmlstream"
)

// capture reads to the element named and returns its source.
func capture(t *testing.T, d *xmlstream.Decoder, local string, most int) (raw xmlstream.Raw, next xmlstream.Token) {
	t.Helper()
	for {
		token, err := d.Next()
		if err != nil {
			t.Fatal(err)
		}
		if token.Kind == xmlstream.StartElement && token.Local == local {
			break
		}
	}
	d.StartRaw(most)
	if err := d.Skip(); err != nil {
		t.Fatal(err)
	}
	next, err := d.Next()
	if err != nil {
		t.Fatal(err)
	}
	return d.StopRaw(), next
}

func TestRaw(t *testing.T) {
	t.Parallel()
	const outer = `<r xmlns="u" xmlns:p="v" xmlns:q="w &amp; &quot;"><s xmlns:q="y">`
	for source, standalone := range map[string]string{
		`<c/>`:                              `<c xmlns:q="y" xmlns:p="v" xmlns="u"/>`,
		`<c  a="1" >é<d>]</d><!-- --></c >`: `<c xmlns:q="y" xmlns:p="v" xmlns="u"  a="1" >é<d>]</d><!-- --></c >`,
		`<c xmlns="" xmlns:p="z"><p:d/>` + strings.Repeat("x", 200_000) + `</c>`: `<c xmlns:q="y" xmlns="" xmlns:p="z"><p:d/>` + strings.Repeat("x", 200_000) + `</c>`,
		"<c\r\n>\r\n</c>": "<c xmlns:q=\"y\" xmlns:p=\"v\" xmlns=\"u\"\r\n>\r\n</c>",
	} {
		document := outer + source + "<after/></s></r>"
		for _, d := range []*xmlstream.Decoder{
			xmlstream.NewDecoder(strings.NewReader(document), xmlstream.Limits{}),
			xmlstream.NewDecoder(iotest.OneByteReader(strings.NewReader(document)), xmlstream.Limits{}),
		} {
			raw, next := capture(t, d, "c", 1<<20)
			if raw.Truncated || string(raw.Source) != source {
				t.Fatalf("source %.80q, truncated %v; want %.80q", raw.Source, raw.Truncated, source)
			}
			if got := string(raw.AppendStandalone(nil)); got != standalone {
				t.Fatalf("standalone %.120q; want %.120q", got, standalone)
			}
			if next.Local != "after" {
				t.Errorf("the decoder stands at %+v", next)
			}
		}
	}
}

func TestRawTruncated(t *testing.T) {
	t.Parallel()
	d := xmlstream.NewDecoder(strings.NewReader("<r><c>0123456789</c> </r>"), xmlstream.Limits{})
	raw, _ := capture(t, d, "c", 5)
	if !raw.Truncated || string(raw.AppendStandalone(nil)) != "<c>01" {
		t.Errorf("%+v", raw)
	}
	// Also where it comes in several pieces.
	const most = 100_000
	d = xmlstream.NewDecoder(strings.NewReader("<r><c>"+strings.Repeat("x", 4*most)+"</c> </r>"), xmlstream.Limits{})
	if raw, _ := capture(t, d, "c", most); !raw.Truncated || len(raw.Source) != most {
		t.Errorf("%d bytes were kept of at most %d", len(raw.Source), most)
	}
	d = xmlstream.NewDecoder(strings.NewReader("<r>x<c>y</c></r>"), xmlstream.Limits{})
	for range 3 {
		if _, err := d.Next(); err != nil {
			t.Fatal(err)
		}
	}
	d.StartRaw(0)
	if raw := d.StopRaw(); !raw.Truncated || string(raw.Source) != "<c>" {
		t.Errorf("not ended: %+v", raw)
	}
	if _, err := d.Next(); err != nil {
		t.Fatal(err)
	}
	d.StartRaw(0)
	if raw := d.StopRaw(); !raw.Truncated || len(raw.Source) > 0 {
		t.Errorf("at a text: %+v", raw)
	}
}

// TestStandaloneIsBounded: what stands around an element counts with it, or a few bytes would be kept as megabytes, each time.
func TestStandaloneIsBounded(t *testing.T) {
	t.Parallel()
	const most = 10_000
	for length, whole := range map[int]bool{most - 200: true, most: false, 4 * most: false} {
		document := `<r xmlns:p="` + strings.Repeat("&amp;", length/5) + `"><c>x</c><after/></r>`
		d := xmlstream.NewDecoder(strings.NewReader(document), xmlstream.Limits{AttrValue: 1 << 20})
		raw, _ := capture(t, d, "c", most)
		if raw.Truncated == whole {
			t.Errorf("%d bytes around it: truncated %v", length, raw.Truncated)
		}
		if got := raw.AppendStandalone(nil); len(got) > most {
			t.Errorf("%d bytes around it: %d were kept of at most %d", length, len(got), most)
		}
	}
}

// checkStandalone: an element taken out of its document says what it said within.
func checkStandalone(t fataler, source []byte, nth int) {
	d := xmlstream.NewDecoder(bytes.NewReader(source), xmlstream.Limits{})
	for {
		token, err := d.Next()
		if err != nil {
			return // there are not so many
		}
		if token.Kind != xmlstream.StartElement {
			continue
		}
		if nth == 0 {
			var within strings.Builder
			writeToken(&within, token)
			compareStandalone(t, d, &within)
			return
		}
		nth--
	}
}

func compareStandalone(t fataler, d *xmlstream.Decoder, within *strings.Builder) {
	d.StartRaw(0)
	for depth := d.Depth(); d.Depth() >= depth; {
		token, err := d.Next()
		if err != nil {
			return
		}
		writeToken(within, token)
	}
	raw := d.StopRaw()
	if raw.Truncated {
		return
	}
	document := raw.AppendStandalone(nil)
	// Alone it bears the declarations of all that stood around it.
	alone, err := transcript(xmlstream.NewDecoder(bytes.NewReader(document), xmlstream.Limits{Attrs: 1000}))
	if err != nil || alone != within.String() {
		t.Fatalf("alone %q, %v\nis read as %s\nwithin as %s", document, err, alone, within)
	}
}
