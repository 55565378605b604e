package mail_test

import (
	"bufio"
	"io"
	"net"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/carte-reseau/hub/internal/cards"
	"github.com/carte-reseau/hub/internal/mail"
)

// A server that looks through what came, for viruses and for spam, may take minutes before it says that it has taken a letter. Who
// does not wait for that sends it again, and the library has it as often as it was tried.
func TestALetterTheServerIsSlowToTakeArrivesOnce(t *testing.T) {
	const timeout = 500 * time.Millisecond
	var came atomic.Int64
	server, o := &mta{data: func(string) error { came.Add(1); time.Sleep(timeout * 3 / 2); return nil }}, newOutbox()
	startMTA(t, server, "127.0.0.1:0", false)
	e := o.queue(message("bib@example.org"))
	sender, err := mail.New(o, mail.Options{Settings: settings(t, "smtp", server.addr), From: from, Timeout: timeout, Now: o.clock})
	if err != nil {
		t.Fatal(err)
	}
	for attempts := 0; !e.sent && attempts < 5; attempts++ {
		_ = sender.SendDue(t.Context())
		o.advance(time.Hour)
	}
	if came.Load() != 1 || !e.sent {
		t.Errorf("came %d times, sent %v: %s", came.Load(), e.sent, e.LastErr)
	}
}

// script is a server that takes whatever it is told, but for commands at which something else happens; it hangs up then.
func script(t *testing.T, at map[string]func(net.Conn)) (address string) {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	done := make(chan struct{})
	go func() {
		defer close(done)
		for {
			conn, err := listener.Accept()
			if err != nil {
				return
			}
			converse(conn, at)
			_ = conn.Close()
		}
	}()
	t.Cleanup(func() { _ = listener.Close(); <-done })
	return listener.Addr().String()
}

func converse(conn net.Conn, at map[string]func(net.Conn)) {
	_, _ = conn.Write([]byte("220 relais\r\n"))
	for lines := bufio.NewScanner(conn); lines.Scan(); {
		command, _, _ := strings.Cut(lines.Text(), " ")
		if happens := at[command]; happens != nil {
			happens(conn)
			return
		}
		answer := map[string]string{"DATA": "354 go on", "QUIT": "221 bye"}[command]
		if answer == "" {
			answer = "250 ok"
		}
		_, _ = conn.Write([]byte(answer + "\r\n"))
	}
}

// What became of the conversation is said, also where it broke off over a letter: of the letter and of whom it is for, nothing.
func TestAConversationThatBreaksOff(t *testing.T) {
	const short, long = 100 * time.Millisecond, 5 * time.Second
	silent := func(conn net.Conn) { _, _ = io.Copy(io.Discard, conn) } // until the hub gives up
	endless := func(conn net.Conn) {                                   // a byte now and then is no answer
		for {
			if _, err := conn.Write([]byte("2")); err != nil {
				return
			}
			time.Sleep(short / 10)
		}
	}
	for name, c := range map[string]struct {
		hang     func(net.Conn)
		patience time.Duration
		want     string
	}{
		"it hangs up":                {func(net.Conn) {}, long, "le serveur de courriel a coupé la connexion"},
		"it hangs up, not gently":    {func(conn net.Conn) { _ = conn.(*net.TCPConn).SetLinger(0) }, long, "le serveur de courriel a coupé la connexion"},
		"it falls silent":            {silent, short, "le serveur de courriel ne répond pas dans le délai"},
		"it answers byte after byte": {endless, short, "le serveur de courriel ne répond pas dans le délai"},
	} {
		for _, command := range []string{"MAIL", "RCPT", "DATA"} {
			t.Run(name+" at "+command, func(t *testing.T) {
				o := newOutbox()
				e := o.queue(message("AUTHIER@bib.example"))
				address := script(t, map[string]func(net.Conn){command: c.hang})
				sender, err := mail.New(o, mail.Options{Settings: settings(t, "smtp", address), From: from, Timeout: long, Patience: c.patience, Now: o.clock})
				if err != nil {
					t.Fatal(err)
				}
				begun := time.Now()
				if err := sender.SendDue(t.Context()); err != nil && cards.CodeOf(err) != cards.Unavailable {
					t.Error(err)
				}
				if took := time.Since(begun); took >= long {
					t.Errorf("given up after %s", took)
				}
				said := e.LastErr.String()
				if e.final || e.Attempts != 1 || !strings.HasPrefix(said, c.want) || strings.Contains(said, "affected") {
					t.Errorf("final %v after %d attempts: %q, want %q", e.final, e.Attempts, said, c.want)
				}
			})
		}
	}
}
