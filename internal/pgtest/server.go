package pgtest

import (
	"bufio"
	"crypto/rand"
	_ "embed"
	"errors"
	"fmt"
	"net"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
)

//go:embed server.sh
var script string

// nobody is who the server runs as where the tests run as root: PostgreSQL refuses root.
const nobody = 65534

// Server is a PostgreSQL server in a temporary folder, on a free port of the loopback interface.
type Server struct {
	folder string
	url    string
	cmd    *exec.Cmd
	life   *os.File // the server lives until this is closed, by Stop or by the end of this process
}

// forTests are the settings of a server whose data nobody will miss.
var forTests = []string{"fsync=off", "full_page_writes=off"}

// Start starts a server for tests from the binaries of this machine, or returns ErrNoPostgres.
func Start() (*Server, error) { return StartWith(forTests...) }

// StartWith starts one with settings, each NAME=VALUE without spaces, on top of the server's own defaults: what is
// measured is measured on a server that keeps what it was given.
func StartWith(settings ...string) (*Server, error) {
	bin, err := binaries()
	if err != nil {
		return nil, err
	}
	// Between choosing a free port and using it another process may take it: that one start fails, the next will not.
	var errs []error
	for range 3 {
		server, err := start(bin, settings)
		if err == nil {
			return server, nil
		}
		errs = append(errs, err)
	}
	return nil, errors.Join(errs...)
}

// URL is the postgres:// URL of the server's own database, as its superuser.
func (s *Server) URL() string { return s.url }

// Stop ends the server, and returns once its folder is gone.
func (s *Server) Stop() error {
	if err := s.life.Close(); err != nil {
		return fmt.Errorf("end the PostgreSQL server in %s: %w", s.folder, err)
	}
	if err := s.cmd.Wait(); err != nil {
		return fmt.Errorf("end the PostgreSQL server in %s: %w", s.folder, err)
	}
	return nil
}

func start(bin string, settings []string) (*Server, error) {
	port, err := freePort()
	if err != nil {
		return nil, err
	}
	password := rand.Text()
	folder, err := makeFolder(password)
	if err != nil {
		return nil, err
	}
	server := &Server{folder: folder, url: (&url.URL{
		Scheme: "postgres", User: url.UserPassword("postgres", password),
		Host: net.JoinHostPort("127.0.0.1", strconv.Itoa(port)), Path: "/postgres", RawQuery: "sslmode=disable",
	}).String()}
	if err := server.launch(bin, port, settings); err != nil {
		return nil, errors.Join(err, os.RemoveAll(folder))
	}
	return server, nil
}

// launch runs the script and waits for its word. Files, not writers, are its input and output: os/exec then needs no
// goroutine, which a test looking for leaks would find.
func (s *Server) launch(bin string, port int, settings []string) error {
	stdin, life, err := os.Pipe()
	if err != nil {
		return err
	}
	defer stdin.Close()
	word, stdout, err := os.Pipe()
	if err != nil {
		return errors.Join(err, life.Close())
	}
	defer word.Close()

	// Not bound to a context: it outlives the test that happened to need it first.
	args := append([]string{"-c", script, "pgtest", bin, s.folder, strconv.Itoa(port)}, settings...)
	cmd := exec.Command("/bin/sh", args...) //nolint:gosec,noctx // the program is ours
	cmd.Stdin, cmd.Stdout = stdin, stdout
	cmd.SysProcAttr = unprivileged()
	err = cmd.Start()
	if closed := stdout.Close(); err != nil || closed != nil {
		return errors.Join(err, closed, life.Close())
	}
	s.cmd, s.life = cmd, life
	if line, _ := bufio.NewReader(word).ReadString('\n'); strings.TrimSpace(line) != "ready" {
		said := s.logs()
		return errors.Join(fmt.Errorf("PostgreSQL of %s does not start:\n%s", bin, said), s.Stop())
	}
	return nil
}

// logs returns what initdb, pg_ctl and the server said.
func (s *Server) logs() string {
	var text strings.Builder
	for _, name := range []string{"start.log", "server.log"} {
		data, err := os.ReadFile(filepath.Join(s.folder, name))
		if err == nil {
			text.Write(data)
		}
	}
	return text.String()
}

// unprivileged puts the server in a process group of its own, so that Ctrl-C reaches the tests first, and under an
// account that is not root.
func unprivileged() *syscall.SysProcAttr {
	attr := &syscall.SysProcAttr{Setpgid: true}
	if os.Getuid() == 0 {
		attr.Credential = &syscall.Credential{Uid: nobody, Gid: nobody}
	}
	return attr
}

func makeFolder(password string) (string, error) {
	folder, err := os.MkdirTemp("", "hub-pg-")
	if err != nil {
		return "", err
	}
	path := filepath.Join(folder, "password")
	err = os.WriteFile(path, []byte(password+"\n"), 0o600)
	if err == nil && os.Getuid() == 0 {
		err = errors.Join(os.Chown(folder, nobody, nobody), os.Chown(path, nobody, nobody))
	}
	if err != nil {
		return "", errors.Join(err, os.RemoveAll(folder))
	}
	return folder, nil
}

func freePort() (int, error) {
	listener, err := net.ListenTCP("tcp4", &net.TCPAddr{IP: net.IPv4(127, 0, 0, 1)})
	if err != nil {
		return 0, fmt.Errorf("find a free port: %w", err)
	}
	addr := listener.Addr().(*net.TCPAddr)
	return addr.Port, listener.Close()
}
