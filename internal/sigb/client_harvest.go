package sigb

import (
	"bytes"
	"context"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"time"
)

// restarts bounds how often one harvest begins its window again after a token was turned down.
const restarts = 3

// Harvested is what a harvest brought.
type Harvested struct {
	Pages   int
	Records int
	Deleted int // headers without a card
	Report  Report
}

// An OAIError is an error of the protocol that ended a harvest.
type OAIError struct {
	Code string
	Text string
}

// Error says what the hub's OAI server answered.
func (e *OAIError) Error() string { return "the hub's OAI server answered " + e.Code + ": " + e.Text }

// Harvest fetches the cards others changed and integrates them page by page. Only when the last page is in does the
// next harvest start later: one that broke off is simply done again.
func (c *Client) Harvest(ctx context.Context) (Harvested, error) {
	c.online.Lock()
	defer c.online.Unlock()
	var h Harvested
	for attempt := 1; ; attempt++ {
		err := c.harvestWindow(ctx, &h)
		if e, ok := err.(*OAIError); ok && e.Code == oaiBadToken && attempt < restarts { //nolint:errorlint // made below
			continue
		}
		if err != nil {
			return h, err
		}
		if c.opts.Confirm && h.Records > 0 {
			return h, c.confirm(ctx, h.Report)
		}
		return h, nil
	}
}

func (c *Client) harvestWindow(ctx context.Context, h *Harvested) error {
	for l := c.List(); ; {
		if err := l.Fetch(ctx); err != nil {
			return err
		}
		if more, err := l.Take(h); err != nil || !more {
			return err
		}
	}
}

// A Listing is one harvest, taken page by page: a system may be switched off between any two of them, and even between
// a page and its integration.
type Listing struct {
	client *Client
	args   url.Values
	first  string // responseDate of the first page
	until  time.Time
	page   *oaiReply // fetched and not integrated
}

// List begins a harvest. Nothing else may use the client until it is over or dropped.
func (c *Client) List() *Listing {
	args := url.Values{"verb": {listRecords}, "metadataPrefix": {"carte"}, "set": {c.opts.Set}}
	if from := c.From(); from != "" {
		args.Set("from", from)
	}
	l := &Listing{client: c, args: args, until: c.system.now().UTC()}
	if c.opts.Window == FromUntilPlusOne {
		args.Set("until", l.until.Format(oaiTime))
	}
	return l
}

// Fetch gets the next page. Where the last one was not taken, it gets that one again.
func (l *Listing) Fetch(ctx context.Context) error {
	reply, err := l.client.page(ctx, l.args)
	if err != nil {
		return err
	}
	setDefault(&l.first, reply.Date)
	l.page = &reply
	return nil
}

// Take integrates the page that was fetched and tells whether there is another. After the last one, the client's next
// harvest starts later.
func (l *Listing) Take(h *Harvested) (more bool, err error) {
	token := l.client.take(*l.page, h)
	l.page = nil
	if token == "" {
		l.client.Rewind(l.client.nextFrom(l.first, l.until))
		return false, nil
	}
	if token == l.args.Get("resumptionToken") {
		return false, fmt.Errorf("sigb %s: the hub repeats a resumption token; the harvest is given up", l.client.opts.Code)
	}
	l.args = url.Values{"verb": {listRecords}, "resumptionToken": {token}}
	return true, nil
}

func (c *Client) page(ctx context.Context, args url.Values) (oaiReply, error) {
	body, err := c.call(ctx, http.MethodGet, c.opts.Hub+"/oai?"+args.Encode(), nil)
	if err != nil {
		return oaiReply{}, err
	}
	var reply oaiReply
	if err := readXML(bytes.NewReader(body), &reply); err != nil {
		return reply, fmt.Errorf("sigb %s: the hub's OAI answer cannot be read: %w", c.opts.Code, err)
	}
	if reply.XMLName.Local != "OAI-PMH" {
		return reply, fmt.Errorf("sigb %s: the hub's OAI answer is a %q", c.opts.Code, reply.XMLName.Local)
	}
	for _, e := range reply.Errors {
		if e.Code != oaiNoRecordsMatch {
			return reply, &OAIError{Code: e.Code, Text: e.Text}
		}
	}
	if reply.List == nil && len(reply.Errors) == 0 {
		return reply, fmt.Errorf("sigb %s: the hub's OAI answer holds neither records nor an error", c.opts.Code)
	}
	return reply, nil
}

// take integrates a page and returns the token of the next.
func (c *Client) take(reply oaiReply, h *Harvested) string {
	h.Pages++
	if reply.List == nil {
		return ""
	}
	var cards []incoming
	for _, r := range reply.List.Records {
		if r.Metadata == nil {
			h.Deleted++
			continue
		}
		cards = append(cards, r.Metadata.Card.incoming())
	}
	h.Records += len(cards)
	h.Report.join(c.system.integrate(cards))
	if reply.List.Token == nil {
		return ""
	}
	return strings.TrimSpace(reply.List.Token.Value)
}

func (c *Client) nextFrom(responseDate string, until time.Time) string {
	switch {
	case c.opts.Window == FromUntilPlusOne:
		return until.Add(time.Second).Format(oaiTime)
	case c.opts.Window == FromDay && len(responseDate) > len(time.DateOnly):
		return responseDate[:len(time.DateOnly)]
	}
	return responseDate
}

// confirm tells the hub what became of the cards fetched.
func (c *Client) confirm(ctx context.Context, r Report) error {
	body, err := r.write()
	if err != nil {
		return err
	}
	_, err = c.call(ctx, http.MethodPost, c.opts.Hub+"/rapports", body)
	return err
}
