package ftpdrop_test

import (
	"bufio"
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
	noTimes  bool // no MDTM
	noDates  bool // nor any times in lists
	blind    bool // lists are empty, as vsftpd's of a folder that cannot be read
	oldList  bool // no MLSD, and LIST lines of which some do not parse
	cut      int  // bytes after which every download ends
	most     int  // sessions at a time; 0 for any number
	dies     string
	unsaid   func()         // what happens between deleting or renaming a file and saying so, over which the session ends; once
	asked    map[string]int // how often, by command
	sessions map[net.Conn]bool
	wg       sync.WaitGroup
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

func (s *scripted) refuse(command, reply string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.command, s.reply = command, reply
}

// cutAt ends every download after so many bytes; 0 for none.
func (s *scripted) cutAt(n int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.cut = n
}

// letIn lets so many sessions in at a time.
func (s *scripted) letIn(most int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.most = most
}

// count tells how often a command was given.
func (s *scripted) count(command string) int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.asked[command]
}

// dieOver ends the session over every command that begins so.
func (s *scripted) dieOver(command string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.dies = command
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
		refused, reply, old, timeless, cut := s.command != "" && lines.Text() == s.command, s.reply, s.oldList, s.noTimes, s.cut
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
		case verb == "FEAT" && old:
			say("211-\r\n MDTM\r\n SIZE\r\n211 end")
		case verb == "FEAT" && timeless:
			say("211-\r\n MLST type*;size*;modify*;\r\n211 end")
		case verb == "MDTM" && timeless:
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
			s.send(say, data, s.listing(verb, p), 0)
		case verb == "RETR":
			content, err := os.ReadFile(p)
			if err != nil {
				say("550 none")
				continue
			}
			s.send(say, data, content, cut)
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

func (s *scripted) listing(verb, folder string) []byte {
	entries, _ := os.ReadDir(folder)
	if s.blind {
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
			if !s.noDates {
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

func (s *scripted) send(say func(string, ...any), data net.Listener, content []byte, cut int) {
	say("150 here it comes")
	conn, err := data.Accept()
	if err != nil {
		say("425 no connection")
		return
	}
	if cut > 0 && len(content) > cut {
		content = content[:cut]
	}
	_, _ = conn.Write(content)
	_ = conn.Close()
	say("226 done")
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
