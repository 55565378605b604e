package sigb

import (
	"bytes"
	"context"
	"fmt"
	"net"
	"path"
	"time"

	"github.com/jlaffaye/ftp"
)

// ftpSilence is how long a server may say nothing. The library sets no deadline of its own once it is connected.
const ftpSilence = 30 * time.Second

// DropFTP deposits the cards changed here as a file. It is written under a temporary name and renamed when whole, so
// that the hub never reads half of it; the name is new each time, so that it replaces no file that still waits. The hub
// answers such a file only by mail, so the cards leave the waiting list when the file is in place.
func (c *Client) DropFTP(ctx context.Context, addr string) (Deposit, error) {
	c.online.Lock()
	defer c.online.Unlock()
	g, err := c.system.give(c.opts.Code, ModeIncremental, (*patron).waiting)
	if err != nil || len(g.numbers) == 0 {
		return Deposit{}, err
	}
	d := Deposit{Sent: len(g.numbers), File: c.fileName(g)}
	if err := c.upload(ctx, addr, d.File, g.body); err != nil {
		return d, fmt.Errorf("sigb %s: dropping a file by FTP: %w", c.opts.Code, err)
	}
	c.system.handedIn(g)
	return d, nil
}

// fileName holds the time and the count of edits: a clock that stands still or steps back repeats no name.
func (c *Client) fileName(g given) string {
	return fmt.Sprintf("%s-%s-%d.xml", c.opts.Code, c.system.clock().UTC().Format("20060102T150405"), g.edit)
}

func (c *Client) upload(ctx context.Context, addr, name string, body []byte) error {
	conn, err := ftp.Dial(addr, ftp.DialWithDialFunc(func(network, address string) (net.Conn, error) {
		return dialFTP(ctx, network, address)
	}))
	if err != nil {
		return fmt.Errorf("connecting: %w", err)
	}
	defer func() { _ = conn.Quit() }()
	if err := conn.Login(c.opts.Code, c.opts.Key); err != nil {
		return fmt.Errorf("signing in: %w", err)
	}
	target := path.Join(c.opts.FTPFolder, name)
	if err := conn.Stor(target+".tmp", bytes.NewReader(body)); err != nil {
		return fmt.Errorf("uploading: %w", err)
	}
	if err := conn.Rename(target+".tmp", target); err != nil {
		return fmt.Errorf("renaming: %w", err)
	}
	return nil
}

// impatient is a connection that fails when the other side stays silent, or when its context ends.
type impatient struct {
	net.Conn
	stop func() bool
}

func dialFTP(ctx context.Context, network, address string) (net.Conn, error) {
	d := net.Dialer{Timeout: ftpSilence}
	conn, err := d.DialContext(ctx, network, address)
	if err != nil {
		return nil, err
	}
	return &impatient{Conn: conn, stop: context.AfterFunc(ctx, func() { _ = conn.Close() })}, nil
}

// Read waits no longer than ftpSilence.
func (c *impatient) Read(p []byte) (int, error) {
	if err := c.SetReadDeadline(time.Now().Add(ftpSilence)); err != nil {
		return 0, err
	}
	return c.Conn.Read(p)
}

// Write waits no longer than ftpSilence.
func (c *impatient) Write(p []byte) (int, error) {
	if err := c.SetWriteDeadline(time.Now().Add(ftpSilence)); err != nil {
		return 0, err
	}
	return c.Conn.Write(p)
}

// Close also lets go of the context.
func (c *impatient) Close() error {
	c.stop()
	return c.Conn.Close()
}
