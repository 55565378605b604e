package ftpdrop

import (
	"bytes"
	"errors"
	"net"
	"testing"
	"time"
)

// pipe is a connection with bounds, and the server's end of it.
func pipe(t *testing.T, left, reply int64) (*patientConn, net.Conn) {
	t.Helper()
	ours, theirs := net.Pipe()
	conn := &patientConn{Conn: ours, timeout: 5 * time.Second, left: left, reply: reply, stop: func() bool { return true }}
	t.Cleanup(func() {
		_ = conn.Close()
		_ = theirs.Close()
	})
	return conn, theirs
}

// read takes pieces of a length until the connection gives no more.
func read(conn *patientConn, length int) (n int, err error) {
	for piece := make([]byte, length); err == nil && n < 1000; {
		var got int
		got, err = conn.Read(piece)
		n += got
	}
	return n, err
}

// Whatever pieces an answer is read in, no byte beyond its bound is; a further command has a further answer.
func TestAnAnswerHasItsBound(t *testing.T) {
	const most = 10
	for _, piece := range []int{1, 3, 5, most, most + 1, 100} {
		conn, server := pipe(t, most, most)
		go func() {
			for {
				if _, err := server.Write(bytes.Repeat([]byte("2"), 64)); err != nil {
					return
				}
			}
		}()
		if n, err := read(conn, piece); n != most || !errors.Is(err, errTooMuch) {
			t.Errorf("in pieces of %d: %d bytes, %v", piece, n, err)
		}
	}

	conn, server := pipe(t, most, most)
	for range 3 {
		go func() { _, _ = server.Write(bytes.Repeat([]byte("2"), most)) }()
		if n, err := conn.Read(make([]byte, most)); n != most || err != nil {
			t.Fatalf("%d bytes, %v", n, err)
		}
		go func() { _, _ = server.Read(make([]byte, most)) }()
		if _, err := conn.Write([]byte("NOOP\r\n")); err != nil {
			t.Fatal(err)
		}
	}
}

// A list has a bound of its own, a document none.
func TestWhatIsReadOfAListIsBounded(t *testing.T) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = listener.Close() }()
	d := &dialer{ctx: t.Context(), timeout: time.Second, limit: -1}
	for _, want := range []int64{maxReply, maxListing, -1} { // the first is the conversation
		d.limit = want
		conn, err := d.dial("tcp", listener.Addr().String())
		if err != nil {
			t.Fatal(err)
		}
		if got := conn.(*patientConn).left; got != want {
			t.Errorf("%d bytes may be read, want %d", got, want)
		}
		_ = conn.Close()
	}
}
