package oai_test

import (
	"errors"
	"net/url"
	"testing"

	"github.com/carte-reseau/hub/internal/oai"
)

func TestParseRequest(t *testing.T) {
	for query, want := range map[string]oai.ErrorCode{
		"verb=Identify":                                                      "",
		"verb=ListSets":                                                      "",
		"verb=ListSets&resumptionToken=x":                                    "",
		"verb=ListMetadataFormats":                                           "",
		"verb=ListMetadataFormats&identifier=oai:a.fr:1":                     "",
		"verb=GetRecord&identifier=x&metadataPrefix=p":                       "",
		"verb=ListRecords&metadataPrefix=p":                                  "",
		"verb=ListRecords&resumptionToken=x":                                 "",
		"verb=ListIdentifiers&metadataPrefix=p&set=a:b-c":                    "",
		"verb=ListRecords&metadataPrefix=p&from=2026-01-01&until=2026-01-01": "",
		"verb=ListRecords&metadataPrefix=p&from=2026-01-01T00:00:00Z&until=2026-01-01T00:00:00Z": "",

		"":                             oai.BadVerb,
		"verb=":                        oai.BadVerb,
		"verb=identify":                oai.BadVerb,
		"verb=Identify&verb=Identify":  oai.BadVerb,
		"verb=Identify&verb=GetRecord": oai.BadVerb,
		"verb=nope&set=a&set=b":        oai.BadVerb,

		"verb=Identify&metadataPrefix=p":                                                oai.BadArgument,
		"verb=Identify&VERB=Identify":                                                   oai.BadArgument,
		"verb=ListSets&set=a":                                                           oai.BadArgument,
		"verb=ListMetadataFormats&metadataPrefix=p":                                     oai.BadArgument,
		"verb=GetRecord&identifier=x":                                                   oai.BadArgument,
		"verb=GetRecord&metadataPrefix=p":                                               oai.BadArgument,
		"verb=GetRecord&identifier=a%20b&metadataPrefix=p":                              oai.BadArgument,
		"verb=GetRecord&identifier=%22&metadataPrefix=p":                                oai.BadArgument,
		"verb=GetRecord&identifier=&metadataPrefix=p":                                   oai.BadArgument,
		"verb=GetRecord&identifier=x&metadataPrefix=p&set=a":                            oai.BadArgument,
		"verb=GetRecord&identifier=x&metadataPrefix=p&resumptionToken=x":                oai.BadArgument,
		"verb=ListRecords":                                                              oai.BadArgument,
		"verb=ListRecords&metadataPrefix=":                                              oai.BadArgument,
		"verb=ListRecords&metadataPrefix=a%2Fb":                                         oai.BadArgument,
		"verb=ListRecords&metadataPrefix=p&metadataPrefix=p":                            oai.BadArgument,
		"verb=ListRecords&metadataPrefix=p&set=a::b":                                    oai.BadArgument,
		"verb=ListRecords&metadataPrefix=p&resumptionToken=x":                           oai.BadArgument,
		"verb=ListRecords&resumptionToken=x&resumptionToken=y":                          oai.BadArgument,
		"verb=ListRecords&metadataPrefix=p&from=":                                       oai.BadArgument,
		"verb=ListRecords&metadataPrefix=p&from=2026":                                   oai.BadArgument,
		"verb=ListRecords&metadataPrefix=p&until=2026-02-30":                            oai.BadArgument,
		"verb=ListRecords&metadataPrefix=p&until=2026-01-01T00:00:00":                   oai.BadArgument,
		"verb=ListRecords&metadataPrefix=p&from=2026-01-02&until=2026-01-01":            oai.BadArgument,
		"verb=ListRecords&metadataPrefix=p&from=2026-01-01&until=2026-01-02T00:00:00Z":  oai.BadArgument,
		"verb=ListRecords&metadataPrefix=p&from=2026-01-01T00:00:00Z&until=2026-01-02":  oai.BadArgument,
		"verb=ListIdentifiers&metadataPrefix=p&from=2026-01-02&until=2026-01-01&oops=1": oai.BadArgument,

		"verb=ListRecords&resumptionToken=": oai.BadResumptionToken,
	} {
		values, err := url.ParseQuery(query)
		if err != nil {
			t.Fatal(err)
		}
		_, err = oai.ParseRequest(values)
		got := oai.ErrorCode("")
		if fault, ok := errors.AsType[*oai.Error](err); ok {
			got = fault.Code
		} else if err != nil {
			t.Errorf("%s: an error that is not the protocol's: %v", query, err)
		}
		if got != want {
			t.Errorf("%s: got %q, want %q (%v)", query, got, want, err)
		}
	}
}

func TestRequestEchoesNothingThatWasNotUnderstood(t *testing.T) {
	for _, query := range []string{"verb=nope", "verb=ListRecords&metadataPrefix=p&from=x"} {
		values, _ := url.ParseQuery(query)
		if r, err := oai.ParseRequest(values); err == nil || r != (oai.Request{}) {
			t.Errorf("%s: %+v, %v", query, r, err)
		}
	}
}

func TestValuesGiveTheRequestBack(t *testing.T) {
	r := oai.Request{Verb: oai.ListRecords, MetadataPrefix: "carte", From: "2026-01-01", Until: "2026-01-31", Set: "mours"}
	if back, err := oai.ParseRequest(r.Values()); err != nil || back != r {
		t.Errorf("%+v, %v", back, err)
	}
}

func TestBounds(t *testing.T) {
	const noon = 1795262400 // 2026-11-21T12:00:00Z
	for _, c := range []struct {
		from, until         string
		wantFrom, wantUntil int64
		hasFrom, hasUntil   bool
	}{
		{"", "", 0, 0, false, false},
		{"2026-11-21", "", noon - 12*3600, 0, true, false},
		{"2026-11-21", "2026-11-21", noon - 12*3600, noon + 12*3600 - 1, true, true},
		{"", "2026-11-21T12:00:00Z", 0, noon, false, true},
		{"1960-01-01", "1969-12-31", -315619200, -1, true, true},
	} {
		from, until, hasFrom, hasUntil := oai.Request{From: c.from, Until: c.until}.Bounds()
		if hasFrom != c.hasFrom || hasUntil != c.hasUntil || hasFrom && from != c.wantFrom || hasUntil && until != c.wantUntil {
			t.Errorf("%s..%s: %d..%d %v %v", c.from, c.until, from, until, hasFrom, hasUntil)
		}
	}
}

func FuzzParseRequest(f *testing.F) {
	f.Add("verb=ListRecords&metadataPrefix=carte&from=2026-01-01&until=2026-01-31&set=a")
	f.Add("verb=GetRecord&identifier=oai:a.fr:1&metadataPrefix=carte")
	f.Add("verb=ListRecords&resumptionToken=%00")
	f.Add("verb=ListIdentifiers&verb=x")
	f.Fuzz(func(t *testing.T, query string) {
		values, _ := url.ParseQuery(query)
		r, err := oai.ParseRequest(values)
		if err != nil {
			if _, ok := errors.AsType[*oai.Error](err); !ok {
				t.Fatalf("%q: an error that is not the protocol's: %v", query, err)
			}
			return
		}
		if back, err := oai.ParseRequest(r.Values()); err != nil || back != r {
			t.Fatalf("%q: %+v, sent again: %+v, %v", query, r, back, err)
		}
		if from, until, hasFrom, hasUntil := r.Bounds(); hasFrom && hasUntil && from > until {
			t.Fatalf("%q: from %d after until %d", query, from, until)
		}
	})
}
