package mail_test

import (
	"bytes"
	"net"
	"strings"
	"testing"
	"time"

	"github.com/emersion/go-smtp"

	"github.com/carte-reseau/hub/internal/cards"
	"github.com/carte-reseau/hub/internal/mail"
)

// What servers say that do not want the hub as it is: somebody repairs that, and the letters are still there.
func TestWhatTheHubIsRefusedForCostsNoLetter(t *testing.T) {
	refusals := map[string]*smtp.SMTPError{
		"postfix, HELO":   {Code: 504, EnhancedCode: smtp.EnhancedCode{5, 5, 2}, Message: "<hub>: Helo command rejected: need fully-qualified hostname"},
		"exim, relay":     {Code: 550, EnhancedCode: smtp.NoEnhancedCode, Message: "relay not permitted"},
		"qmail, relay":    {Code: 553, EnhancedCode: smtp.NoEnhancedCode, Message: "sorry, that domain isn't in my list of allowed rcpthosts (#5.7.1)"},
		"sendmail, relay": {Code: 550, EnhancedCode: smtp.NoEnhancedCode, Message: "bib@example.org... Relaying denied. Proper authentication required."},
		"postfix, sender": {Code: 550, EnhancedCode: smtp.EnhancedCode{5, 1, 8}, Message: "<hub@reseau.example>: Sender address rejected: Domain not found"},
		"exim, sender":    {Code: 550, EnhancedCode: smtp.NoEnhancedCode, Message: "Verification failed for <hub@reseau.example>\nUnrouteable address\nSender verify failed"},
	}
	for name, refusal := range refusals {
		t.Run(name, func(t *testing.T) {
			server, o := &mta{rcpt: func(string) error { return refusal }}, newOutbox()
			startMTA(t, server, "127.0.0.1:0", false)
			e := o.queue(message("bib@example.org"))
			_ = newSender(t, o, settings(t, "smtp", server.addr)).SendDue(t.Context())
			if e.final || e.sent {
				t.Errorf("final %v, sent %v: %s", e.final, e.sent, e.LastErr)
			}
		})
	}
	// One that announces no enhanced codes, and uses them.
	old := newOutbox()
	e := old.queue(message("bib@example.org"))
	address := script(t, map[string]func(net.Conn){"RCPT": func(conn net.Conn) {
		_, _ = conn.Write([]byte("553 sorry, that domain isn't in my list of allowed rcpthosts (#5.7.1)\r\n"))
	}})
	_ = newSender(t, old, settings(t, "smtp", address)).SendDue(t.Context())
	if e.final || !strings.Contains(e.LastErr.String(), "553") {
		t.Errorf("final %v: %s", e.final, e.LastErr)
	}
	// The address itself is nobody's, whatever words it is made of.
	for _, to := range []string{"relay@relay.example", "sender@sender.example"} {
		server, o := &mta{rcpt: func(to string) error { return refuse(550, "<"+to+">: no such user") }}, newOutbox()
		startMTA(t, server, "127.0.0.1:0", false)
		e := o.queue(message(to))
		_ = newSender(t, o, settings(t, "smtp", server.addr)).SendDue(t.Context())
		if !e.final {
			t.Errorf("an address that is not there is tried again: %s", e.LastErr)
		}
	}
}

// Relays ask for the name of a machine that the network knows.
func TestTheHubSaysWhoItIs(t *testing.T) {
	for hello, want := range map[string]string{"reseau.example.fr": "reseau.example.fr", "": ""} {
		server, o := &mta{}, newOutbox()
		startMTA(t, server, "127.0.0.1:0", false)
		o.queue(message("bib@example.org"))
		sender, err := mail.New(o, mail.Options{Settings: settings(t, "smtp", server.addr), From: from, Hello: hello, Timeout: 3 * time.Second, Now: o.clock})
		if err != nil {
			t.Fatal(err)
		}
		if err := sender.SendDue(t.Context()); err != nil {
			t.Fatal(err)
		}
		if got := server.hello; want != "" && got != want || got == "" {
			t.Errorf("greets as %q, want %q", got, want)
		}
	}
}

// A letter a server finds too large comes without what makes it so: its library must hear that its file was refused.
func TestALetterTooLargeForTheServerComesWithoutItsAttachments(t *testing.T) {
	server, o := &mta{}, newOutbox()
	startMTA(t, server, "127.0.0.1:0", false, func(s *smtp.Server) { s.MaxMessageBytes = 10_000 })
	m := message("bib@example.org")
	m.Attachments = []cards.Attachment{{Name: "gros.xml", ContentType: "application/xml", Data: bytes.Repeat([]byte("<carte/>"), 10_000)}}
	large := o.queue(m)
	small := o.queue(message("peyrins@example.org"))
	plain := message("mours@example.org")
	plain.Body = strings.Repeat("une longue lettre\n", 1000)
	endless := o.queue(plain)
	if err := newSender(t, o, settings(t, "smtp", server.addr)).SendDue(t.Context()); err != nil {
		t.Fatal(err)
	}
	if !large.sent || !small.sent || endless.sent || !endless.final {
		t.Fatalf("sent: %v %v %v (%s; %s)", large.sent, small.sent, endless.sent, large.LastErr, endless.LastErr)
	}
	got := server.mails()[0]
	if got.to != "bib@example.org" || bytes.Contains(got.raw, []byte("gros.xml")) {
		t.Errorf("to %s: %s", got.to, got.raw)
	}
	text := bytes.ReplaceAll(got.raw, []byte("=\r\n"), nil)
	contains(t, string(text), "trop volumineu")
	contains(t, string(text), "Bonjour")
}

// No line of a letter is longer than a mail's may be, whatever a file is called.
func TestNoLineIsTooLong(t *testing.T) {
	server, o := &mta{}, newOutbox()
	startMTA(t, server, "127.0.0.1:0", false)
	for _, name := range []string{strings.Repeat("é", 200) + ".xml", strings.Repeat("𝄞", 200), strings.Repeat("x", 200)} {
		m := message("bib@example.org")
		m.Subject = "Carte réseau : fichier « " + name + " » refusé"
		m.Body = name + strings.Repeat("€ & = ", 1000)
		m.Attachments = []cards.Attachment{{Name: name, ContentType: "application/xml", Data: bytes.Repeat([]byte("é"), 5000)}}
		o.queue(m)
	}
	if err := newSender(t, o, settings(t, "smtp", server.addr)).SendDue(t.Context()); err != nil {
		t.Fatal(err)
	}
	const longest = 998 // RFC 5322, section 2.1.1
	if len(server.mails()) != 3 {
		t.Fatalf("%d letters arrived: %s", len(server.mails()), o.mails[1].LastErr)
	}
	for i, got := range server.mails() {
		for line := range bytes.SplitSeq(got.raw, []byte("\r\n")) {
			if len(line) > longest {
				t.Errorf("letter %d has a line of %d bytes: %.80s…", i, len(line), line)
			}
		}
		name := o.mails[i].Attachments[0].Name
		if _, parts := parse(t, got.raw); len(parts) != 2 || !strings.HasPrefix(name, strings.TrimSuffix(parts[1].name, ".xml")) ||
			strings.HasSuffix(name, ".xml") != strings.HasSuffix(parts[1].name, ".xml") || len(parts[1].name) < 100 {
			t.Errorf("letter %d: %d parts, attached as %q", i, len(parts), parts[1].name)
		}
	}
}
