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
	conn   net.Conn // the library leaves it open when greeting or sign-in fail
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
	_ = l.client.Close() // a QUIT that fails changes nothing
	if l.conn != nil {
		_ = l.conn.Close()
	}
}

// patientConn gives every read and write its own deadline and ends with its
// context. The SMTP library sets one deadline for a whole message, which a
// large attachment on a slow line would miss, and takes no context.
type patientConn struct {
	net.Conn
	timeout time.Duration
	left    int // bytes that may be read before the next write
	stop    func() bool
}

// maxReply bounds what a server may answer at once, which the SMTP library
// would keep in memory whatever its length.
const maxReply = 1 << 20

var errTooMuch = errors.New("the mail server sends an answer without end")

func (c *patientConn) Read(p []byte) (int, error) {
	if c.left == 0 {
		return 0, errTooMuch
	}
	if err := c.Conn.SetReadDeadline(time.Now().Add(c.timeout)); err != nil {
		return 0, err
	}
	n, err := c.Conn.Read(p[:min(len(p), c.left)])
	c.left -= n
	return n, err
}

func (c *patientConn) Write(p []byte) (int, error) {
	if err := c.Conn.SetWriteDeadline(time.Now().Add(c.timeout)); err != nil {
		return 0, err
	}
	c.left = maxReply
	return c.Conn.Write(p)
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
		conn := &patientConn{Conn: raw, timeout: timeout, left: maxReply}
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
