package main

import (
	"crypto/tls"
	"log/slog"
	"os"
	"sync"
	"time"
)

// servedCertificate is a server's, as its files hold it now: most are renewed every
// few weeks by a program that knows nothing of the hub.
type servedCertificate struct {
	files [2]string // certificate and key
	log   *slog.Logger

	mu   sync.Mutex
	pair *tls.Certificate
	seen [2]time.Time // when the files were written that were read last
}

// current is asked for at each handshake. Files that cannot be used leave the
// certificate that was there, for its key may be written a moment later.
func (c *servedCertificate) current() (*tls.Certificate, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	written := c.written()
	if c.pair != nil && written == c.seen {
		return c.pair, nil
	}
	c.seen = written
	pair, err := tls.LoadX509KeyPair(c.files[0], c.files[1])
	switch {
	case err == nil:
		c.pair = &pair
	case c.pair == nil:
		return nil, err
	default:
		c.log.Warn("the renewed certificate of the FTP server cannot be used, the former one stays", "error", err)
	}
	return c.pair, nil
}

// written is zero for a file that is not there just now.
func (c *servedCertificate) written() (at [2]time.Time) {
	for i, file := range c.files {
		if info, err := os.Stat(file); err == nil {
			at[i] = info.ModTime()
		}
	}
	return at
}
