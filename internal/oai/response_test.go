package oai_test

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"reflect"
	"strings"
	"testing"

	"github.com/carte-reseau/hub/internal/oai"
	"github.com/carte-reseau/hub/internal/xmlstream"
)

// response is all a reader finds.
type response struct {
	date    string
	verb    oai.Verb
	errors  []oai.Error
	token   *oai.ResumptionToken
	records []string
}

// read reads a response. take says how much of each metadata element the
// caller reads from the decoder itself: nothing, its first token, or all.
func read(doc string, take int) (response, error) {
	d := xmlstream.NewDecoder(strings.NewReader(doc), xmlstream.Limits{})
	r := oai.NewReader(d)
	var got response
	for {
		rec, err := r.Next()
		if err != nil {
			got.date, got.verb, got.errors, got.token = r.ResponseDate, r.Verb, r.Errors, r.Token
			if errors.Is(err, io.EOF) {
				err = nil
			}
			return got, err
		}
		root := "-"
		if rec.Metadata != nil {
			root = rec.Metadata.Space + " " + rec.Metadata.Local
			if err := takeMetadata(d, take); err != nil {
				return got, err
			}
		}
		got.records = append(got.records, fmt.Sprintf("%+v %s", rec.Header, root))
	}
}

func takeMetadata(d *xmlstream.Decoder, take int) error {
	switch take {
	case 1:
		_, err := d.Next()
		return err
	case 2:
		return d.Skip()
	}
	return nil
}

func write(t *testing.T, echo oai.Request, body func(w *oai.Writer)) string {
	t.Helper()
	var b bytes.Buffer
	w := oai.NewWriter(&b, "http://hub.exemple.fr/oai", "")
	w.Begin(1795249802, echo)
	body(w)
	if err := w.End(); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

func TestWhatIsWrittenIsReadBack(t *testing.T) {
	doc := write(t, oai.Request{Verb: oai.ListRecords, ResumptionToken: "a&\"'<>"}, func(w *oai.Writer) {
		w.OpenList(oai.ListRecords)
		w.Record(&oai.Record{Header: oai.Header{Identifier: "oai:a.fr:1&2", Datestamp: "2026-11-21T08:30:02Z", Sets: []string{"a", "b"}},
			Metadata: []byte(`<c xmlns="urn:x"><header/><resumptionToken>no</resumptionToken></c>`),
			Origin:   &oai.Origin{BaseURL: "http://x/", Origin: &oai.Origin{BaseURL: "http://y/"}}})
		w.Record(&oai.Record{Header: oai.Header{Identifier: "oai:a.fr:2", Datestamp: "2026-11-21", Deleted: true}})
		w.ResumptionToken(oai.ResumptionToken{Value: "t<&>", ExpirationDate: "2026-11-22T08:30:02Z", CompleteSize: 3, Cursor: 0})
	})
	for take := range 3 {
		got, err := read(doc, take)
		want := response{
			date: "2026-11-21T08:30:02Z", verb: oai.ListRecords,
			token: &oai.ResumptionToken{Value: "t<&>", ExpirationDate: "2026-11-22T08:30:02Z", CompleteSize: 3, Cursor: 0},
			records: []string{
				"{Identifier:oai:a.fr:1&2 Datestamp:2026-11-21T08:30:02Z Sets:[a b] Deleted:false} urn:x c",
				"{Identifier:oai:a.fr:2 Datestamp:2026-11-21 Sets:[] Deleted:true} -",
			},
		}
		if err != nil || !reflect.DeepEqual(got, want) {
			t.Errorf("take %d: %+v, %v", take, got, err)
		}
	}
}

// TestRecordsAreWrittenAsIfAlone: what a record shares with the one before it
// makes no difference, nor does the writer's having written another response.
func TestRecordsAreWrittenAsIfAlone(t *testing.T) {
	var records []*oai.Record
	for i := range 1 << 9 {
		pick := func(bit int, one, other string) string {
			if i>>bit&1 == 0 {
				return one
			}
			return other
		}
		o := &oai.Origin{BaseURL: pick(0, "a&", "b"), HarvestDate: pick(1, "2026-11-21", "2026-11-22"), Altered: pick(2, "", "x") == "", Datestamp: pick(3, "1", "2"), MetadataNamespace: "m"}
		o.Origin = &oai.Origin{BaseURL: pick(4, "a&", "c"), Datestamp: pick(5, "1", "3"), Identifier: pick(6, "<", "i"), Origin: &oai.Origin{BaseURL: pick(7, "a&", "d")}}
		sets := strings.Split(pick(8, "s", "s,z"), ",")
		records = append(records, &oai.Record{Header: oai.Header{Identifier: fmt.Sprint(i), Datestamp: pick(3, "1", "2"), Sets: sets}, Metadata: []byte("<c/>"), Origin: o})
	}
	rand.New(rand.NewPCG(1, 2)).Shuffle(len(records), func(i, j int) { records[i], records[j] = records[j], records[i] })
	var together, alone bytes.Buffer
	used := oai.NewWriter(io.Discard, "before", "")
	used.Begin(1, oai.Request{})
	used.OpenList(oai.ListIdentifiers)
	used.Record(records[0])
	used.Reset(&together, "", "")
	for _, r := range records {
		fresh := oai.NewWriter(&alone, "", "")
		for _, w := range []*oai.Writer{fresh, used} {
			w.Record(r)
		}
		if err := fresh.End(); err != nil {
			t.Fatal(err)
		}
	}
	if err := used.End(); err != nil {
		t.Fatal(err)
	}
	want := strings.ReplaceAll(alone.String(), "</OAI-PMH>\n", "")
	if got := strings.TrimSuffix(together.String(), "</OAI-PMH>\n"); got != want {
		t.Errorf("written together:\n%.2000s\neach alone:\n%.2000s", got, want)
	}
}

func TestHeadersAreReadFromListIdentifiers(t *testing.T) {
	doc := write(t, oai.Request{}, func(w *oai.Writer) {
		w.OpenList(oai.ListIdentifiers)
		for i := range 3 {
			w.Record(&oai.Record{Header: oai.Header{Identifier: fmt.Sprint(i), Datestamp: "2026-11-21"}, Metadata: []byte("never written")})
		}
		w.ResumptionToken(oai.ResumptionToken{Cursor: -1})
	})
	got, err := read(doc, 0)
	if err != nil || len(got.records) != 3 || got.token == nil || got.token.Value != "" || got.token.Cursor != -1 {
		t.Errorf("%+v, %v", got, err)
	}
	if strings.Contains(doc, "never") || strings.Contains(doc, "cursor") {
		t.Error(doc)
	}
}

func TestErrorsAreReadBack(t *testing.T) {
	doc := write(t, oai.Request{}, func(w *oai.Writer) {
		w.Error(oai.NoRecordsMatch, "rien à <montrer>")
		w.Error(oai.BadArgument, "")
	})
	got, err := read(doc, 0)
	want := []oai.Error{{Code: oai.NoRecordsMatch, Message: "rien à <montrer>"}, {Code: oai.BadArgument}}
	if err != nil || !reflect.DeepEqual(got.errors, want) || got.verb != "" || got.token != nil {
		t.Errorf("%+v, %v", got, err)
	}
}

// The responses below are what servers of all ages and makers really send.
func TestReaderForgivesWhatDoesNoHarm(t *testing.T) {
	for name, doc := range map[string]string{
		"no namespace":       `<OAI-PMH><responseDate>2026-11-21</responseDate><ListRecords><record><header><identifier>a</identifier></header><metadata><x/></metadata></record></ListRecords></OAI-PMH>`,
		"prefixes":           `<o:OAI-PMH xmlns:o="http://www.openarchives.org/OAI/2.0/"><o:responseDate>2026-11-21</o:responseDate><o:ListRecords><o:record><o:header><o:identifier>a</o:identifier></o:header><o:metadata><x/></o:metadata></o:record></o:ListRecords></o:OAI-PMH>`,
		"white space":        "<OAI-PMH>\n <responseDate> 2026-11-21\n</responseDate>\n <ListRecords>\n <record>\n <header status=' '>\n <identifier>\n a </identifier>\n </header>\n <metadata>\n\n <x/>\n</metadata></record></ListRecords></OAI-PMH>",
		"unknown elements":   `<OAI-PMH><hello><record/></hello><responseDate>2026-11-21</responseDate><request verb="ListRecords">u</request><ListRecords><toolkit><header/></toolkit><record><status/><header><identifier>a</identifier><x><identifier>b</identifier></x></header><metadata>text<x/><y/></metadata><about><header/></about><metadata><z/></metadata></record></ListRecords></OAI-PMH>`,
		"comments and CDATA": `<OAI-PMH><!-- x --><responseDate><![CDATA[2026-11-21]]></responseDate><ListRecords><record><header><identifier><!-- y -->a</identifier></header><metadata><!-- z --><x/></metadata></record></ListRecords></OAI-PMH>`,
	} {
		for take := range 3 {
			got, err := read(doc, take)
			if err != nil || got.date != "2026-11-21" || len(got.records) != 1 || !strings.HasPrefix(got.records[0], "{Identifier:a ") || !strings.HasSuffix(got.records[0], " x") {
				t.Errorf("%s, take %d: %+v, %v", name, take, got, err)
			}
		}
	}
}

func TestReaderRefusesWhatIsNoResponse(t *testing.T) {
	if _, err := read("<html><body>Sign in</body></html>", 0); !errors.Is(err, oai.ErrNotOAI) {
		t.Error(err)
	}
	whole := write(t, oai.Request{}, func(w *oai.Writer) {
		w.OpenList(oai.ListRecords)
		w.Record(&oai.Record{Header: oai.Header{Identifier: "a"}, Metadata: []byte("<x>1</x>")})
	})
	end := strings.TrimRight(whole, "\n")
	for cut := range len(end) {
		if _, err := read(end[:cut], cut%2); err == nil {
			t.Fatalf("cut off after %d bytes and taken for whole", cut)
		}
	}
	// An unreadable token must not make the list look complete.
	long := "<OAI-PMH><ListRecords><resumptionToken>" + strings.Repeat("x", 100_000) + "</resumptionToken></ListRecords></OAI-PMH>"
	if got, err := read(long, 0); err == nil {
		t.Errorf("a token of 100,000 bytes: %+v", got.token)
	}
}

func TestReaderStaysSmall(t *testing.T) {
	doc := "<OAI-PMH>" + strings.Repeat("<error code='badArgument'>x</error>", 100) + "<ListRecords><record><header>" +
		"<identifier>" + strings.Repeat(strings.Repeat("i", 1000)+"<b/>", 100) + "</identifier>" +
		strings.Repeat("<setSpec>"+strings.Repeat("s", 40)+"</setSpec>", 1000) + "</header></record></ListRecords></OAI-PMH>"
	got, err := read(doc, 0)
	if err != nil || len(got.errors) > 20 || len(got.records) != 1 || len(got.records[0]) > 20_000 {
		t.Errorf("%d errors, %d records, %v", len(got.errors), len(got.records), err)
	}
}

type failing struct{ after int }

func (f *failing) Write(b []byte) (int, error) {
	if f.after -= len(b); f.after < 0 {
		return 0, io.ErrClosedPipe
	}
	return len(b), nil
}

func TestWriterKeepsItsFirstFailure(t *testing.T) {
	dst := &failing{after: 100_000}
	w := oai.NewWriter(dst, "http://hub.exemple.fr/oai", "")
	w.Begin(0, oai.Request{})
	w.OpenList(oai.ListRecords)
	for range 1000 {
		w.Record(&oai.Record{Metadata: bytes.Repeat([]byte("x"), 1000)})
	}
	if err := w.End(); !errors.Is(err, io.ErrClosedPipe) {
		t.Error(err)
	}
}
