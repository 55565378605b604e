package sigb

import (
	"bytes"
	"compress/gzip"
	"errors"
	"fmt"
	"net/http"
	"strconv"
	"time"

	"golang.org/x/text/encoding"
	"golang.org/x/text/encoding/charmap"
)

const xmlType = "text/xml; charset=utf-8"

// An answer is a response that is ready to leave.
type answer struct {
	status      int
	contentType string
	encoding    string
	body        []byte
}

// deliver sends the answer the way the fault wants it, and says whether it left whole.
func (f Fault) deliver(s *Server, w http.ResponseWriter, r *http.Request, a answer) error {
	if f.send != nil {
		return f.send(s, w, r, a)
	}
	return a.write(w)
}

func (a answer) head(w http.ResponseWriter) {
	w.Header().Set("Content-Type", a.contentType)
	if a.encoding != "" {
		w.Header().Set("Content-Encoding", a.encoding)
	}
	w.Header().Set("Content-Length", strconv.Itoa(len(a.body)))
	w.WriteHeader(a.status)
}

func (a answer) write(w http.ResponseWriter) error {
	a.head(w)
	_, err := w.Write(a.body)
	if err != nil {
		return fmt.Errorf("sigb: answering: %w", err)
	}
	return nil
}

// CutOff does its work, then drops the connection in the middle of the answer.
func CutOff() Fault {
	return Fault{name: "cut-off", send: func(_ *Server, w http.ResponseWriter, _ *http.Request, a answer) error {
		a.head(w)
		_, _ = w.Write(a.body[:len(a.body)/2])
		_ = http.NewResponseController(w).Flush()
		panic(http.ErrAbortHandler)
	}}
}

// LostReply does its work, then drops the connection without a word.
func LostReply() Fault {
	return Fault{name: "lost-reply", send: func(*Server, http.ResponseWriter, *http.Request, answer) error {
		panic(http.ErrAbortHandler)
	}}
}

// AcceptedNeverAnswered does its work, then never answers.
func AcceptedNeverAnswered() Fault {
	return Fault{name: "never-answered", send: func(s *Server, _ http.ResponseWriter, r *http.Request, _ answer) error {
		s.hang(r)
		return nil
	}}
}

// Slow sends the answer in pieces with a pause before each.
func Slow(piece int, pause time.Duration) Fault {
	return Fault{name: "slow", send: func(s *Server, w http.ResponseWriter, r *http.Request, a answer) error {
		a.head(w)
		out := http.NewResponseController(w)
		for rest := a.body; len(rest) > 0; {
			n := min(max(piece, 1), len(rest))
			if !s.sleep(r, pause) {
				return errors.New("sigb: the caller did not wait for a slow answer")
			}
			if _, err := w.Write(rest[:n]); err != nil {
				return fmt.Errorf("sigb: answering slowly: %w", err)
			}
			_ = out.Flush()
			rest = rest[n:]
		}
		return nil
	}}
}

func (s *Server) sleep(r *http.Request, d time.Duration) bool {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return true
	case <-r.Context().Done():
	case <-s.done:
	}
	return false
}

// Gzip sends the answer compressed.
func Gzip() Fault {
	return altering("gzip", func(a answer) answer {
		var b bytes.Buffer
		z := gzip.NewWriter(&b)
		_, _ = z.Write(a.body) // a bytes.Buffer takes everything
		_ = z.Close()
		a.body, a.encoding = b.Bytes(), "gzip"
		return a
	})
}

// Latin1 sends the answer in ISO-8859-1 and says so.
func Latin1() Fault {
	return altering("latin1", func(a answer) answer {
		a.body = latin1(bytes.Replace(a.body, []byte("UTF-8"), []byte("ISO-8859-1"), 1))
		a.contentType = "text/xml; charset=ISO-8859-1"
		return a
	})
}

// WrongEncoding sends the answer in ISO-8859-1 and declares UTF-8.
func WrongEncoding() Fault {
	return altering("wrong-encoding", func(a answer) answer {
		a.body = latin1(a.body)
		return a
	})
}

// latin1 writes what the character set lacks as a character reference, which every XML reader understands.
func latin1(b []byte) []byte {
	out, err := encoding.HTMLEscapeUnsupported(charmap.ISO8859_1.NewEncoder()).Bytes(b)
	if err != nil {
		return b
	}
	return out
}

// ControlCharacter puts a character that XML does not allow into the first name of the answer, as a badly typed record
// of an old database does; without a name, at the end.
func ControlCharacter() Fault {
	return altering("control-character", func(a answer) answer {
		at := bytes.Index(a.body, []byte("</nom>"))
		if at < 0 {
			at = bytes.LastIndex(a.body, []byte("</"))
		}
		a.body = append(a.body[:at:at], append([]byte{0x0B}, a.body[at:]...)...)
		return a
	})
}

// Truncated sends an answer whose end is missing, but whose length is right: the system failed while writing it.
func Truncated() Fault {
	return altering("truncated", func(a answer) answer {
		a.body = a.body[:len(a.body)*2/3]
		return a
	})
}

func altering(name string, alter func(answer) answer) Fault {
	return Fault{name: name, send: func(_ *Server, w http.ResponseWriter, _ *http.Request, a answer) error {
		return alter(a).write(w)
	}}
}
