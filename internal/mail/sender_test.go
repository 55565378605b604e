package mail_test

import (
	"bytes"
	"context"
	"crypto/tls"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"mime"
	"mime/multipart"
	"mime/quotedprintable"
	"net"
	netmail "net/mail"
	"strings"
	"testing"
	"time"

	"github.com/emersion/go-sasl"
	"github.com/emersion/go-smtp"

	"github.com/carte-reseau/hub/internal/cards"
	"github.com/carte-reseau/hub/internal/mail"
)

const from = "Carte réseau <hub@reseau.example>"

func newSender(t *testing.T, o *outbox, s mail.Settings) *mail.Sender {
	t.Helper()
	sender, err := mail.New(o, mail.Options{Settings: s, From: from, Timeout: 3 * time.Second, Now: o.clock})
	if err != nil {
		t.Fatal(err)
	}
	return sender
}

func message(to string) cards.Message {
	return cards.Message{To: to, Subject: "Fichier « mours.xml » : 1 carte refusée", Body: "Bonjour,\n\nÀ bientôt – l’équipe.\n"}
}

func TestLetterArrivesIntact(t *testing.T) {
	server, o := &mta{}, newOutbox()
	startMTA(t, server, "127.0.0.1:0", false)
	xml := []byte("<?xml version=\"1.0\"?>\n<cartes>é\n" + strings.Repeat("<carte/>.\n.\n", 5000) + "</cartes>\n")
	latin := []byte{'<', 0xe9, 0xff, 0, '>'}
	m := message("mours@bib.example")
	m.Attachments = []cards.Attachment{
		{Name: "rapport-12.xml", ContentType: "application/xml", Data: xml},
		{Name: "../été \"1\"\r\nX: y.xml", ContentType: "application/xml", Data: latin},
	}
	o.queue(m)
	if err := newSender(t, o, settings(t, "smtp", server.addr)).SendDue(t.Context()); err != nil {
		t.Fatal(err)
	}
	got := server.mails()
	if len(got) != 1 || o.unsent() != 0 {
		t.Fatalf("%d mails arrived, %d unsent", len(got), o.unsent())
	}
	header, parts := parse(t, got[0].raw)
	decoder := &mime.WordDecoder{}
	if subject, err := decoder.DecodeHeader(header.Get("Subject")); err != nil || subject != m.Subject {
		t.Errorf("subject %q, %v", subject, err)
	}
	if id := header.Get("Message-Id"); id != fmt.Sprintf("<carte-reseau.1.%d@reseau.example>", o.clock().Unix()) {
		t.Errorf("Message-ID %s", id)
	}
	if header.Get("Auto-Submitted") != "auto-generated" || header.Get("X") != "" {
		t.Errorf("headers: %v", header)
	}
	if len(parts) != 3 {
		t.Fatalf("%d parts", len(parts))
	}
	if body := strings.ReplaceAll(string(parts[0].data), "\r\n", "\n"); strings.TrimSpace(body) != strings.TrimSpace(m.Body) {
		t.Errorf("body %q", body)
	}
	if !bytes.Equal(parts[1].data, xml) || parts[1].name != "rapport-12.xml" {
		t.Errorf("first attachment %q: %d bytes, want %d", parts[1].name, len(parts[1].data), len(xml))
	}
	if !bytes.Equal(parts[2].data, latin) || parts[2].name != ".._été _1_  X_ y.xml" {
		t.Errorf("second attachment %q %q", parts[2].name, parts[2].data)
	}
}

func TestOneConnectionForSeveral(t *testing.T) {
	server, o := &mta{}, newOutbox()
	startMTA(t, server, "127.0.0.1:0", false)
	for i := range 11 {
		o.queue(message(fmt.Sprintf("bib%d@example.org", i)))
	}
	if err := newSender(t, o, settings(t, "smtp", server.addr)).SendDue(t.Context()); err != nil {
		t.Fatal(err)
	}
	if n := len(server.mails()); n != 11 || server.sessions != 1 {
		t.Errorf("%d mails over %d connections", n, server.sessions)
	}
}

func TestRefusals(t *testing.T) {
	server, o := &mta{}, newOutbox()
	server.rcpt = func(to string) error {
		switch {
		case strings.HasPrefix(to, "gone"):
			return refuse(550, "no such user <"+to+">")
		case strings.HasPrefix(to, "full"):
			return refuse(452, "mailbox full for "+to)
		case strings.HasPrefix(to, "relay"):
			return relayDenied()
		}
		return nil
	}
	server.data = func(to string) error {
		switch {
		case strings.HasPrefix(to, "big"):
			return refuse(552, "message too big")
		case strings.HasPrefix(to, "later"):
			return refuse(451, "try later")
		}
		return nil
	}
	startMTA(t, server, "127.0.0.1:0", false)
	wants := map[string]struct {
		sent, final bool
		text        string
	}{
		"gone@example.org":  {final: true, text: "550 à l’adresse du destinataire"},
		"full@example.org":  {text: "452 à l’adresse du destinataire"},
		"relay@example.org": {text: "554"},
		"big@example.org":   {final: true, text: "552 au contenu du message"},
		"later@example.org": {text: "451 au contenu du message"},
		"pas une adresse":   {final: true, text: "adresse du destinataire inutilisable"},
		"good@example.org":  {sent: true},
	}
	entries := map[string]*entry{}
	for _, to := range []string{"gone@example.org", "full@example.org", "relay@example.org", "big@example.org", "later@example.org", "pas une adresse", "good@example.org"} {
		entries[to] = o.queue(message(to))
	}
	var log bytes.Buffer
	sender, err := mail.New(o, mail.Options{Settings: settings(t, "smtp", server.addr), From: from, Timeout: time.Second, Now: o.clock,
		Logger: slog.New(slog.NewTextHandler(&log, nil))})
	if err != nil {
		t.Fatal(err)
	}
	if err := sender.SendDue(t.Context()); err != nil {
		t.Fatal(err)
	}
	for to, want := range wants {
		e := entries[to]
		if e.sent != want.sent || e.final != want.final {
			t.Errorf("%s: sent %v final %v (%s)", to, e.sent, e.final, e.LastErr)
		}
		contains(t, e.LastErr.String(), want.text)
		if !e.sent && !e.final && e.DueAt.Sub(o.clock()) != 10*time.Second {
			t.Errorf("%s: due in %v", to, e.DueAt.Sub(o.clock()))
		}
		if strings.Contains(e.LastErr.String()+log.String(), to) {
			t.Errorf("%s stands in the error or the log: %s", to, e.LastErr)
		}
	}
	if strings.Contains(log.String(), "refusée") {
		t.Errorf("the log shows content: %s", log.String())
	}
}

// TestServerDownForADay loses nothing, on the real clock of attempts.
func TestServerDownForADay(t *testing.T) {
	server, o := &mta{}, newOutbox()
	closed, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	addr := closed.Addr().String()
	_ = closed.Close()
	sender := newSender(t, o, settings(t, "smtp", addr))
	for i := range 6 {
		o.queue(message(fmt.Sprintf("bib%d@example.org", i)))
	}
	for range 24 * 6 {
		if err := sender.SendDue(t.Context()); cards.CodeOf(err) != cards.Unavailable && o.dueNow() > 0 {
			t.Fatalf("a dead server gives %v", err)
		}
		o.advance(10 * time.Minute)
	}
	if o.unsent() != 6 {
		t.Fatalf("%d unsent", o.unsent())
	}
	for _, e := range o.mails {
		if e.final {
			t.Fatalf("given up after a day: %s", e.LastErr)
		}
	}
	startMTA(t, server, addr, false)
	o.advance(time.Hour)
	if err := sender.SendDue(t.Context()); err != nil {
		t.Fatal(err)
	}
	if n := len(server.mails()); n != 6 {
		t.Errorf("%d of 6 arrived", n)
	}
}

func TestGivenUpVisiblyAfterFiveDays(t *testing.T) {
	server, o := &mta{rcpt: func(string) error { return refuse(450, "greylisted") }}, newOutbox()
	startMTA(t, server, "127.0.0.1:0", false)
	e := o.queue(message("bib@example.org"))
	sender := newSender(t, o, settings(t, "smtp", server.addr))
	begin := o.clock()
	for !e.final {
		if o.clock().Sub(begin) > 6*24*time.Hour {
			t.Fatal("never given up")
		}
		if err := sender.SendDue(t.Context()); err != nil {
			t.Fatal(err)
		}
		o.advance(time.Hour)
	}
	if d := o.clock().Sub(begin); d < 5*24*time.Hour-time.Hour {
		t.Errorf("given up after %v", d)
	}
	contains(t, e.LastErr.String(), "450")
}

// TestOldLettersAreTriedForADay: those that waited for days, because mail was
// off or because they were given up before, meet a server that asks to come
// back later, as many do of a sender they do not know.
func TestOldLettersAreTriedForADay(t *testing.T) {
	server, o := &mta{rcpt: func(string) error { return refuse(450, "greylisted") }}, newOutbox()
	startMTA(t, server, "127.0.0.1:0", false)
	e := o.queue(message("bib@example.org"))
	o.advance(30 * 24 * time.Hour)
	sender := newSender(t, o, settings(t, "smtp", server.addr))
	begin := o.clock()
	for !e.final && o.clock().Sub(begin) < 3*24*time.Hour {
		if err := sender.SendDue(t.Context()); err != nil {
			t.Fatal(err)
		}
		o.advance(time.Minute)
	}
	if d := o.clock().Sub(begin); d < 20*time.Hour || !e.final {
		t.Errorf("given up %v after %v and %d attempts", e.final, d, e.Attempts)
	}
}

// TestPoisonDoesNotBlock: a message that makes the server hang up costs itself
// only.
func TestPoisonDoesNotBlock(t *testing.T) {
	server, o := &mta{}, newOutbox()
	server.rcpt = func(to string) error {
		if strings.HasPrefix(to, "poison") {
			return refuse(421, "closing")
		}
		return nil
	}
	startMTA(t, server, "127.0.0.1:0", false)
	for i := range 8 {
		who := "good"
		if i%2 == 0 {
			who = "poison"
		}
		o.queue(message(fmt.Sprintf("%s%d@example.org", who, i)))
	}
	if err := newSender(t, o, settings(t, "smtp", server.addr)).SendDue(t.Context()); err != nil {
		t.Fatal(err)
	}
	if n := len(server.mails()); n != 4 {
		t.Errorf("%d of 4 good mails arrived", n)
	}
}

func TestSentTwiceIsRecognisable(t *testing.T) {
	server, o := &mta{}, newOutbox()
	startMTA(t, server, "127.0.0.1:0", false)
	o.queue(message("bib@example.org"))
	sender := newSender(t, o, settings(t, "smtp", server.addr))
	o.onSent = func() error { return errDatabase } // as if the hub died between the two
	if err := sender.SendDue(t.Context()); err == nil {
		t.Fatal("an outbox that cannot be written is no success")
	}
	o.onSent = nil
	o.advance(time.Minute)
	if err := sender.SendDue(t.Context()); err != nil {
		t.Fatal(err)
	}
	got := server.mails()
	if len(got) != 2 {
		t.Fatalf("%d mails", len(got))
	}
	first, _ := parse(t, got[0].raw)
	second, _ := parse(t, got[1].raw)
	if id := first.Get("Message-Id"); id == "" || id != second.Get("Message-Id") || first.Get("Date") != second.Get("Date") {
		t.Errorf("two copies differ: %v %v", first, second)
	}
}

func TestTLS(t *testing.T) {
	pool, cert := authority(t)
	for _, scheme := range []string{"smtp", "smtps"} {
		t.Run(scheme, func(t *testing.T) {
			server, o := &mta{auth: "hub:très secret"}, newOutbox()
			startMTA(t, server, "127.0.0.1:0", scheme == "smtps", withTLS(cert))
			s := settings(t, scheme, "hub@"+server.addr)
			s.Password = "très secret"
			e := o.queue(message("bib@example.org"))

			if err := newSender(t, o, s).SendDue(t.Context()); cards.CodeOf(err) != cards.Unavailable {
				t.Fatalf("an unknown authority is trusted: %v", err)
			}
			contains(t, e.LastErr.String(), "a signé son certificat")
			s.TLS = &tls.Config{RootCAs: pool, MinVersion: tls.VersionTLS12}
			o.advance(time.Hour)
			if err := newSender(t, o, s).SendDue(t.Context()); err != nil {
				t.Fatal(err)
			}
			if len(server.mails()) != 1 || !server.secure {
				t.Errorf("%d mails, secure %v", len(server.mails()), server.secure)
			}
		})
	}
}

func TestWrongPasswordIsTemporary(t *testing.T) {
	pool, cert := authority(t)
	server, o := &mta{auth: "hub:right"}, newOutbox()
	startMTA(t, server, "127.0.0.1:0", false, withTLS(cert))
	s := settings(t, "smtp", "hub@"+server.addr)
	s.Password, s.TLS = "wrong", &tls.Config{RootCAs: pool, MinVersion: tls.VersionTLS12}
	e := o.queue(message("bib@example.org"))
	if err := newSender(t, o, s).SendDue(t.Context()); cards.CodeOf(err) != cards.Unavailable {
		t.Fatalf("got %v", err)
	}
	if e.final {
		t.Error("a wrong password lost the mail")
	}
	contains(t, e.LastErr.String(), "identification")
	if strings.Contains(e.LastErr.String(), "hub@example.org") || strings.Contains(e.LastErr.String(), "wrong") {
		t.Errorf("error shows too much: %s", e.LastErr)
	}
}

// Where STARTTLS is not on offer, or was taken away by who stands between, an
// account is not used at all: neither its password nor what can be guessed from
// leaves, nor a letter with readers' cards.
func TestPasswordNeverInClear(t *testing.T) {
	for _, mechanism := range []string{sasl.Plain, "CRAM-MD5"} {
		server, o := &mta{auth: "hub:secret", mechanism: mechanism}, newOutbox()
		startMTA(t, server, "127.0.0.1:0", false, func(s *smtp.Server) { s.AllowInsecureAuth = true })
		s := settings(t, "smtp", "hub@"+server.addr)
		s.Password = "secret"
		e := o.queue(message("bib@example.org"))
		if err := newSender(t, o, s).SendDue(t.Context()); err == nil {
			t.Fatal("signed in without TLS")
		}
		if e.final || e.Attempts != 1 || !strings.Contains(e.LastErr.String(), "STARTTLS") {
			t.Errorf("%s: final %v after %d attempts: %s", mechanism, e.final, e.Attempts, e.LastErr.String())
		}
	}
}

func TestSilentServerTimesOut(t *testing.T) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = listener.Close() }()
	o := newOutbox()
	e := o.queue(message("bib@example.org"))
	sender, err := mail.New(o, mail.Options{Settings: settings(t, "smtp", listener.Addr().String()), From: from, Timeout: 100 * time.Millisecond, Now: o.clock})
	if err != nil {
		t.Fatal(err)
	}
	begin := time.Now()
	if err := sender.SendDue(t.Context()); cards.CodeOf(err) != cards.Unavailable {
		t.Fatalf("got %v", err)
	}
	if time.Since(begin) > 2*time.Second {
		t.Errorf("took %v", time.Since(begin))
	}
	contains(t, e.LastErr.String(), "délai")

	// A stop must not wait for the server, and is not the message's failure.
	slow, err := mail.New(o, mail.Options{Settings: settings(t, "smtp", listener.Addr().String()), From: from, Timeout: time.Minute, Now: o.clock})
	if err != nil {
		t.Fatal(err)
	}
	o.advance(time.Hour)
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	if err := slow.SendDue(ctx); err == nil || e.Attempts != 1 {
		t.Errorf("stopped with %v after %d attempts", err, e.Attempts)
	}
}

// A server that answers without end must not fill the hub's memory.
func TestEndlessServerIsGivenUp(t *testing.T) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	sent := make(chan int64, 1)
	go func() {
		conn, err := listener.Accept()
		if err != nil {
			sent <- 0
			return
		}
		n, _ := io.CopyN(conn, endless{}, 64<<20)
		_ = conn.Close()
		sent <- n
	}()
	o := newOutbox()
	o.queue(message("bib@example.org"))
	sender, err := mail.New(o, mail.Options{Settings: settings(t, "smtp", listener.Addr().String()), From: from, Now: o.clock})
	if err != nil {
		t.Fatal(err)
	}
	if err := sender.SendDue(t.Context()); cards.CodeOf(err) != cards.Unavailable {
		t.Errorf("got %v", err)
	}
	_ = listener.Close()
	if n := <-sent; n >= 64<<20 {
		t.Errorf("%d bytes of one line were read", n)
	}
}

type endless struct{}

func (endless) Read(p []byte) (int, error) {
	for i := range p {
		p[i] = '2'
	}
	return len(p), nil
}

func TestOffKeepsMailQueued(t *testing.T) {
	o := newOutbox()
	e := o.queue(message("bib@example.org"))
	s, err := mail.ParseURL(mail.Off)
	if err != nil {
		t.Fatal(err)
	}
	sender, err := mail.New(o, mail.Options{Settings: s})
	if err != nil {
		t.Fatal(err)
	}
	if err := sender.SendDue(t.Context()); err != nil || e.sent || e.Attempts != 0 {
		t.Errorf("off: %v, sent %v, attempts %d", err, e.sent, e.Attempts)
	}
	if _, err := mail.New(o, mail.Options{Settings: mail.Settings{Host: "relay", Port: 25}, From: "pas d’adresse"}); err == nil {
		t.Error("an unusable sender is accepted")
	}
}

func TestPause(t *testing.T) {
	for attempts, want := range map[int]time.Duration{0: 10 * time.Second, 1: 20 * time.Second, 8: 2560 * time.Second, 9: time.Hour, 1000: time.Hour} {
		if got := mail.Pause(attempts); got != want {
			t.Errorf("after %d: %v, want %v", attempts, got, want)
		}
	}
}

type part struct {
	name string
	data []byte
}

// parse reads a mail as any mailbox would.
func parse(t *testing.T, raw []byte) (netmail.Header, []part) {
	t.Helper()
	m, err := netmail.ReadMessage(bytes.NewReader(raw))
	if err != nil {
		t.Fatal(err)
	}
	kind, params, err := mime.ParseMediaType(m.Header.Get("Content-Type"))
	if err != nil {
		t.Fatal(err)
	}
	if !strings.HasPrefix(kind, "multipart/") {
		return m.Header, nil
	}
	var parts []part
	reader := multipart.NewReader(m.Body, params["boundary"])
	for {
		p, err := reader.NextRawPart()
		if errors.Is(err, io.EOF) {
			return m.Header, parts
		}
		if err != nil {
			t.Fatal(err)
		}
		var body io.Reader = p
		switch p.Header.Get("Content-Transfer-Encoding") {
		case "base64":
			body = base64.NewDecoder(base64.StdEncoding, p)
		case "quoted-printable":
			body = quotedprintable.NewReader(p)
		}
		data, err := io.ReadAll(body)
		if err != nil {
			t.Fatal(err)
		}
		_, disposition, _ := mime.ParseMediaType(p.Header.Get("Content-Disposition"))
		name, err := new(mime.WordDecoder).DecodeHeader(disposition["filename"])
		if err != nil {
			t.Fatal(err)
		}
		parts = append(parts, part{name: name, data: data})
	}
}
