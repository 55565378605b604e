package mail_test

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"net"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/emersion/go-smtp"

	"github.com/carte-reseau/hub/internal/cards"
)

// waitUntil polls a condition.
func waitUntil(t *testing.T, what string, ok func() bool) {
	t.Helper()
	for end := time.Now().Add(5 * time.Second); !ok(); time.Sleep(time.Millisecond) {
		if time.Now().After(end) {
			t.Fatalf("still waiting: %s", what)
		}
	}
}

// What a server hangs up over between two letters is no letter's failure: it is called again.
func TestAServerThatHangsUpBetweenLettersIsCalledAgain(t *testing.T) {
	o := newOutbox()
	for range 4 {
		o.queue(message("bib@example.org"))
	}
	address := script(t, map[string]func(net.Conn){"DATA": func(conn net.Conn) {
		_, _ = conn.Write([]byte("354 go on\r\n"))
		for lines := bufio.NewScanner(conn); lines.Scan(); {
			switch lines.Text() {
			case ".", "RSET":
				_, _ = conn.Write([]byte("250 ok\r\n"))
			case "NOOP", "QUIT":
				return
			}
		}
	}})
	if err := newSender(t, o, settings(t, "smtp", address)).SendDue(t.Context()); err != nil {
		t.Error(err)
	}
	for i, e := range o.mails {
		if !e.sent || e.Attempts != 0 {
			t.Errorf("letter %d: sent %v after %d attempts: %s", i, e.sent, e.Attempts, e.LastErr)
		}
	}
}

// A server over which three conversations in a row break off is left alone until the next round: each may take minutes.
func TestAServerThatBreaksOffIsLeftAlone(t *testing.T) {
	o := newOutbox()
	for range 6 {
		o.queue(message("bib@example.org"))
	}
	address := script(t, map[string]func(net.Conn){"MAIL": func(net.Conn) {}})
	err := newSender(t, o, settings(t, "smtp", address)).SendDue(t.Context())
	if cards.CodeOf(err) != cards.Unavailable || !strings.Contains(cards.MessageOf(err), address) {
		t.Errorf("%v", err)
	}
	for i, e := range o.mails {
		if want := map[bool]int{true: 1}[i < 3]; e.Attempts != want || e.final {
			t.Errorf("letter %d was tried %d times, want %d", i, e.Attempts, want)
		}
	}
}

// hangs is a server that keeps letters to lent@example.org until it is told, and calls back as each comes.
func hangs(t *testing.T, comes func(nth int64)) *mta {
	t.Helper()
	var came atomic.Int64
	server := &mta{data: func(to string) error {
		if to == "lent@example.org" {
			comes(came.Add(1))
		}
		return nil
	}}
	startMTA(t, server, "127.0.0.1:0", false, func(s *smtp.Server) { s.ReadTimeout = time.Minute })
	return server
}

// Letters that hang say nothing against a server that takes others meanwhile: the round goes on.
func TestLettersThatHangEndNoRoundInWhichOthersArrive(t *testing.T) {
	o, given := newOutbox(), make(chan struct{})
	server := hangs(t, func(int64) { <-given })
	for range 4 {
		o.queue(message("lent@example.org"))
	}
	good := o.queue(message("bib@example.org"))
	if err := senderTo(t, o, server.addr, 50*time.Millisecond, 800*time.Millisecond).SendDue(t.Context()); err != nil {
		t.Error(err)
	}
	close(given)
	for i, e := range o.mails[:4] {
		if e.sent || e.Attempts != 1 {
			t.Errorf("letter %d: sent %v after %d attempts", i, e.sent, e.Attempts)
		}
	}
	if !good.sent {
		t.Errorf("the other did not arrive: %s", good.LastErr)
	}
}

// More than a few are not left to themselves at a time: each holds its attachments in memory.
func TestNoMoreThanAFewLettersHangAtATime(t *testing.T) {
	const most = 5 // four, and the one that waits for one of them
	o, given := newOutbox(), make(chan struct{})
	ended := func() (n int) {
		o.mu.Lock()
		defer o.mu.Unlock()
		for _, e := range o.mails {
			n += e.Attempts
		}
		return n
	}
	var early atomic.Bool
	server := hangs(t, func(nth int64) {
		if nth <= most {
			<-given
		} else if ended() == 0 {
			early.Store(true)
		}
	})
	for range most + 1 {
		o.queue(message("lent@example.org"))
	}
	_ = senderTo(t, o, server.addr, 50*time.Millisecond, time.Second).SendDue(t.Context())
	close(given)
	if early.Load() || ended() != most || !o.mails[most].sent {
		t.Errorf("one more was sent while they hung: %v; %d were given up, the last arrived: %v", early.Load(), ended(), o.mails[most].sent)
	}
}

// Whatever became of its letters, a round leaves no connection open.
func TestARoundLeavesNoConnectionOpen(t *testing.T) {
	o := newOutbox()
	server, _ := waits(t, 3)
	o.queue(message("lent@example.org"))
	for range 3 {
		o.queue(message("bib@example.org"))
	}
	if err := senderTo(t, o, server.addr, 100*time.Millisecond, 20*time.Second).SendDue(t.Context()); err != nil || o.unsent() != 0 {
		t.Fatalf("%v, %d unsent", err, o.unsent())
	}
	waitUntil(t, "the server's sessions to end", func() bool {
		server.mu.Lock()
		defer server.mu.Unlock()
		return server.open == 0
	})

	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = listener.Close() }()
	left := make(chan error, 1)
	go func() {
		conn, err := listener.Accept()
		if err == nil {
			_, _ = conn.Write([]byte("554 go away\r\n"))
			_ = conn.SetReadDeadline(time.Now().Add(5 * time.Second))
			_, err = io.Copy(io.Discard, conn)
			_ = conn.Close()
		}
		left <- err
	}()
	e := o.queue(message("bib@example.org"))
	if err := newSender(t, o, settings(t, "smtp", listener.Addr().String())).SendDue(t.Context()); cards.CodeOf(err) != cards.Unavailable || e.final {
		t.Errorf("%v, final %v", err, e.final)
	}
	var late net.Error
	if err := <-left; errors.As(err, &late) && late.Timeout() {
		t.Error("a connection on which the server does not greet stays open")
	}
}

// An outbox that cannot be read or written ends the round, which says so: nothing is sent that could not be noted.
func TestAnOutboxThatIsAwayEndsTheRound(t *testing.T) {
	for name, away := range map[string]func(*outbox){
		"read":    func(o *outbox) { o.onDue = func() error { return errDatabase } },
		"sent":    func(o *outbox) { o.onSent = func() error { return errDatabase } },
		"refused": func(o *outbox) { o.onFailed = func() error { return errDatabase } },
	} {
		t.Run(name, func(t *testing.T) {
			shown := 0
			server, o := &mta{rcpt: func(string) error {
				shown++
				if name == "refused" {
					return refuse(550, "no such user")
				}
				return nil
			}}, newOutbox()
			startMTA(t, server, "127.0.0.1:0", false)
			for range 3 {
				o.queue(message("bib@example.org"))
			}
			away(o)
			if err := newSender(t, o, settings(t, "smtp", server.addr)).SendDue(t.Context()); !errors.Is(err, errDatabase) {
				t.Errorf("%v", err)
			}
			if want := map[string]int{"sent": 1, "refused": 1}[name]; shown != want {
				t.Errorf("%d letters were shown to the server, want %d", shown, want)
			}
		})
	}
}

// A letter of which nobody knows when it was queued is dated when it is sent, and not given up for its age.
func TestALetterWithoutATimeIsDatedNow(t *testing.T) {
	server, o := &mta{}, newOutbox()
	startMTA(t, server, "127.0.0.1:0", false)
	o.queue(message("bib@example.org")).Queued = time.Time{}
	greylisted := &mta{rcpt: func(string) error { return refuse(450, "greylisted") }}
	startMTA(t, greylisted, "127.0.0.1:0", false)
	if err := newSender(t, o, settings(t, "smtp", server.addr)).SendDue(t.Context()); err != nil {
		t.Fatal(err)
	}
	header, _ := parse(t, server.mails()[0].raw)
	if date, err := header.Date(); err != nil || !date.Equal(o.clock()) {
		t.Errorf("dated %v, %v", date, err)
	}
	e := o.queue(message("bib@example.org"))
	e.Queued, e.Attempts = time.Time{}, 100
	if err := newSender(t, o, settings(t, "smtp", greylisted.addr)).SendDue(t.Context()); err != nil || e.final || e.Attempts != 101 {
		t.Errorf("%v; given up: %v after %d attempts", err, e.final, e.Attempts)
	}
}

// A file's name is attached as one, whatever it is.
func TestAnAttachmentHasAName(t *testing.T) {
	server, o := &mta{}, newOutbox()
	startMTA(t, server, "127.0.0.1:0", false)
	names := map[string]string{
		`lots\a.xml`: "lots_a.xml", "": "document", "\t": "document", "a/b": "a_b",
		strings.Repeat("n", 300) + ".xml":       strings.Repeat("n", 236) + ".xml",
		strings.Repeat("n", 240):                strings.Repeat("n", 240),
		"a." + strings.Repeat("x", 300):         "a." + strings.Repeat("x", 238),
		strings.Repeat("n", 300) + "." + "éééé": strings.Repeat("n", 231) + ".éééé",
		strings.Repeat("é", 200):                strings.Repeat("é", 120),
		"a" + strings.Repeat("é", 200):          "a" + strings.Repeat("é", 119),
	}
	m := message("bib@example.org")
	var want []string
	for name, shown := range names {
		m.Attachments = append(m.Attachments, cards.Attachment{Name: name, Data: []byte("x")})
		want = append(want, shown)
	}
	o.queue(m)
	if err := newSender(t, o, settings(t, "smtp", server.addr)).SendDue(t.Context()); err != nil {
		t.Fatal(err)
	}
	_, parts := parse(t, server.mails()[0].raw)
	if len(parts) != len(want)+1 {
		t.Fatalf("%d parts", len(parts))
	}
	for i, shown := range want {
		if parts[i+1].name != shown {
			t.Errorf("attached as %q, want %q", parts[i+1].name, shown)
		}
	}
	if n := bytes.Count(server.mails()[0].raw, []byte("application/octet-stream")); n != len(want) {
		t.Errorf("%d of %d attachments of no declared type", n, len(want))
	}
}

// A server that finds a letter too large says so in several ways; a mailbox that is full is none of them.
func TestWhatIsTooLargeAndWhatIsNot(t *testing.T) {
	for i, c := range []struct {
		code        int
		enhanced    smtp.EnhancedCode
		light, give bool // sent without its attachment, given up
	}{
		{552, smtp.NoEnhancedCode, true, false}, {552, smtp.EnhancedCode{5, 3, 4}, true, false}, {554, smtp.EnhancedCode{5, 3, 4}, true, false},
		{550, smtp.EnhancedCode{5, 2, 3}, true, false}, {552, smtp.EnhancedCode{5, 2, 2}, false, true}, {554, smtp.EnhancedCode{5, 6, 0}, false, true},
		{452, smtp.EnhancedCode{4, 3, 1}, false, false},
	} {
		shown := 0
		server, o := &mta{}, newOutbox()
		server.data = func(string) error {
			if shown++; shown == 1 {
				return &smtp.SMTPError{Code: c.code, EnhancedCode: c.enhanced, Message: "no"}
			}
			return nil
		}
		startMTA(t, server, "127.0.0.1:0", false)
		e := o.queue(heavy("bib@example.org"))
		if err := newSender(t, o, settings(t, "smtp", server.addr)).SendDue(t.Context()); err != nil {
			t.Error(err)
		}
		if e.sent != c.light || e.Lightened.IsZero() == c.light || e.final != c.give {
			t.Errorf("%d, %d %v: sent %v, lightened %q, final %v", i, c.code, c.enhanced, e.sent, e.Lightened, e.final)
		}
	}
}

// What staff read of a refusal is the server's own words, in one line and of some length, and at which step it was.
func TestWhatStaffReadOfARefusal(t *testing.T) {
	long := strings.Repeat("é", 400)
	for name, c := range map[string]struct {
		at, says, want string
		final          bool
	}{
		"recipient":         {"RCPT", "550 no such user", "le serveur de courriel a répondu 550 à l’adresse du destinataire : 550 \"no such user\"", true},
		"sender":            {"MAIL", "550 no such user", "le serveur de courriel a répondu 550 à l’adresse d’expédition : 550 \"no such user\"", false},
		"content announced": {"DATA", "550 no such thing", "le serveur de courriel a répondu 550 au contenu du message : 550 \"no such thing\"", true},
		"later":             {"RCPT", "450 greylisted", "le serveur de courriel a répondu 450 à l’adresse du destinataire : 450 \"greylisted\"", false},
		"lines":             {"RCPT", "550-no\r\n550 such user", "le serveur de courriel a répondu 550 à l’adresse du destinataire : 550 \"no such user\"", true},
		"at length":         {"RCPT", "550 " + long, "le serveur de courriel a répondu 550 à l’adresse du destinataire : 550 \"" + strings.Repeat("é", 295) + "…", true},
	} {
		o := newOutbox()
		e := o.queue(message("bib@example.org"))
		address := script(t, map[string]func(net.Conn){c.at: func(conn net.Conn) { _, _ = fmt.Fprintf(conn, "%s\r\n", c.says) }})
		_ = newSender(t, o, settings(t, "smtp", address)).SendDue(t.Context())
		if got := e.LastErr.String(); !strings.HasPrefix(got, c.want) || e.final != c.final {
			t.Errorf("%s: final %v, %q; want %q", name, e.final, got, c.want)
		}
	}
}
