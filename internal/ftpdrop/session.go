package ftpdrop

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/textproto"
	"os"
	"time"

	"github.com/jlaffaye/ftp"

	"github.com/carte-reseau/hub/internal/cards"
)

// maxListing bounds what is read of one folder's list.
const maxListing = 32 << 20

// session is a connection of the poller for one run. It connects when first
// used, and again where the server hung up between two commands: integrating a
// large file takes longer than servers wait.
type session struct {
	ctx     context.Context
	target  Target
	timeout time.Duration
	conn    *ftp.ServerConn
	dialer  *dialer
	// unreachable is set when not even signing in works.
	unreachable bool
}

// lostError is a failure of the connection, not of what was asked for.
type lostError struct{ err error }

func (e *lostError) Error() string { return e.err.Error() }
func (e *lostError) Unwrap() error { return e.err }

func isLost(err error) bool {
	var lost *lostError
	return errors.As(err, &lost)
}

// answer returns the server's own refusal of a command, if err is one. 421 is
// none, the server is hanging up, nor is a refused sign-in.
func answer(err error) (*textproto.Error, bool) {
	var reply *textproto.Error
	if !isLost(err) && errors.As(err, &reply) && reply.Code != ftp.StatusNotAvailable {
		return reply, true
	}
	return nil, false
}

func (s *session) connect() error {
	s.unreachable = true
	d := &dialer{ctx: s.ctx, timeout: s.timeout, tls: s.target.tlsConfig(), limit: -1}
	options := []ftp.DialOption{ftp.DialWithDialFunc(d.dial)}
	if d.tls != nil {
		options = append(options, ftp.DialWithExplicitTLS(d.tls))
	}
	conn, err := ftp.Dial(s.target.Host, options...)
	if err != nil {
		return &lostError{s.unreached(err)}
	}
	if err := conn.Login(s.target.User, s.target.Password); err != nil {
		_ = conn.Quit()
		return &lostError{s.notSignedIn(err)}
	}
	s.conn, s.dialer, s.unreachable = conn, d, false
	return nil
}

// unreached says why there is no connection.
func (s *session) unreached(err error) error {
	const refusals = 500
	if reply, ok := answer(err); ok && s.target.Explicit && reply.Code >= refusals {
		return cards.WrapError(cards.Unavailable, unquoted(err), "le serveur FTP %s refuse de chiffrer la connexion (réponse %d) ; ftpes:// le demande", s.target.Host, reply.Code)
	}
	return cards.WrapError(cards.Unavailable, err, "serveur FTP %s injoignable", s.target.Host)
}

// notSignedIn says why the session does not open. TLS begins with its first command.
func (s *session) notSignedIn(err error) error {
	if wrong, mend, tls := cards.TLSFault(err); tls {
		return cards.WrapError(cards.Unavailable, err, "la connexion chiffrée au serveur FTP %s échoue : %s. %s", s.target.Host, wrong, mend)
	}
	return cards.WrapError(cards.Unavailable, err, "le serveur FTP %s refuse l’ouverture de session de « %s »", s.target.Host, s.target.User)
}

// broken tells what became of the connection.
func (s *session) broken(err error) error {
	return &lostError{cards.WrapError(cards.Unavailable, unquoted(err), "la connexion au serveur FTP %s s’est rompue", s.target.Host)}
}

// unquoted keeps of an error what cannot hold words of the server, which
// repeats the names of files: they may be readers'.
func unquoted(err error) error {
	var op *net.OpError
	if errors.As(err, &op) {
		return op
	}
	for _, known := range []error{context.Canceled, context.DeadlineExceeded, os.ErrDeadlineExceeded, io.ErrUnexpectedEOF, io.EOF} {
		if errors.Is(err, known) {
			return known
		}
	}
	return fmt.Errorf("the server said what cannot be understood (%T)", err)
}

// alive reports whether there is a connection, or can be one.
func (s *session) alive() bool { return s.conn != nil || s.connect() == nil }

// reachable reports whether the last attempt to connect succeeded.
func (s *session) reachable() bool { return !s.unreachable }

// drop gives the connection up without ceremony.
func (s *session) drop() {
	if s.conn != nil {
		_ = s.conn.Quit() // sends QUIT and closes; neither needs to succeed
		s.conn = nil
	}
}

// do runs one command that may be repeated without harm.
func (s *session) do(command func(c *ftp.ServerConn) error) error {
	reused := s.conn != nil
	err := s.once(command)
	if reused && isLost(err) && s.ctx.Err() == nil {
		return s.once(command)
	}
	return err
}

// once runs one command. Where the connection breaks over it nobody knows whether it was done, and under the name it speaks of
// there may be another file by now.
func (s *session) once(command func(c *ftp.ServerConn) error) error {
	if s.conn == nil {
		if err := s.connect(); err != nil {
			return err
		}
	}
	err := command(s.conn)
	if err == nil || errors.Is(err, ftp.ErrInvalidCommand) {
		return err
	}
	if _, ok := answer(err); ok {
		return err
	}
	s.drop()
	return s.broken(err)
}

// list returns what stands in a folder. Where the server lists in the free form
// of LIST, the library drops lines it cannot parse; the bare names tell which.
func (s *session) list(folder string) ([]*ftp.Entry, error) {
	var entries []*ftp.Entry
	var names []string
	err := s.do(func(c *ftp.ServerConn) (err error) {
		s.dialer.limit = maxListing
		defer func() { s.dialer.limit = -1 }()
		if entries, err = c.List(folder); err != nil || c.IsTimePreciseInList() {
			return err
		}
		if names, err = c.NameList(folder); err == nil {
			return nil
		}
		if _, ok := answer(err); ok { // many servers refuse NLST of an empty folder
			return nil
		}
		return err
	})
	if err != nil {
		return nil, err
	}
	return withNames(entries, names), nil
}

// precise tells whether listings give times to the second.
func (s *session) precise() bool { return s.conn != nil && s.conn.IsTimePreciseInList() }

// size asks for a file's size; ok is false where the server knows no SIZE.
func (s *session) size(path string) (size int64, ok bool, err error) {
	err = s.do(func(c *ftp.ServerConn) (err error) {
		size, err = c.FileSize(path)
		return err
	})
	if reply, answered := answer(err); answered && notImplemented(reply.Code) {
		return 0, false, nil
	}
	return size, err == nil, err
}

// modified asks for a file's time; zero where the server knows no MDTM.
func (s *session) modified(path string) (t time.Time, err error) {
	err = s.do(func(c *ftp.ServerConn) (err error) {
		if c.IsGetTimeSupported() {
			t, err = c.GetTime(path)
		}
		return err
	})
	if reply, answered := answer(err); answered && notImplemented(reply.Code) {
		return time.Time{}, nil
	}
	return t, err
}

func notImplemented(code int) bool {
	switch code {
	case ftp.StatusBadCommand, ftp.StatusBadArguments, ftp.StatusNotImplemented, ftp.StatusNotImplementedParameter:
		return true
	}
	return false
}

func (s *session) open(path string) (response *ftp.Response, err error) {
	err = s.do(func(c *ftp.ServerConn) (err error) {
		response, err = c.Retr(path)
		return err
	})
	return response, err
}

// abandon ends a download before its end. Most servers answer with an error and
// go on; where there is no answer the connection goes.
func (s *session) abandon(response io.Closer) {
	err := response.Close()
	if _, ok := answer(err); err != nil && !ok {
		s.drop()
	}
}

func (s *session) remove(path string) error {
	return s.once(func(c *ftp.ServerConn) error { return c.Delete(path) })
}

func (s *session) rename(from, to string) error {
	return s.once(func(c *ftp.ServerConn) error { return c.Rename(from, to) })
}

// explain turns a failure into a sentence for staff.
func explain(err error) cards.Sentence {
	if reply, ok := answer(err); ok {
		return cards.Say("le serveur FTP a répondu %d %s", reply.Code, clean(reply.Msg))
	}
	if errors.Is(err, ftp.ErrInvalidCommand) {
		return cards.Say("le nom du fichier contient un saut de ligne, que FTP ne sait pas transmettre")
	}
	return cards.SentenceOf(err)
}

// unnamed is a failure of a round, which the runner of jobs logs: it says of an
// FTP server's words no more than logged does.
type unnamed struct{ err error }

// Error says what may stand in a log.
func (u unnamed) Error() string {
	if _, ok := answer(u.err); ok {
		return logged(u.err)
	}
	return u.err.Error()
}

// Unwrap gives the failure its code and the message for staff.
func (u unnamed) Unwrap() error { return u.err }

// logged turns a failure into what may stand in a log: servers repeat the name
// of the file, which may be a reader's.
func logged(err error) string {
	if reply, ok := answer(err); ok {
		return fmt.Sprintf("the FTP server answered %d", reply.Code)
	}
	return explain(err).String()
}
