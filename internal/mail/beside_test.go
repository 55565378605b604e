package mail_test

import (
	"bytes"
	"context"
	"io"
	"net"
	"sync/atomic"
	"testing"
	"time"

	"github.com/emersion/go-smtp"

	"github.com/carte-reseau/hub/internal/cards"
	"github.com/carte-reseau/hub/internal/mail"
)

// waits is a server that keeps letters to lent@example.org until the others are there.
func waits(t *testing.T, others int64) (server *mta, tries *atomic.Int64) {
	t.Helper()
	arrived := make(chan struct{})
	tries = &atomic.Int64{}
	var came atomic.Int64
	server = &mta{data: func(to string) error {
		if to != "lent@example.org" {
			if came.Add(1) == others {
				close(arrived)
			}
			return nil
		}
		tries.Add(1)
		select {
		case <-arrived:
			return nil
		case <-t.Context().Done():
			return refuse(451, "stopped")
		}
	}}
	startMTA(t, server, "127.0.0.1:0", false)
	return server, tries
}

func senderTo(t *testing.T, o *outbox, address string, timeout, patience time.Duration) *mail.Sender {
	t.Helper()
	sender, err := mail.New(o, mail.Options{Settings: settings(t, "smtp", address), From: from, Timeout: timeout, Patience: patience, Now: o.clock})
	if err != nil {
		t.Fatal(err)
	}
	return sender
}

// A letter that its server is slow to take keeps nobody waiting, neither those behind it nor those that are written meanwhile; and is
// itself sent once.
func TestALetterThatHangsHoldsUpNoOther(t *testing.T) {
	const behind, later = 20, 3
	o := newOutbox()
	server, tries := waits(t, behind+later)
	slow := o.queue(message("lent@example.org"))
	for range behind {
		o.queue(message("bib@example.org"))
	}
	written := make(chan struct{})
	go func() {
		defer close(written)
		for o.unsent() > 1 && t.Context().Err() == nil {
			time.Sleep(time.Millisecond)
		}
		for range later {
			o.queue(message("bib@example.org"))
		}
	}()
	if err := senderTo(t, o, server.addr, time.Second, 20*time.Second).SendDue(t.Context()); err != nil {
		t.Error(err)
	}
	<-written
	if tries.Load() != 1 || slow.Attempts != 0 || o.unsent() != 0 || len(server.mails()) != 1+behind+later {
		t.Errorf("the slow letter was shown %d times, failed %d times; %d arrived, %d did not leave",
			tries.Load(), slow.Attempts, len(server.mails()), o.unsent())
	}
}

// As many letters as are in memory at once may hang: who stands behind them is looked for all the same.
func TestAsManyLettersAsAreReadAtOnceHoldUpNoOther(t *testing.T) {
	o := newOutbox()
	server, tries := waits(t, 1)
	for range 4 {
		o.queue(message("lent@example.org"))
	}
	o.queue(message("bib@example.org"))
	if err := senderTo(t, o, server.addr, 500*time.Millisecond, 20*time.Second).SendDue(t.Context()); err != nil {
		t.Error(err)
	}
	if tries.Load() != 4 || o.unsent() != 0 {
		t.Errorf("the slow letters were shown %d times; %d did not leave", tries.Load(), o.unsent())
	}
}

// More letters that hang than are left to themselves: each is given up in its time, and the rest arrive.
func TestManyLettersThatHangAreGivenUpEachInItsTime(t *testing.T) {
	const hanging, good = 6, 5
	o := newOutbox()
	server, tries := waits(t, -1)
	for range hanging {
		o.queue(message("lent@example.org"))
	}
	for range good {
		o.queue(message("bib@example.org"))
	}
	sender := senderTo(t, o, server.addr, 500*time.Millisecond, 2*time.Second)
	for begun := time.Now(); o.unsent() > hanging && time.Since(begun) < 20*time.Second; {
		_ = sender.SendDue(t.Context())
	}
	if len(server.mails()) != good || tries.Load() < hanging {
		t.Errorf("%d of %d arrived, %d letters were tried", len(server.mails()), good, tries.Load())
	}
	for _, e := range o.mails[:hanging] {
		if e.sent || e.Attempts != 1 {
			t.Errorf("sent %v after %d attempts: %s", e.sent, e.Attempts, e.LastErr)
		}
	}
}

// The end of the hub waits for no server, and is no letter's failure.
func TestTheEndWaitsForNoLetterThatHangs(t *testing.T) {
	o := newOutbox()
	server, tries := waits(t, -1)
	slow := o.queue(message("lent@example.org"))
	o.queue(message("bib@example.org"))
	ctx, stop := context.WithCancel(t.Context())
	go func() {
		for (tries.Load() == 0 || o.unsent() > 1) && t.Context().Err() == nil {
			time.Sleep(time.Millisecond)
		}
		stop()
	}()
	begun := time.Now()
	err := senderTo(t, o, server.addr, time.Second, time.Minute).SendDue(ctx)
	if err == nil || slow.Attempts != 0 || time.Since(begun) > 20*time.Second {
		t.Errorf("stopped with %v after %s and %d attempts", err, time.Since(begun), slow.Attempts)
	}
}

// A server that takes a letter drop by drop takes every drop in time, and would never come to its end.
func TestALetterThatIsTakenDropByDropIsGivenUp(t *testing.T) {
	const timeout, patience = 2 * time.Second, 3 * time.Second
	o := newOutbox()
	m := message("bib@example.org")
	m.Attachments = []cards.Attachment{{Name: "gros.xml", ContentType: "application/xml", Data: bytes.Repeat([]byte("<carte/>"), 4<<20)}}
	e := o.queue(m)
	address := script(t, map[string]func(net.Conn){"DATA": func(conn net.Conn) {
		_ = conn.(*net.TCPConn).SetReadBuffer(1 << 16)
		_, _ = conn.Write([]byte("354 go on\r\n"))
		for {
			if _, err := io.CopyN(io.Discard, conn, 8<<10); err != nil {
				return
			}
			time.Sleep(5 * time.Millisecond)
		}
	}})
	ctx, cancel := context.WithTimeout(t.Context(), 5*patience)
	defer cancel()
	_ = senderTo(t, o, address, timeout, patience).SendDue(ctx)
	if ctx.Err() != nil || e.Attempts != 1 || e.sent {
		t.Errorf("%v after %d attempts: %s", ctx.Err(), e.Attempts, e.LastErr)
	}
	contains(t, e.LastErr.String(), "dans le délai")
}

// What the program breaks with over a letter breaks in who asked for the round, which tells it and goes on; not the hub.
func TestWhatBreaksOverALetterBreaksInTheRound(t *testing.T) {
	server, o := &mta{}, newOutbox()
	startMTA(t, server, "127.0.0.1:0", false, func(s *smtp.Server) { s.MaxMessageBytes = 100 })
	m := message("bib@example.org")
	m.Attachments = []cards.Attachment{{Name: "gros.xml", Data: bytes.Repeat([]byte("x"), 1000)}}
	o.queue(m)
	asked := 0
	now := func() time.Time {
		if asked++; asked == 2 { // when the letter is composed without its attachment
			panic("broken")
		}
		return o.clock()
	}
	sender, err := mail.New(o, mail.Options{Settings: settings(t, "smtp", server.addr), From: from, Timeout: 3 * time.Second, Now: now})
	if err != nil {
		t.Fatal(err)
	}
	defer func() {
		if broke := recover(); broke != "broken" {
			t.Errorf("broke with %v", broke)
		}
	}()
	t.Errorf("ended with %v", sender.SendDue(t.Context()))
}
