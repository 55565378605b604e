package main

import (
	"bytes"
	"errors"
	"io"
	"mime"
	"mime/multipart"
	"net"
	"net/mail"
	"strings"
	"sync"
	"testing"

	"encoding/base64"
	"mime/quotedprintable"

	"github.com/emersion/go-smtp"
)

// postbox is a real SMTP server that keeps every mail.
type postbox struct {
	addr string
	// asked, where set, is called before a mail is kept and when it is kept and
	// the answer has not left; an error is the answer.
	asked func(kept bool) error

	mu      sync.Mutex
	letters []letter
	open    int // conversations
}

// letter is a mail as its reader sees it, and by which name the hub sent it.
type letter struct {
	id, to, subject, text string
	files                 map[string][]byte
}

func newPostbox(t *testing.T) *postbox {
	t.Helper()
	return newAskingPostbox(t, nil)
}

func newAskingPostbox(t *testing.T, asked func(kept bool) error) *postbox {
	t.Helper()
	var listen net.ListenConfig
	listener, err := listen.Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	box := &postbox{addr: listener.Addr().String(), asked: asked}
	server := smtp.NewServer(box)
	server.Domain, server.ErrorLog = "localhost", silent{}
	ended := make(chan error, 1)
	go func() { ended <- server.Serve(listener) }()
	t.Cleanup(func() {
		if err := server.Close(); err != nil {
			t.Error(err)
		}
		if err := <-ended; err != nil && !errors.Is(err, smtp.ErrServerClosed) && !errors.Is(err, net.ErrClosed) {
			t.Error(err)
		}
	})
	return box
}

// silent keeps the SMTP library from telling of every client that left.
type silent struct{}

func (silent) Printf(string, ...any) {}
func (silent) Println(...any)        {}

func (b *postbox) all() []letter {
	b.mu.Lock()
	defer b.mu.Unlock()
	return append([]letter(nil), b.letters...)
}

// to lists the letters for one address.
func (b *postbox) to(address string) []letter {
	var found []letter
	for _, l := range b.all() {
		if l.to == address {
			found = append(found, l)
		}
	}
	return found
}

// idle reports whether nobody is being served: what was to arrive has arrived.
func (b *postbox) idle() bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.open == 0
}

func (b *postbox) count(by int) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.open += by
}

// NewSession begins the conversation with one client.
func (b *postbox) NewSession(*smtp.Conn) (smtp.Session, error) {
	b.count(1)
	return &postman{box: b}, nil
}

type postman struct {
	box *postbox
	to  string
}

func (*postman) Mail(string, *smtp.MailOptions) error { return nil }

func (p *postman) Rcpt(to string, _ *smtp.RcptOptions) error {
	p.to = to
	return nil
}

// Data keeps the mail once it is understood whole.
func (p *postman) Data(r io.Reader) error {
	message, err := mail.ReadMessage(r)
	if err != nil {
		return err
	}
	l := letter{id: strings.Trim(message.Header.Get("Message-ID"), "<>"), to: p.to, files: map[string][]byte{}}
	if l.subject, err = new(mime.WordDecoder).DecodeHeader(message.Header.Get("Subject")); err != nil {
		return err
	}
	if err := l.read(message); err != nil {
		return err
	}
	return p.box.keep(l)
}

func (b *postbox) keep(l letter) error {
	if b.asked != nil {
		if err := b.asked(false); err != nil {
			return err
		}
	}
	b.mu.Lock()
	b.letters = append(b.letters, l)
	b.mu.Unlock()
	if b.asked != nil {
		return b.asked(true)
	}
	return nil
}

func (p *postman) Reset() { p.to = "" }

// Logout is called when the client has left as well.
func (p *postman) Logout() error {
	p.box.count(-1)
	return nil
}

func (l *letter) read(message *mail.Message) error {
	kind, params, err := mime.ParseMediaType(message.Header.Get("Content-Type"))
	if err != nil {
		return err
	}
	if !strings.HasPrefix(kind, "multipart/") {
		text, err := decoded(message.Header.Get("Content-Transfer-Encoding"), message.Body)
		l.text = string(text)
		return err
	}
	parts := multipart.NewReader(message.Body, params["boundary"])
	for {
		part, err := parts.NextRawPart()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return err
		}
		content, err := decoded(part.Header.Get("Content-Transfer-Encoding"), part)
		if err != nil {
			return err
		}
		name := part.FileName()
		if name == "" {
			l.text += string(content)
			continue
		}
		if name, err = new(mime.WordDecoder).DecodeHeader(name); err != nil {
			return err
		}
		l.files[name] = content
	}
}

func decoded(encoding string, r io.Reader) ([]byte, error) {
	switch strings.ToLower(encoding) {
	case "base64":
		r = base64.NewDecoder(base64.StdEncoding, r)
	case "quoted-printable":
		r = quotedprintable.NewReader(r)
	}
	text, err := io.ReadAll(r)
	return bytes.ReplaceAll(text, []byte("\r\n"), []byte("\n")), err
}
