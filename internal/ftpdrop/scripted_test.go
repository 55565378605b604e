package ftpdrop_test

import (
	"bufio"
	"bytes"
	"cmp"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/carte-reseau/hub/internal/ftpdrop"
)

// scripted is a small FTP server over a folder whose misbehaviour a test
// chooses: what real servers do on bad days cannot be asked of them.
type scripted struct {
	t        *testing.T
	root     string
	listener net.Listener

	mu       sync.Mutex
	command  string // to refuse
	reply    string
	habits   habits
	cut      int    // bytes after which every download ends
	surplus  int    // bytes that every download has beyond the file
	ending   string // what is said behind a download's bytes; hangsUp: nothing any more
	sent     func() // what happens when the bytes of a download are sent, before that is said; once
	most     int    // sessions at a time; 0 for any number
	dies     string
	unsaid   func()         // what happens between deleting or renaming a file and saying so, over which the session ends; once
	given    int            // bytes sent over data connections
	asked    map[string]int // how often, by command
	sessions map[net.Conn]bool
	wg       sync.WaitGroup
}

// habits are what servers differ in.
type habits struct {
	noTimes bool // no MDTM
	noSize  bool // no SIZE
	noDates bool // nor any times in lists
	blind   bool // lists are empty, as vsftpd's of a folder that cannot be read
	oldList bool // no MLSD, and LIST lines of which some do not parse
}

func newScripted(t *testing.T, root string) *scripted {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	s := &scripted{t: t, root: root, listener: listener, asked: map[string]int{}, sessions: map[net.Conn]bool{}}
	s.wg.Go(s.accept)
	t.Cleanup(func() {
		_ = listener.Close()
		s.hangUp()
		s.wg.Wait()
	})
	return s
}

func (s *scripted) target() ftpdrop.Target {
	return ftpdrop.Target{Host: s.listener.Addr().String(), User: "hub", Password: "secret", Whole: true}
}

// set changes what the server does, also while it is asked.
func (s *scripted) set(change func(s *scripted)) {
	s.mu.Lock()
	defer s.mu.Unlock()
	change(s)
}

func (s *scripted) behave(h habits) { s.set(func(s *scripted) { s.habits = h }) }

func (s *scripted) refuse(command, reply string) {
	s.set(func(s *scripted) { s.command, s.reply = command, reply })
}

// cutAt ends every download after so many bytes; 0 for none.
func (s *scripted) cutAt(n int) {
	s.set(func(s *scripted) { s.cut = n })
}

// letIn lets so many sessions in at a time.
func (s *scripted) letIn(most int) {
	s.set(func(s *scripted) { s.most = most })
}

// count tells how often a command was given.
func (s *scripted) count(command string) int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.asked[command]
}

// dieOver ends the session over every command that begins so.
func (s *scripted) dieOver(command string) {
	s.set(func(s *scripted) { s.dies = command })
}

// doneUnsaid reports whether the session ends over what was done.
func (s *scripted) doneUnsaid() bool {
	s.mu.Lock()
	happens := s.unsaid
	s.unsaid = nil
	s.mu.Unlock()
	if happens != nil {
		happens()
	}
	return happens != nil
}

func (s *scripted) hangUp() {
	s.mu.Lock()
	defer s.mu.Unlock()
	for conn := range s.sessions {
		_ = conn.Close()
	}
}

func (s *scripted) accept() {
	for {
		conn, err := s.listener.Accept()
		if err != nil {
			return
		}
		s.mu.Lock()
		full := s.most > 0 && len(s.sessions) >= s.most
		if !full {
			s.sessions[conn] = true
		}
		s.mu.Unlock()
		if full {
			_, _ = fmt.Fprint(conn, "421 too many connections\r\n")
			_ = conn.Close()
			continue
		}
		s.wg.Go(func() {
			s.serve(conn)
			_ = conn.Close()
			s.mu.Lock()
			defer s.mu.Unlock()
			delete(s.sessions, conn)
		})
	}
}

func (s *scripted) serve(conn net.Conn) {
	var data net.Listener
	var renamed string
	defer func() {
		if data != nil {
			_ = data.Close()
		}
	}()
	say := func(format string, args ...any) { _, _ = fmt.Fprintf(conn, format+"\r\n", args...) }
	say("220 test")
	lines := bufio.NewScanner(conn)
	for lines.Scan() {
		verb, arg, _ := strings.Cut(lines.Text(), " ")
		s.mu.Lock()
		s.asked[lines.Text()]++
		dies := s.dies != "" && strings.HasPrefix(lines.Text(), s.dies)
		refused, reply, h := s.command != "" && lines.Text() == s.command, s.reply, s.habits
		s.mu.Unlock()
		p := filepath.Join(s.root, arg)
		switch {
		case dies:
			return
		case refused:
			say("%s", reply)
		case verb == "USER":
			say("331 key")
		case verb == "PASS":
			say("230 in")
		case verb == "FEAT" && h.oldList:
			say("211-\r\n MDTM\r\n SIZE\r\n211 end")
		case verb == "FEAT" && h.noTimes:
			say("211-\r\n MLST type*;size*;modify*;\r\n211 end")
		case verb == "MDTM" && h.noTimes, verb == "SIZE" && h.noSize:
			say("502 what")
		case verb == "FEAT":
			say("211-\r\n MLST type*;size*;modify*;\r\n MDTM\r\n211 end")
		case verb == "TYPE":
			say("200 ok")
		case verb == "EPSV":
			listener, err := net.Listen("tcp", "127.0.0.1:0")
			if err != nil {
				say("421 no port")
				return
			}
			if data != nil {
				_ = data.Close()
			}
			data = listener
			say("229 (|||%d|)", listener.Addr().(*net.TCPAddr).Port)
		case verb == "MLSD", verb == "LIST", verb == "NLST":
			s.send(say, data, h.listing(verb, p))
			say("226 done")
		case verb == "RETR":
			content, err := os.ReadFile(p)
			if err != nil {
				say("550 none")
				continue
			}
			if !s.give(say, data, content) {
				return
			}
		case verb == "SIZE", verb == "MDTM":
			info, err := os.Stat(p)
			switch {
			case err != nil || info.IsDir():
				say("550 none")
			case verb == "SIZE":
				say("213 %d", info.Size())
			default:
				say("213 %s", info.ModTime().UTC().Format("20060102150405"))
			}
		case verb == "DELE":
			if os.Remove(p) != nil {
				say("550 none")
				continue
			}
			if s.doneUnsaid() {
				return
			}
			say("250 gone")
		case verb == "RNFR":
			renamed = p
			say("350 to what")
		case verb == "RNTO":
			if os.Rename(renamed, p) != nil {
				say("550 none")
				continue
			}
			if s.doneUnsaid() {
				return
			}
			say("250 renamed")
		case verb == "QUIT":
			say("221 bye")
			return
		default:
			say("502 what")
		}
	}
}

func (h habits) listing(verb, folder string) []byte {
	entries, _ := os.ReadDir(folder)
	if h.blind {
		entries = nil
	}
	var b strings.Builder
	for _, e := range entries {
		info, err := e.Info()
		if err != nil {
			continue
		}
		switch {
		case verb == "NLST":
			fmt.Fprintf(&b, "%s\r\n", e.Name())
		case verb == "MLSD":
			kind := "file"
			if e.IsDir() {
				kind = "dir"
			}
			if !h.noDates {
				kind += ";modify=" + info.ModTime().UTC().Format("20060102150405")
			}
			fmt.Fprintf(&b, "type=%s;size=%d; %s\r\n", kind, info.Size(), e.Name())
		case e.Name() == "illisible.xml":
			fmt.Fprintf(&b, "une ligne que personne ne comprend\r\n")
		default:
			fmt.Fprintf(&b, "-rw-r--r--    1 1000     1000     %8d %s %s\r\n", info.Size(), info.ModTime().Format("Jan _2 15:04"), e.Name())
		}
	}
	return []byte(b.String())
}

// hangsUp has the server end the session where it would say something.
const hangsUp = "-"

// give sends a file, as well as the test lets it; false where the session ends.
func (s *scripted) give(say func(string, ...any), data net.Listener, content []byte) bool {
	s.mu.Lock()
	cut, surplus, ending, sent := s.cut, s.surplus, cmp.Or(s.ending, "226 done"), s.sent
	s.sent = nil
	s.mu.Unlock()
	if cut > 0 && len(content) > cut {
		content = content[:cut]
	}
	s.send(say, data, append(content, bytes.Repeat([]byte(" "), surplus)...))
	if sent != nil {
		sent()
	}
	if ending == hangsUp {
		return false
	}
	say("%s", ending)
	return true
}

func (s *scripted) send(say func(string, ...any), data net.Listener, content []byte) {
	say("150 here it comes")
	conn, err := data.Accept()
	if err != nil {
		say("425 no connection")
		return
	}
	n, _ := conn.Write(content)
	_ = conn.Close()
	s.mu.Lock()
	defer s.mu.Unlock()
	s.given += n
}

// newSilent accepts connections and says nothing.
func newSilent(t *testing.T) string {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = listener.Close() })
	return listener.Addr().String()
}
