package ftpdrop

import (
	"net"
	"sync"
	"time"
)

// connections are all those the embedded server has open. Closing the network
// connection is the one way to end a session from outside: the FTP library's
// own way is not safe while the session is ending by itself.
type connections struct {
	mu   sync.Mutex
	open map[*servedConn]struct{}
}

func newConnections() *connections { return &connections{open: map[*servedConn]struct{}{}} }

func (c *connections) closeAll() {
	c.mu.Lock()
	defer c.mu.Unlock()
	for conn := range c.open {
		_ = conn.Conn.Close() // gone already, at worst
	}
}

// wrapControl keeps count of a listener's connections; those on which nobody
// signs in within the limit end, however busy. The FTP library itself ends
// those that fall silent.
func (c *connections) wrapControl(listener net.Listener, signIn time.Duration) net.Listener {
	return &servedListener{Listener: listener, all: c, signIn: signIn}
}

// wrapData keeps count of a listener's connections; those that fall silent for
// longer than the timeout end.
func (c *connections) wrapData(listener net.Listener, timeout time.Duration) net.Listener {
	return &servedListener{Listener: listener, all: c, timeout: timeout}
}

// keep lets the connection from an address live on: somebody signed in on it.
func (c *connections) keep(remote net.Addr) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for conn := range c.open {
		if conn.limit != nil && conn.RemoteAddr().String() == remote.String() {
			conn.limit.Stop()
		}
	}
}

type servedListener struct {
	net.Listener
	all     *connections
	timeout time.Duration
	signIn  time.Duration
}

func (l *servedListener) Accept() (net.Conn, error) {
	raw, err := l.Listener.Accept()
	if err != nil {
		return nil, err
	}
	conn := &servedConn{Conn: raw, all: l.all, timeout: l.timeout}
	if l.signIn > 0 {
		conn.limit = time.AfterFunc(l.signIn, func() { _ = raw.Close() })
	}
	l.all.mu.Lock()
	defer l.all.mu.Unlock()
	l.all.open[conn] = struct{}{}
	return conn, nil
}

type servedConn struct {
	net.Conn
	all     *connections
	timeout time.Duration
	limit   *time.Timer // for signing in; nil on data connections
}

func (c *servedConn) Read(p []byte) (int, error) {
	if err := c.extend(c.SetReadDeadline); err != nil {
		return 0, err
	}
	return c.Conn.Read(p)
}

func (c *servedConn) Write(p []byte) (int, error) {
	if err := c.extend(c.SetWriteDeadline); err != nil {
		return 0, err
	}
	return c.Conn.Write(p)
}

func (c *servedConn) extend(set func(time.Time) error) error {
	if c.timeout == 0 {
		return nil
	}
	return set(time.Now().Add(c.timeout))
}

func (c *servedConn) Close() error {
	if c.limit != nil {
		c.limit.Stop()
	}
	c.all.mu.Lock()
	delete(c.all.open, c)
	c.all.mu.Unlock()
	return c.Conn.Close()
}
