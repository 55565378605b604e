package sigb

import (
	"context"
	"net/http"
	"strings"
	"sync"
	"time"
)

// A Window is how a harvester chooses the next window of time.
type Window int

// The ways found among real harvesters.
const (
	// FromResponseDate comes back with the responseDate of the last complete harvest, as the protocol advises.
	FromResponseDate Window = iota
	// FromUntilPlusOne asks until its own present time and comes back one second later.
	FromUntilPlusOne
	// FromDay comes back with the day of the last responseDate.
	FromDay
)

// ClientOptions say how an intermittent system reaches the hub.
type ClientOptions struct {
	Hub    string // base URL of the hub
	Key    string // signs in together with the library's code
	Code   string // default the system's code
	Set    string // OAI set, default the code
	Window Window
	// Confirm sends a report to POST /rapports after each harvest.
	Confirm bool
	// FTP, if set, makes Session deposit a file at this address (host:port) instead of posting.
	FTP string
	// FTPFolder is the folder to drop into, where the server does not open in the library's own.
	FTPFolder string
	// MaxWait bounds how long the system waits when the hub says Retry-After, default 30 s. Asked for more, it gives up
	// until it is next online.
	MaxWait time.Duration
	// Timeout bounds each exchange, default one minute.
	Timeout time.Duration
	// Transport carries the requests, where no socket is wanted.
	Transport http.RoundTripper
}

// A Client is what a system does when it is online: it deposits what changed, and harvests what others changed. It does
// one thing at a time.
type Client struct {
	system *System
	opts   ClientOptions
	http   *http.Client

	online sync.Mutex // held for the length of one action

	mu   sync.Mutex
	from string
}

// NewClient makes a client for a system. Close it when done.
func NewClient(s *System, o ClientOptions) *Client {
	setDefault(&o.Code, s.code)
	setDefault(&o.Set, o.Code)
	o.Hub = strings.TrimRight(o.Hub, "/")
	if o.MaxWait <= 0 {
		o.MaxWait = 30 * time.Second
	}
	if o.Timeout <= 0 {
		o.Timeout = time.Minute
	}
	if o.Transport == nil {
		o.Transport = &http.Transport{Proxy: http.ProxyFromEnvironment}
	}
	return &Client{system: s, opts: o, http: &http.Client{Timeout: o.Timeout, Transport: o.Transport}}
}

// Close drops the connections kept open.
func (c *Client) Close() error {
	c.http.CloseIdleConnections()
	return nil
}

// System is the system this client speaks for.
func (c *Client) System() *System { return c.system }

// From is where the next harvest starts, empty before the first complete one.
func (c *Client) From() string {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.from
}

// Rewind makes the next harvest start elsewhere: empty for everything, as after a restored backup.
func (c *Client) Rewind(from string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.from = from
}

// A Visit is what one time online brought.
type Visit struct {
	Deposit Deposit
	Harvest Harvested
}

// Session comes online once, in the order makers are told: deposit, then harvest. A deposit that fails ends it, so that
// nothing received can hide a change not yet given.
func (c *Client) Session(ctx context.Context) (Visit, error) {
	var v Visit
	var err error
	if c.opts.FTP != "" {
		v.Deposit, err = c.DropFTP(ctx, c.opts.FTP)
	} else {
		v.Deposit, err = c.Post(ctx)
	}
	if err != nil {
		return v, err
	}
	v.Harvest, err = c.Harvest(ctx)
	return v, err
}
