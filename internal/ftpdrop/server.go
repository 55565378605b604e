package ftpdrop

import (
	"context"
	"crypto/rand"
	"crypto/tls"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/netip"
	"os"
	"path/filepath"
	"time"

	ftpserver "github.com/fclairamb/ftpserverlib"

	"github.com/carte-reseau/hub/internal/cards"
)

const (
	defaultIdle    = 5 * time.Minute
	defaultSignIn  = time.Minute
	defaultClients = 64
	// grace is how long an upload under way may go on when the hub stops.
	grace = 5 * time.Second
	// pollerUser can be no library's code, which has no underscore.
	pollerUser = "_hub"
)

// Authenticator checks a library's key.
type Authenticator interface {
	Authenticate(ctx context.Context, code, key string) (*cards.Library, error)
}

// Limiter slows down who tries keys; the HTTP doors share it.
type Limiter interface {
	Blocked(key string) (time.Duration, bool)
	Failed(key string)
	Succeeded(key string)
}

// ServerOptions are the settings of a Server. Zero values take the defaults.
type ServerOptions struct {
	Listen string // host:port; port 0 for any
	// Root is the folder that holds the libraries' folders; made if missing.
	Root string
	// TLS holds the certificate. Without one the server listens on loopback
	// addresses only; with one, clients from elsewhere must use TLS.
	TLS *tls.Config
	// Passive are the ports of data connections; the system's choice if zero.
	Passive PortRange
	// PublicHost is the IPv4 address clients reach the hub at behind a router.
	PublicHost string
	MaxFile    int64         // bytes; 0 for no limit
	Idle       time.Duration // after which silence ends a connection; 5 min
	SignIn     time.Duration // within which a client must have signed in; 1 min
	MaxClients int           // at a time; 64
	Limiter    Limiter       // may be nil
	// Uploaded is called when a file is complete, to take it at once. It must
	// return quickly. May be nil.
	Uploaded func(library string)
	Logger   *slog.Logger
}

// Server is the hub's own FTP server: each library signs in with its code and
// key and sees its own folder, without folders inside.
type Server struct {
	opt  ServerOptions
	auth Authenticator
	log  *slog.Logger
	key  string // of the poller's account, new in every process

	root     *os.Root
	listener net.Listener
	ftp      *ftpserver.FtpServer
	store    *shelf

	conns *connections

	guests *guests
}

// NewServer checks the settings.
func NewServer(auth Authenticator, opt ServerOptions) (*Server, error) {
	setDefault(&opt.Idle, defaultIdle)
	setDefault(&opt.SignIn, defaultSignIn)
	if opt.MaxClients <= 0 {
		opt.MaxClients = defaultClients
	}
	if opt.Logger == nil {
		opt.Logger = slog.New(slog.DiscardHandler)
	}
	if opt.Uploaded == nil {
		opt.Uploaded = func(string) {}
	}
	host, _, err := net.SplitHostPort(opt.Listen)
	if err != nil {
		return nil, cards.Errorf(cards.Invalid, "serveur FTP embarqué : « %s » n’est pas une adresse hôte:port", opt.Listen)
	}
	if opt.TLS == nil && !loopback(host) {
		return nil, cards.Errorf(cards.Invalid, "serveur FTP embarqué : sur %s, les clés des bibliothèques passeraient en clair ; donnez un certificat, ou écoutez sur 127.0.0.1", opt.Listen)
	}
	return &Server{opt: opt, auth: auth, log: opt.Logger, key: rand.Text(), conns: newConnections(), guests: newGuests(opt.MaxClients)}, nil
}

// loopback reports whether an address reaches this machine only. A name other
// than localhost may mean anything tomorrow.
func loopback(host string) bool {
	if host == "localhost" {
		return true
	}
	ip, err := netip.ParseAddr(host)
	return err == nil && ip.IsLoopback()
}

// Listen opens the folder and the port, so that what is wrong with either is
// known before anything else starts. Run serves.
func (s *Server) Listen(ctx context.Context) error {
	if err := os.MkdirAll(s.opt.Root, 0o750); err != nil {
		return fmt.Errorf("serveur FTP embarqué : le dossier des dépôts ne peut pas être créé : %w", err)
	}
	root, err := os.OpenRoot(s.opt.Root)
	if err != nil {
		return fmt.Errorf("serveur FTP embarqué : le dossier %s n’est pas utilisable : %w", filepath.Base(s.opt.Root), err)
	}
	s.store = &shelf{root: root, maxFile: s.opt.MaxFile, writing: map[string]*upload{}}
	if err := s.store.sweep(); err != nil {
		return errors.Join(fmt.Errorf("serveur FTP embarqué : nettoyage des envois interrompus : %w", err), root.Close())
	}
	listener, err := (&net.ListenConfig{}).Listen(ctx, "tcp", s.opt.Listen)
	if err != nil {
		return errors.Join(fmt.Errorf("serveur FTP embarqué : impossible d’écouter sur %s : %w", s.opt.Listen, err), root.Close())
	}
	s.root, s.listener = root, listener
	s.ftp = ftpserver.NewFtpServer(&driver{Server: s})
	if err := s.ftp.Listen(); err != nil { // takes the listener and the settings
		return errors.Join(fmt.Errorf("serveur FTP embarqué : %w", err), listener.Close(), root.Close())
	}
	return nil
}

// Addr is where the server listens, once it does.
func (s *Server) Addr() string { return s.listener.Addr().String() }

// Run serves until the context ends, then lets uploads under way come to their
// end for a moment and closes every connection.
func (s *Server) Run(ctx context.Context) error {
	if s.listener == nil {
		return errors.New("ftpdrop: Run before Listen")
	}
	if s.guests.isClosed() {
		return nil
	}
	stop := context.AfterFunc(ctx, func() { _ = s.ftp.Stop() })
	defer stop()
	err := s.ftp.Serve()
	if ctx.Err() != nil || s.guests.isClosed() {
		err = nil
	}
	return errors.Join(err, s.Close())
}

// Close ends the server. It may be called more than once, and without Run.
func (s *Server) Close() error {
	if s.listener == nil || !s.guests.close() {
		return nil
	}
	_ = s.ftp.Stop() // closing twice is no harm
	s.waitFor(grace, func() bool { return s.store.uploads.Load() == 0 })
	s.conns.closeAll()
	s.waitFor(grace, func() bool { return s.guests.left() == 0 && s.store.uploads.Load() == 0 })
	return s.root.Close()
}

func (s *Server) waitFor(limit time.Duration, done func() bool) {
	const look = 10 * time.Millisecond
	for end := time.Now().Add(limit); !done() && time.Now().Before(end); {
		time.Sleep(look)
	}
}

// Target is what the poller needs to visit this server. It must be asked for
// after Listen.
func (s *Server) Target() Target {
	address := s.listener.Addr().(*net.TCPAddr) // of a TCP listener
	ip := address.IP
	switch {
	case ip.IsUnspecified() && ip.To4() == nil:
		ip = net.IPv6loopback
	case ip.IsUnspecified():
		ip = net.IPv4(127, 0, 0, 1)
	}
	t := Target{Host: net.JoinHostPort(ip.String(), fmt.Sprint(address.Port)), User: pollerUser, Password: s.key, Whole: true}
	if s.opt.TLS != nil {
		t.Explicit = true
		t.TLS = &tls.Config{
			MinVersion: tls.VersionTLS12,
			// The certificate is for the name libraries use; the poller calls its
			// own process by number and proves itself by a key nobody else has.
			InsecureSkipVerify: true, //nolint:gosec // see above
		}
	}
	return t
}
