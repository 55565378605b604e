package sigb

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"time"
)

// attempts bounds how often one request is repeated when the hub says to come again.
const attempts = 5

// A StatusError is an answer of the hub that is not a success.
type StatusError struct {
	Status     int
	RetryAfter time.Duration
	Reason     string // from the report, in French
}

// Error says what the hub answered.
func (e *StatusError) Error() string {
	if e.Reason == "" {
		return fmt.Sprintf("the hub answered %d", e.Status)
	}
	return fmt.Sprintf("the hub answered %d: %s", e.Status, e.Reason)
}

// call sends a request, again when the hub asks to wait, and returns the body of a success.
func (c *Client) call(ctx context.Context, method, url string, body []byte) ([]byte, error) {
	for attempt := 1; ; attempt++ {
		reply, err := c.callOnce(ctx, method, url, body)
		wait := retryAfter(err)
		if wait < 0 || attempt == attempts || wait > c.opts.MaxWait {
			return reply, err
		}
		if err := pause(ctx, wait); err != nil {
			return nil, err
		}
	}
}

func (c *Client) callOnce(ctx context.Context, method, url string, body []byte) ([]byte, error) {
	req, err := http.NewRequestWithContext(ctx, method, url, bytes.NewReader(body))
	if err != nil {
		return nil, fmt.Errorf("sigb %s: preparing a request: %w", c.opts.Code, err)
	}
	req.SetBasicAuth(c.opts.Code, c.opts.Key)
	if body != nil {
		req.Header.Set("Content-Type", "application/xml; charset=utf-8")
	}
	resp, err := c.http.Do(req)
	if err != nil {
		return nil, fmt.Errorf("sigb %s: calling the hub: %w", c.opts.Code, err)
	}
	defer func() { _ = resp.Body.Close() }()
	reply, err := io.ReadAll(io.LimitReader(resp.Body, maxDocument))
	if err != nil {
		return nil, fmt.Errorf("sigb %s: reading the hub's answer: %w", c.opts.Code, err)
	}
	if resp.StatusCode/100 != 2 {
		return nil, statusError(resp, reply)
	}
	return reply, nil
}

func statusError(resp *http.Response, body []byte) error {
	e := &StatusError{Status: resp.StatusCode, RetryAfter: readRetryAfter(resp.Header.Get("Retry-After"))}
	if report, err := ReadReport(bytes.NewReader(body)); err == nil {
		e.Reason = report.refusalOf()
	}
	return e
}

// readRetryAfter reads seconds or a date; -1 where neither stands.
func readRetryAfter(v string) time.Duration {
	if n, err := strconv.Atoi(v); err == nil {
		return time.Duration(n) * time.Second
	}
	if t, err := http.ParseTime(v); err == nil {
		return max(0, time.Until(t))
	}
	return -1
}

// retryAfter is how long to wait before asking again, -1 for not at all.
func retryAfter(err error) time.Duration {
	e, ok := err.(*StatusError) //nolint:errorlint // made one call away, never wrapped
	if !ok || e.Status != http.StatusServiceUnavailable && e.Status != http.StatusTooManyRequests {
		return -1
	}
	return e.RetryAfter
}

func pause(ctx context.Context, d time.Duration) error {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return nil
	case <-ctx.Done():
		return fmt.Errorf("sigb: waiting for the hub: %w", ctx.Err())
	}
}
