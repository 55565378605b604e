package mail

import (
	"context"
	"crypto/tls"
	"errors"
	"net"
	"time"

	gomail "github.com/wneessen/go-mail"
)

// line is one open SMTP conversation.
type line struct {
	client *gomail.Client
	conn   *patientConn // the library leaves it open when greeting or sign-in fail
}

// dial connects, greets, secures and signs in.
func dial(ctx context.Context, o Options) (*line, error) {
	l, s := &line{}, o.Settings
	options := []gomail.Option{
		gomail.WithPort(s.Port),
		gomail.WithTimeout(o.Timeout),
		gomail.WithTLSConfig(s.tlsConfig()),
		gomail.WithTLSPolicy(s.policy()),
		gomail.WithDialContextFunc(l.dialer(ctx, s, o.Timeout)),
	}
	if o.Hello != "" {
		options = append(options, gomail.WithHELO(o.Hello))
	}
	if s.User != "" {
		options = append(options, gomail.WithUsername(s.User), gomail.WithPassword(s.Password),
			gomail.WithSMTPAuth(gomail.SMTPAuthAutoDiscover))
	}
	client, err := gomail.NewClient(s.Host, options...)
	if err != nil {
		return nil, err
	}
	l.client = client
	if err := client.DialWithContext(ctx); err != nil {
		l.hangUp()
		return nil, err
	}
	l.conn.patience = o.Patience
	return l, nil
}

// policy is to take STARTTLS where it is offered, and with an account to go no
// further without: whoever stands between could take the offer away. With
// smtps:// there is none, and the library finds out by itself that the connection
// is secure.
func (s Settings) policy() gomail.TLSPolicy {
	if s.User != "" && !s.Implicit {
		return gomail.TLSMandatory
	}
	return gomail.TLSOpportunistic
}

// hangUp says goodbye where possible and closes the connection in any case.
func (l *line) hangUp() {
	if l.conn != nil {
		l.conn.patience = l.conn.timeout
		defer func() { _ = l.conn.Close() }()
	}
	_ = l.client.Close() // a QUIT that fails changes nothing
}

// why is what the failure of a letter comes from: the library tells that the
// conversation broke off in words alone.
func (l *line) why(err error) error {
	var told *gomail.SendError
	if errors.As(err, &told) && told.ErrorCode() == 0 && l.conn.broke != nil {
		return l.conn.broke
	}
	return err
}

// patientConn gives every write and every answer its own deadline and ends with
// its context. The SMTP library sets one deadline for a whole message, which a
// large attachment on a slow line would miss, and takes no context. All that is
// written between two answers has a deadline too: of a server that takes a letter
// drop by drop every write is in time.
type patientConn struct {
	net.Conn
	timeout  time.Duration
	patience time.Duration // until the whole of an answer has come, or has been asked for
	due      time.Time     // when the present answer is to have come
	asked    time.Time     // when what is being sent is to have been taken; zero while an answer is read
	left     int           // bytes that may be read before the next write
	broke    error         // the first that went wrong
	stop     func() bool
}

// maxReply bounds what a server may answer at once, which the SMTP library
// would keep in memory whatever its length.
const maxReply = 1 << 20

var errTooMuch = errors.New("the mail server sends an answer without end")

func (c *patientConn) Read(p []byte) (int, error) {
	if c.left == 0 {
		return 0, c.over(errTooMuch)
	}
	if err := c.Conn.SetReadDeadline(c.due); err != nil {
		return 0, c.over(err)
	}
	c.asked = time.Time{}
	n, err := c.Conn.Read(p[:min(len(p), c.left)])
	c.left -= n
	return n, c.over(err)
}

func (c *patientConn) Write(p []byte) (int, error) {
	if c.asked.IsZero() {
		c.asked = time.Now().Add(max(c.patience, c.timeout))
	}
	due := time.Now().Add(c.timeout)
	if due.After(c.asked) {
		due = c.asked
	}
	if err := c.Conn.SetWriteDeadline(due); err != nil {
		return 0, c.over(err)
	}
	n, err := c.Conn.Write(p)
	c.left, c.due = maxReply, time.Now().Add(c.patience)
	return n, c.over(err)
}

// over closes the connection after an error: the SMTP library would go on to
// reset the conversation, and wait as long again.
func (c *patientConn) over(err error) error {
	if err != nil && c.broke == nil {
		c.broke = err
		_ = c.Conn.Close()
	}
	return err
}

// SetDeadline is left to Read and Write.
func (c *patientConn) SetDeadline(time.Time) error { return nil }

func (c *patientConn) Close() error {
	c.stop()
	return c.Conn.Close()
}

// dialer returns the function the SMTP library dials with. life is the context
// of the whole conversation; the one the library passes covers dialling only.
func (l *line) dialer(life context.Context, s Settings, timeout time.Duration) gomail.DialContextFunc {
	return func(ctx context.Context, network, address string) (net.Conn, error) {
		raw, err := (&net.Dialer{Timeout: timeout}).DialContext(ctx, network, address)
		if err != nil {
			return nil, err
		}
		conn := &patientConn{Conn: raw, timeout: timeout, patience: timeout, due: time.Now().Add(timeout), left: maxReply}
		conn.stop = context.AfterFunc(life, func() { _ = raw.Close() })
		l.conn = conn
		if !s.Implicit {
			return conn, nil
		}
		secure := tls.Client(conn, s.tlsConfig())
		err = secure.HandshakeContext(ctx)
		return secure, err
	}
}
