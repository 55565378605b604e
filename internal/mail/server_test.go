package mail_test

import (
	"cmp"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"errors"
	"io"
	"math/big"
	"net"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/emersion/go-sasl"
	"github.com/emersion/go-smtp"

	"github.com/carte-reseau/hub/internal/mail"
)

// mta is a real SMTP server in the process.
type mta struct {
	addr string
	// rcpt and data answer for a recipient; nil accepts.
	rcpt func(to string) error
	data func(to string) error
	auth string // "user:password" when signing in is needed
	// mechanism is what it offers for that; PLAIN where none is said.
	mechanism string

	mu       sync.Mutex
	got      []received
	sessions int
	open     int    // sessions that have not ended
	hello    string // what the last client called itself
	secure   bool   // the last session that delivered was under TLS
}

type received struct {
	to  string
	raw []byte
}

type mtaOption func(*smtp.Server)

func withTLS(cert tls.Certificate) mtaOption {
	return func(s *smtp.Server) { s.TLSConfig = &tls.Config{Certificates: []tls.Certificate{cert}} }
}

func startMTA(t *testing.T, m *mta, addr string, implicit bool, options ...mtaOption) {
	t.Helper()
	server := smtp.NewServer(m)
	server.Domain = "localhost"
	server.ReadTimeout, server.WriteTimeout = 5*time.Second, 5*time.Second
	server.ErrorLog = quiet{}
	server.EnableSMTPUTF8 = true
	for _, o := range options {
		o(server)
	}
	listener, err := net.Listen("tcp", addr)
	if err != nil {
		t.Fatal(err)
	}
	m.addr = listener.Addr().String()
	if implicit {
		listener = tls.NewListener(listener, server.TLSConfig)
		server.TLSConfig = nil
	}
	done := make(chan struct{})
	go func() {
		defer close(done)
		_ = server.Serve(listener)
	}()
	t.Cleanup(func() {
		_ = server.Close()
		_ = listener.Close() // which it does not know where nobody called it
		<-done
	})
}

type quiet struct{}

func (quiet) Printf(string, ...any) {}
func (quiet) Println(...any)        {}

func (m *mta) mails() []received {
	m.mu.Lock()
	defer m.mu.Unlock()
	return append([]received(nil), m.got...)
}

func (m *mta) NewSession(c *smtp.Conn) (smtp.Session, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.sessions++
	m.open++
	m.hello = c.Hostname()
	return &session{mta: m, conn: c}, nil
}

type session struct {
	mta  *mta
	conn *smtp.Conn
	to   string
	user bool
}

func (s *session) Reset() {}

func (s *session) Logout() error {
	s.mta.mu.Lock()
	defer s.mta.mu.Unlock()
	s.mta.open--
	return nil
}

func (s *session) AuthMechanisms() []string {
	if s.mta.auth == "" {
		return nil
	}
	return []string{cmp.Or(s.mta.mechanism, sasl.Plain)}
}

func (s *session) Auth(string) (sasl.Server, error) {
	return sasl.NewPlainServer(func(_, user, password string) error {
		if user+":"+password != s.mta.auth {
			return &smtp.SMTPError{Code: 535, EnhancedCode: smtp.EnhancedCode{5, 7, 8}, Message: "bad credentials for " + user + "@example.org"}
		}
		s.user = true
		return nil
	}), nil
}

func (s *session) Mail(string, *smtp.MailOptions) error {
	if s.mta.auth != "" && !s.user {
		return &smtp.SMTPError{Code: 530, EnhancedCode: smtp.EnhancedCode{5, 7, 0}, Message: "authentication required"}
	}
	return nil
}

func (s *session) Rcpt(to string, _ *smtp.RcptOptions) error {
	s.to = to
	if s.mta.rcpt != nil {
		return s.mta.rcpt(to)
	}
	return nil
}

func (s *session) Data(r io.Reader) error {
	raw, err := io.ReadAll(r)
	if err != nil {
		return err
	}
	if s.mta.data != nil {
		if err := s.mta.data(s.to); err != nil {
			return err
		}
	}
	_, isTLS := s.conn.TLSConnectionState()
	s.mta.mu.Lock()
	defer s.mta.mu.Unlock()
	s.mta.got = append(s.mta.got, received{to: s.to, raw: raw})
	s.mta.secure = isTLS
	return nil
}

func refuse(code int, text string) error {
	return &smtp.SMTPError{Code: code, EnhancedCode: smtp.EnhancedCode{code / 100, 1, 1}, Message: text}
}

// relayDenied is what a relay says that does not know the hub.
func relayDenied() error {
	return &smtp.SMTPError{Code: 554, EnhancedCode: smtp.EnhancedCode{5, 7, 1}, Message: "relay access denied"}
}

func settings(t *testing.T, scheme, addr string) mail.Settings {
	t.Helper()
	s, err := mail.ParseURL(scheme + "://" + addr)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// authority makes a CA and a certificate for 127.0.0.1 signed by it.
func authority(t *testing.T) (*x509.CertPool, tls.Certificate) {
	t.Helper()
	caKey, leafKey := newKey(t), newKey(t)
	ca := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "Test CA"}, IsCA: true, BasicConstraintsValid: true,
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour), KeyUsage: x509.KeyUsageCertSign,
	}
	caDER, err := x509.CreateCertificate(rand.Reader, ca, ca, caKey.Public(), caKey)
	if err != nil {
		t.Fatal(err)
	}
	leaf := &x509.Certificate{
		SerialNumber: big.NewInt(2), Subject: pkix.Name{CommonName: "127.0.0.1"}, IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)},
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour), ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth},
	}
	leafDER, err := x509.CreateCertificate(rand.Reader, leaf, ca, leafKey.Public(), caKey)
	if err != nil {
		t.Fatal(err)
	}
	pool := x509.NewCertPool()
	parsed, err := x509.ParseCertificate(caDER)
	if err != nil {
		t.Fatal(err)
	}
	pool.AddCert(parsed)
	return pool, tls.Certificate{Certificate: [][]byte{leafDER}, PrivateKey: leafKey}
}

func newKey(t *testing.T) *ecdsa.PrivateKey {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	return key
}

func contains(t *testing.T, text, want string) {
	t.Helper()
	if !strings.Contains(text, want) {
		t.Errorf("%q does not contain %q", text, want)
	}
}

var errDatabase = errors.New("database gone")
