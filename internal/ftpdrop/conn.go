package ftpdrop

import (
	"context"
	"crypto/tls"
	"errors"
	"net"
	"time"
)

// patientConn gives every read and write its own deadline and ends with its
// context: the FTP library sets no deadline after dialling, so that a server
// gone silent would hold the poller for ever.
type patientConn struct {
	net.Conn
	timeout time.Duration
	left    int64 // bytes that may still be read; negative: any number
	reply   int64 // what may be read after each write; 0: writing changes nothing
	stop    func() bool
}

// maxReply bounds what a server may answer to one command, which the FTP
// library would keep in memory whatever its length.
const maxReply = 1 << 20

var errTooMuch = errors.New("le serveur FTP envoie une réponse démesurée")

func (c *patientConn) Read(p []byte) (int, error) {
	if c.left == 0 {
		return 0, errTooMuch
	}
	if err := c.SetReadDeadline(time.Now().Add(c.timeout)); err != nil {
		return 0, err
	}
	if c.left > 0 && int64(len(p)) > c.left {
		p = p[:c.left]
	}
	n, err := c.Conn.Read(p)
	if c.left > 0 {
		c.left -= int64(n)
	}
	return n, err
}

func (c *patientConn) Write(p []byte) (int, error) {
	if err := c.SetWriteDeadline(time.Now().Add(c.timeout)); err != nil {
		return 0, err
	}
	if c.reply > 0 {
		c.left = c.reply
	}
	return c.Conn.Write(p)
}

func (c *patientConn) Close() error {
	c.stop()
	return c.Conn.Close()
}

// dialer opens the connections of one FTP session. The first one is the control
// connection, which the library itself puts under TLS; data connections are
// ours to wrap.
type dialer struct {
	ctx       context.Context // of the round: its end closes every connection
	timeout   time.Duration
	tls       *tls.Config
	connected bool
	limit     int64 // of bytes read from the next data connection; negative: none
}

func (d *dialer) dial(network, address string) (net.Conn, error) {
	raw, err := (&net.Dialer{Timeout: d.timeout}).DialContext(d.ctx, network, address)
	if err != nil {
		return nil, err
	}
	conn := &patientConn{Conn: raw, timeout: d.timeout, left: -1}
	conn.stop = context.AfterFunc(d.ctx, func() { _ = raw.Close() })
	if !d.connected {
		d.connected = true
		conn.left, conn.reply = maxReply, maxReply
		return conn, nil
	}
	conn.left = d.limit
	if d.tls != nil {
		return tls.Client(conn, d.tls), nil
	}
	return conn, nil
}

// tlsConfig is what worked with every server tried: sessions are reused between
// control and data connections, which some servers insist on, and which they
// check in the way of TLS 1.2 only.
func (t Target) tlsConfig() *tls.Config {
	if !t.Explicit {
		return nil
	}
	config := &tls.Config{MinVersion: tls.VersionTLS12}
	if t.TLS != nil {
		config = t.TLS.Clone()
	}
	if config.ServerName == "" {
		config.ServerName, _, _ = net.SplitHostPort(t.Host) // Host is host:port by construction
	}
	config.MaxVersion = tls.VersionTLS12
	config.ClientSessionCache = tls.NewLRUClientSessionCache(8)
	return config
}
