package store

import (
	"context"
	"fmt"
	"net"
	"sync"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
)

// Patience with a PostgreSQL behind a network that may fall silent, where
// Options and the address say nothing else.
const (
	connectPatience = 10 * time.Second
	// silencePatience is longer than any statement may wait for others to be
	// done. Without it a server that is gone without a word would hold whoever
	// asks until the system's own timers strike, a quarter of an hour later.
	silencePatience = 5 * time.Minute
	// idlePatience is how long the server waits for the next word of a
	// transaction. It does not see that a hub is gone whose machine lost its
	// power or its network, and would keep that hub's locks, the clock's among
	// them, from all others for hours.
	idlePatience = time.Minute
)

// bePatient bounds how long a server may take to connect, how long it may say
// nothing to a question, and how long it waits for ours.
func bePatient(config *pgxpool.Config, silence time.Duration) {
	if config.ConnConfig.ConnectTimeout == 0 {
		config.ConnConfig.ConnectTimeout = connectPatience
	}
	if silence <= 0 {
		silence = silencePatience
	}
	// No statement of ours runs so long that compiling it would pay, which PostgreSQL decides by what it believes of its tables.
	first := fmt.Sprintf("SET jit = off; SET idle_in_transaction_session_timeout = %d", min(silence, idlePatience).Milliseconds())
	config.AfterConnect = func(ctx context.Context, conn *pgx.Conn) error {
		_, err := conn.Exec(ctx, first)
		return err
	}
	dial := config.ConnConfig.DialFunc
	config.ConnConfig.DialFunc = func(ctx context.Context, network, address string) (net.Conn, error) {
		conn, err := dial(ctx, network, address)
		if err != nil {
			return nil, err
		}
		return &patientConn{Conn: conn, silence: silence}, nil
	}
}

// patientConn gives every read and write its own deadline, but where the
// driver has set one: it is giving up then.
type patientConn struct {
	net.Conn
	silence time.Duration

	mu     sync.Mutex
	theirs bool // the deadline is the driver's

	ahead  []byte // read and not asked for yet
	buffer []byte
}

// readAhead is how much is read at once: the driver asks for 8 KiB, a few cards.
const readAhead = 64 << 10

// Read waits no longer than the silence it was given.
func (c *patientConn) Read(p []byte) (int, error) {
	if len(c.ahead) == 0 {
		if c.buffer == nil {
			c.buffer = make([]byte, readAhead)
		}
		if err := c.extend(c.Conn.SetReadDeadline); err != nil {
			return 0, err
		}
		n, err := c.Conn.Read(c.buffer)
		if c.ahead = c.buffer[:n]; n == 0 {
			return 0, err
		}
	}
	n := copy(p, c.ahead)
	c.ahead = c.ahead[n:]
	return n, nil
}

// Write waits no longer than the silence it was given.
func (c *patientConn) Write(p []byte) (int, error) {
	if err := c.extend(c.Conn.SetWriteDeadline); err != nil {
		return 0, err
	}
	return c.Conn.Write(p)
}

func (c *patientConn) extend(set func(time.Time) error) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.theirs {
		return nil
	}
	return set(time.Now().Add(c.silence))
}

// SetDeadline is how the driver ends what is under way.
func (c *patientConn) SetDeadline(t time.Time) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.theirs = !t.IsZero()
	return c.Conn.SetDeadline(t)
}
