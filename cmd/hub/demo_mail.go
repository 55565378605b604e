package main

import (
	"context"
	"errors"
	"io"
	"net"
	"net/mail"
	"sync"

	"mime"

	"github.com/emersion/go-smtp"
)

// mailSink takes the demo's mail and lets it be seen.
type mailSink struct {
	listener net.Listener
	server   *smtp.Server

	mu       sync.Mutex
	count    int
	received func(to, subject string)
}

func startMailSink(ctx context.Context) (*mailSink, error) {
	var listen net.ListenConfig
	listener, err := listen.Listen(ctx, "tcp", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	s := &mailSink{listener: listener}
	s.server = smtp.NewServer(s)
	s.server.Domain = "localhost"
	const limit = 32 << 20
	s.server.MaxMessageBytes = limit
	return s, nil
}

func (s *mailSink) addr() string { return s.listener.Addr().String() }

func (s *mailSink) serve() error {
	if err := s.server.Serve(s.listener); !errors.Is(err, smtp.ErrServerClosed) {
		return err
	}
	return nil
}

func (s *mailSink) close() error {
	if err := s.server.Close(); !errors.Is(err, smtp.ErrServerClosed) {
		return err
	}
	return nil
}

// tell has every mail that arrives shown.
func (s *mailSink) tell(received func(to, subject string)) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.received = received
}

// Mails is how many have arrived.
func (s *mailSink) mails() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.count
}

// NewSession begins the conversation with one client.
func (s *mailSink) NewSession(*smtp.Conn) (smtp.Session, error) { return &sinkSession{sink: s}, nil }

type sinkSession struct {
	sink *mailSink
	to   string
}

func (*sinkSession) Mail(string, *smtp.MailOptions) error { return nil }

func (s *sinkSession) Rcpt(to string, _ *smtp.RcptOptions) error {
	s.to = to
	return nil
}

// Data reads the whole message and keeps its subject only.
func (s *sinkSession) Data(r io.Reader) error {
	message, err := mail.ReadMessage(r)
	if err != nil {
		return err
	}
	if _, err := io.Copy(io.Discard, message.Body); err != nil {
		return err
	}
	subject, err := new(mime.WordDecoder).DecodeHeader(message.Header.Get("Subject"))
	if err != nil {
		return err
	}
	s.sink.mu.Lock()
	defer s.sink.mu.Unlock()
	s.sink.count++
	if s.sink.received != nil {
		s.sink.received(s.to, subject)
	}
	return nil
}

func (s *sinkSession) Reset()      { s.to = "" }
func (*sinkSession) Logout() error { return nil }
