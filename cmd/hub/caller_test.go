package main

import (
	"bytes"
	"context"
	"encoding/xml"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/carte-reseau/hub/internal/sigb"
)

// caller is a library's end of the wire, written from the published formats.
type caller struct {
	hub, code string
	client    *http.Client
}

func newCaller(t *testing.T, hub, code string) *caller {
	t.Helper()
	transport := &http.Transport{}
	t.Cleanup(transport.CloseIdleConnections)
	const patience = 90 * time.Second
	return &caller{hub: hub, code: code, client: &http.Client{Transport: transport, Timeout: patience}}
}

func (c *caller) call(ctx context.Context, method, path, body string) (status int, reply []byte, err error) {
	request, err := http.NewRequestWithContext(ctx, method, c.hub+path, strings.NewReader(body))
	if err != nil {
		return 0, nil, err
	}
	request.SetBasicAuth(c.code, keyOf(c.code))
	if method == http.MethodPost {
		request.Header.Set("Content-Type", "application/xml")
	}
	response, err := c.client.Do(request)
	if err != nil {
		return 0, nil, err
	}
	defer func() { _ = response.Body.Close() }()
	reply, err = io.ReadAll(response.Body)
	return response.StatusCode, reply, err
}

// post deposits a document and reads the report.
func (c *caller) post(ctx context.Context, document string) (int, sigb.Report, error) {
	return c.postTo(ctx, "/cartes", document)
}

func (c *caller) postTo(ctx context.Context, path, document string) (int, sigb.Report, error) {
	status, reply, err := c.call(ctx, http.MethodPost, path, document)
	if err != nil {
		return 0, sigb.Report{}, err
	}
	report, err := sigb.ReadReport(bytes.NewReader(reply))
	if err != nil {
		return status, report, fmt.Errorf("status %d: %w\n%.300s", status, err, reply)
	}
	return status, report, nil
}

// mustPost deposits a document all of which is to be taken.
func (c *caller) mustPost(t *testing.T, document string) sigb.Report {
	t.Helper()
	status, report, err := c.post(t.Context(), document)
	if err != nil || status != http.StatusOK || report.Status != sigb.StatusIntegrated {
		t.Fatalf("deposit: status %d, %v, %+v", status, err, report)
	}
	return report
}

// oaiPage is one answer to ListRecords.
type oaiPage struct {
	Date    string      `xml:"responseDate"`
	Errors  []oaiFault  `xml:"error"`
	Records []oaiRecord `xml:"ListRecords>record"`
	Token   string      `xml:"ListRecords>resumptionToken"`
}

type oaiFault struct {
	Code string `xml:"code,attr"`
	Text string `xml:",chardata"`
}

type oaiRecord struct {
	Identifier string `xml:"header>identifier"`
	Stamp      string `xml:"header>datestamp"`
	Number     string `xml:"metadata>carte>numero"`
	Name       string `xml:"metadata>carte>nom"`
	Phone      string `xml:"metadata>carte>telephone"`
}

// list asks for one page of the library's own set.
func (c *caller) list(ctx context.Context, args url.Values) (*oaiPage, error) {
	args.Set("verb", "ListRecords")
	if args.Get("resumptionToken") == "" {
		args.Set("metadataPrefix", "carte")
	}
	status, reply, err := c.call(ctx, http.MethodGet, "/oai?"+args.Encode(), "")
	if err != nil {
		return nil, err
	}
	page := new(oaiPage)
	if err := xml.Unmarshal(reply, page); err != nil || status != http.StatusOK {
		return nil, fmt.Errorf("OAI answer of status %d: %w\n%.300s", status, err, reply)
	}
	for _, fault := range page.Errors {
		if fault.Code != "noRecordsMatch" {
			return nil, fmt.Errorf("OAI error %s: %s", fault.Code, fault.Text)
		}
	}
	return page, nil
}

// listAll follows the tokens to the end of a list; each sees every page.
func (c *caller) listAll(ctx context.Context, args url.Values, each func(*oaiPage)) error {
	for {
		page, err := c.list(ctx, args)
		if err != nil {
			return err
		}
		each(page)
		if page.Token == "" {
			return nil
		}
		args = url.Values{"resumptionToken": {page.Token}}
	}
}

// handed is everything a whole harvest hands over, by card number.
func (c *caller) handed(t *testing.T) map[string]oaiRecord {
	t.Helper()
	found := map[string]oaiRecord{}
	err := c.listAll(t.Context(), url.Values{}, func(page *oaiPage) {
		for _, r := range page.Records {
			if _, double := found[r.Number]; double {
				t.Errorf("one list holds card %s twice", r.Number)
			}
			found[r.Number] = r
		}
	})
	if err != nil {
		t.Fatal(err)
	}
	return found
}
