package oaiclient

import (
	"bufio"
	"bytes"
	"errors"
	"io"
	"net/http"
	"reflect"
	"testing"
	"time"
	"unicode/utf8"
)

const fuzzPage = `<?xml version="1.0" encoding="UTF-8"?><OAI-PMH xmlns="http://www.openarchives.org/OAI/2.0/">` +
	`<responseDate>2026-11-21T10:00:00Z</responseDate><ListRecords><record><header><identifier>x</identifier>` +
	`<datestamp>2026-11-21</datestamp></header><metadata><carte xmlns="urn:carte-reseau:1"><numero>1</numero><nom>é</nom></carte></metadata></record>` +
	`<record><header status="deleted"/></record><resumptionToken>t</resumptionToken></ListRecords></OAI-PMH>`

// FuzzPage reads any bytes as a page: what was read to its end once must read the same again, card by card, and nothing
// may panic.
func FuzzPage(f *testing.F) {
	f.Add([]byte(fuzzPage), "text/xml")
	f.Add(bytes.Replace([]byte(fuzzPage), []byte("é"), []byte("\xE9"), 1), "utf-8")
	f.Add(bytes.Replace([]byte(fuzzPage), []byte("é"), []byte("a & b"), 1), "iso-8859-1")
	f.Add(bytes.Replace([]byte(fuzzPage), []byte("</carte>"), []byte("</carte><carte/>"), 1), "")
	f.Add([]byte("<html>"), "klingon")
	f.Add([]byte("\xFF\xFE<\x00a\x00"), "utf-16")
	f.Add([]byte("<OAI-PMH><record></record></OAI-PMH>"), "")
	f.Fuzz(func(t *testing.T, body []byte, charset string) {
		p := &page{charset: charset, status: http.StatusOK}
		var err error
		if p.body, err = newSpool(t.TempDir()); err != nil {
			t.Fatal(err)
		}
		defer p.Close()
		half := len(body) / 2 // within a character, sometimes
		for _, part := range [][]byte{body[:half], body[half:]} {
			if _, err := p.body.Write(part); err != nil {
				t.Fatal(err)
			}
		}
		if p.body.isUTF8() != utf8.Valid(body) {
			t.Errorf("isUTF8 %v of %q", p.body.isUTF8(), body)
		}
		c, err := p.readThrough(Options{}, 10)
		var told *failure
		if err != nil && !errors.As(err, &told) {
			t.Fatalf("an error nobody is told of: %v", err)
		}
		if told != nil && told.malformed && p.salvage(t.Context(), t.TempDir()) == nil {
			c, err = p.readThrough(Options{}, 10)
			if err != nil {
				t.Fatalf("salvaged, and still: %v", err)
			}
		}
		if err == nil {
			readAgain(t, p, c.records-c.deleted)
		}
	})
}

func readAgain(t *testing.T, p *page, want int) {
	t.Helper()
	reader, decoder, err := p.open(new(int))
	if err != nil {
		t.Fatal(err)
	}
	got := 0
	for rec, err := range records(reader) {
		if err != nil {
			t.Fatalf("read once, not twice: %v", err)
		}
		if rec.Deleted {
			continue
		}
		got++
		item, err := p.item(decoder, rec, Options{})
		if err != nil {
			t.Fatalf("read once, not twice: %v", err)
		}
		if p.kept && !reflect.DeepEqual(item, p.items[got-1]) {
			t.Errorf("first read %+v, then %+v", p.items[got-1], item)
		}
		for source, err := range elements(item.Raw) {
			if err != nil {
				t.Errorf("what goes back is no XML: %v in %q", err, source)
			}
		}
	}
	if got != want {
		t.Errorf("%d cards, then %d", want, got)
	}
}

// FuzzWesternizer wants UTF-8 from any bytes, in reads of any size, and UTF-8 left as it is.
func FuzzWesternizer(f *testing.F) {
	f.Add([]byte("Dupr\xE9 é \xE2\x82"), 1)
	f.Add([]byte("plain"), 3)
	f.Add([]byte("\x81\xF0\x9F\x98"), 2)
	f.Fuzz(func(t *testing.T, b []byte, size int) {
		mended := 0
		r := &westernizer{src: bufio.NewReaderSize(bytes.NewReader(b), 16), mended: &mended}
		piece := make([]byte, 1+size&7)
		var out []byte
		for {
			n, err := r.Read(piece)
			out = append(out, piece[:n]...)
			if errors.Is(err, io.EOF) {
				break
			}
			if err != nil {
				t.Fatal(err)
			}
		}
		if !utf8.Valid(out) {
			t.Errorf("%q became %q", b, out)
		}
		if utf8.Valid(b) && (mended != 0 || !bytes.Equal(out, b)) {
			t.Errorf("%q became %q", b, out)
		}
	})
}

// FuzzRetryAfter wants a wait within bounds whatever the headers say.
func FuzzRetryAfter(f *testing.F) {
	f.Add("120", "")
	f.Add("Sat, 21 Nov 2026 10:00:30 GMT", "Sat, 21 Nov 2026 10:00:00 GMT")
	f.Add("NaN", "")
	f.Add("-1e300", "x")
	f.Fuzz(func(t *testing.T, after, date string) {
		h := http.Header{}
		h.Set("Retry-After", after)
		h.Set("Date", date)
		wait, ok := retryAfter(h, time.Unix(1_800_000_000, 0), time.Hour)
		if wait < 0 || wait > time.Hour || !ok && wait != 0 {
			t.Errorf("%q, %q: %v, %v", after, date, wait, ok)
		}
	})
}

func TestRetryAfter(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 11, 21, 10, 0, 0, 0, time.UTC)
	for _, c := range []struct {
		after, date string
		want        time.Duration
		ok          bool
	}{
		{"", "", 0, false},
		{"soon", "", 0, false},
		{"-5", "", 0, false},
		{"90", "", 90 * time.Second, true},
		{" 1.5 ", "", 1500 * time.Millisecond, true},
		{"86400", "", time.Hour, true},
		{"Sat, 21 Nov 2026 10:01:00 GMT", "", time.Minute, true},
		{"Sat, 21 Nov 2026 10:01:00 GMT", "Sat, 21 Nov 2026 10:00:50 GMT", 10 * time.Second, true},
		{"Sat, 21 Nov 2026 09:00:00 GMT", "", 0, true},
	} {
		h := http.Header{"Retry-After": {c.after}, "Date": {c.date}}
		if wait, ok := retryAfter(h, now, time.Hour); wait != c.want || ok != c.ok {
			t.Errorf("%q at %q: %v, %v", c.after, c.date, wait, ok)
		}
	}
}
