package xmlstream_test

import (
	"bytes"
	"compress/gzip"
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/carte-reseau/hub/internal/xmlstream"
)

func packed(f fataler, pieces ...string) string {
	var out bytes.Buffer
	for _, piece := range pieces {
		w := gzip.NewWriter(&out)
		if _, err := w.Write([]byte(piece)); err != nil {
			f.Fatalf("%v", err)
		}
		if err := w.Close(); err != nil {
			f.Fatalf("%v", err)
		}
	}
	return out.String()
}

func unpacked(r io.Reader) (string, error) {
	u, err := xmlstream.Unpack(r)
	if err != nil {
		return "", err
	}
	all, err := io.ReadAll(u)
	return string(all), err
}

func TestUnpack(t *testing.T) {
	t.Parallel()
	two := packed(t, "<a>", "", "</a>")
	broken := errors.New("line cut")
	for name, c := range map[string]struct {
		source io.Reader
		want   string
		err    error
	}{
		"members":            {strings.NewReader(two), "<a></a>", nil},
		"padding":            {strings.NewReader(two + "\x00\x00\x00"), "<a></a>", nil},
		"nothing":            {strings.NewReader(""), "", io.EOF},
		"no gzip":            {strings.NewReader("<a></a> and more"), "", gzip.ErrHeader},
		"something behind":   {strings.NewReader(two + "<b/>"), "<a></a>", xmlstream.ErrBehindGzip},
		"behind the padding": {strings.NewReader(two + "\x00x"), "<a></a>", xmlstream.ErrBehindGzip},
		"cut in a member":    {strings.NewReader(two[:len(two)-1]), "<a></a>", io.ErrUnexpectedEOF},
		"cut in the magic":   {strings.NewReader(two + "\x1f"), "<a></a>", io.ErrUnexpectedEOF},
		"cut in a header":    {strings.NewReader(two + "\x1f\x8b\x08"), "<a></a>", io.ErrUnexpectedEOF},
		"the line went down": {io.MultiReader(strings.NewReader(two), iotest.ErrReader(broken)), "<a></a>", broken},
		"in the padding":     {io.MultiReader(strings.NewReader(two+"\x00"), iotest.ErrReader(broken)), "<a></a>", broken},
	} {
		if got, err := unpacked(c.source); got != c.want || !errors.Is(err, c.err) || (err == nil) != (c.err == nil) {
			t.Errorf("%s: %q, %v; want %q, %v", name, got, err, c.want, c.err)
		}
	}
}

// FuzzUnpack: it takes what compress/gzip takes, and else only padding more; where the source is cut does not matter.
func FuzzUnpack(f *testing.F) {
	for _, s := range []string{"", packed(f, "<a/>"), packed(f, "<a>", "", "</a>") + "\x00\x00", packed(f, "x") + "y", packed(f, "x")[:15], "\x1f\x8b"} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, source []byte) {
		got, err := unpacked(bytes.NewReader(source))
		again, againErr := unpacked(iotest.OneByteReader(bytes.NewReader(source)))
		if got != again || fmt.Sprint(err) != fmt.Sprint(againErr) {
			t.Fatalf("whole %q, %v; byte by byte %q, %v", got, err, again, againErr)
		}
		// The end of a member may be zeros too.
		var standard string
		standardErr := errors.New("not tried")
		for end := len(source); standardErr != nil; end-- {
			if standard, standardErr = gunzip(source[:end]); end == 0 || source[end-1] != 0 {
				break
			}
		}
		if (err == nil) != (standardErr == nil) || err == nil && got != standard {
			t.Fatalf("%q, %v; compress/gzip: %q, %v", got, err, standard, standardErr)
		}
	})
}

func gunzip(source []byte) (string, error) {
	r, err := gzip.NewReader(bytes.NewReader(source))
	if err != nil {
		return "", err
	}
	all, err := io.ReadAll(r)
	return string(all), err
}
