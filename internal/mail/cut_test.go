package mail_test

import (
	"bytes"
	"io"
	"net"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/carte-reseau/hub/internal/cards"
)

// cutter takes letters up to a length. Over a longer one it does what it is told, and says nothing.
type cutter struct {
	address string
	over    func(net.Conn)

	mu    sync.Mutex
	most  int
	whole int // letters that were too long
	taken []byte
}

// hasRoom counts a letter that is too long.
func (c *cutter) hasRoom(length int) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	if length > c.most {
		c.whole++
	}
	return length <= c.most
}

func (c *cutter) take(letter []byte) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.taken = letter
}

func startCutter(t *testing.T, c *cutter) {
	t.Helper()
	c.address = script(t, map[string]func(net.Conn){"DATA": func(conn net.Conn) {
		_, _ = conn.Write([]byte("354 go on\r\n"))
		var came []byte
		for piece := make([]byte, 4096); !bytes.HasSuffix(came, []byte("\r\n.\r\n")); {
			n, err := conn.Read(piece)
			if err != nil {
				return
			}
			if came = append(came, piece[:n]...); !c.hasRoom(len(came)) {
				c.over(conn)
				return
			}
		}
		c.take(came)
		_, _ = conn.Write([]byte("250 ok\r\n"))
	}})
}

func heavy(to string) cards.Message {
	m := message(to)
	m.Attachments = []cards.Attachment{{Name: "gros.xml", ContentType: "application/xml", Data: bytes.Repeat([]byte("<carte/>"), 20_000)}}
	return m
}

// A server in front of which something ends every long letter would be shown the same one for days, which then did not arrive at all: its
// library hears, without its file, that the file was refused, and staff see why.
func TestALetterOverWhichTheServerCutsTheLineComesWithoutItsAttachments(t *testing.T) {
	const timeout = 700 * time.Millisecond
	for name, over := range map[string]func(net.Conn){
		"it hangs up":             func(net.Conn) {},
		"it hangs up, not gently": func(conn net.Conn) { _ = conn.(*net.TCPConn).SetLinger(0) },
		"it falls silent":         func(conn net.Conn) { _, _ = io.Copy(io.Discard, conn) },
	} {
		t.Run(name, func(t *testing.T) {
			server, o := &cutter{over: over, most: 50_000}, newOutbox()
			startCutter(t, server)
			e := o.queue(heavy("bib@example.org"))
			sender := senderTo(t, o, server.address, timeout, timeout)
			begun := o.clock()
			for !e.sent && !e.final {
				_ = sender.SendDue(t.Context())
				o.advance(e.DueAt.Sub(o.clock()))
			}
			server.mu.Lock()
			defer server.mu.Unlock()
			if took := o.clock().Sub(begun); !e.sent || took > 2*time.Hour || server.whole < 3 || server.whole > 10 {
				t.Fatalf("sent %v after %s, shown %d times: %s", e.sent, took, server.whole, e.LastErr)
			}
			text := string(bytes.ReplaceAll(server.taken, []byte("=\r\n"), nil))
			contains(t, text, "sans elles")
			contains(t, text, "Bonjour")
			if strings.Contains(text, "gros.xml") || e.Lightened.IsZero() {
				t.Errorf("staff are told %q; it came as %s", e.Lightened, text)
			}
		})
	}
}

// A server that takes nothing for hours has nothing against attachments: the letter is tried with them too, to its end.
func TestAServerThatTakesNoLetterIsShownItWithItsAttachmentsToo(t *testing.T) {
	server, o := &cutter{over: func(net.Conn) {}}, newOutbox()
	startCutter(t, server)
	e := o.queue(heavy("bib@example.org"))
	plain := o.queue(message("peyrins@example.org"))
	sender := senderTo(t, o, server.address, time.Second, time.Second)
	for e.Attempts < 12 {
		_ = sender.SendDue(t.Context())
		o.advance(time.Hour)
	}
	server.mu.Lock()
	server.most = 1 << 30
	server.mu.Unlock()
	for tries := 0; (!e.sent || !plain.sent) && tries < 2; tries++ {
		_ = sender.SendDue(t.Context())
		o.advance(time.Hour)
	}
	if !e.sent || !plain.sent || e.final {
		t.Errorf("sent %v and %v: %s", e.sent, plain.sent, e.LastErr)
	}
}

// A server that asks to come back later has nothing against attachments either, however often it does.
func TestALetterThatIsAskedToComeBackKeepsItsAttachments(t *testing.T) {
	shown := 0
	server, o := &mta{rcpt: func(string) error {
		if shown++; shown <= 10 {
			return refuse(450, "greylisted")
		}
		return nil
	}}, newOutbox()
	startMTA(t, server, "127.0.0.1:0", false)
	e := o.queue(heavy("bib@example.org"))
	sender := newSender(t, o, settings(t, "smtp", server.addr))
	for !e.sent && shown <= 20 {
		if err := sender.SendDue(t.Context()); err != nil {
			t.Fatal(err)
		}
		o.advance(time.Hour)
	}
	if !e.sent || shown != 11 || !e.Lightened.IsZero() || !bytes.Contains(server.mails()[0].raw, []byte("gros.xml")) {
		t.Errorf("sent %v after %d attempts; staff are told %q", e.sent, shown, e.Lightened)
	}
}
