package main

import (
	"errors"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"net"
	"net/http"
	"os"
	"os/exec"
	"strconv"
	"syscall"
	"testing"
	"time"
)

// child is the real program as a process of its own, which can be killed and
// started again at the same addresses.
type child struct {
	site *site
	url  string
	ftp  string
	cmd  *exec.Cmd
	log  *os.File
	gone chan error
}

func newChild(t *testing.T, s *site) *child {
	t.Helper()
	c := &child{site: s}
	s.Listen = "127.0.0.1:" + strconv.Itoa(quietPort(t))
	s.LogLevel = slog.LevelInfo
	c.url = "http://" + s.Listen
	c.log = logFile(t)
	t.Cleanup(func() { c.kill(t) })
	return c
}

// withFTP gives the child its own FTP server.
func (c *child) withFTP(t *testing.T) {
	t.Helper()
	c.ftp = "127.0.0.1:" + strconv.Itoa(quietPort(t))
	c.site.FTP = "embedded://" + c.ftp
}

func logFile(t *testing.T) *os.File {
	t.Helper()
	file, err := os.CreateTemp(t.TempDir(), "hub-*.log")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		text, err := os.ReadFile(file.Name())
		if t.Failed() && err == nil {
			const shown = 12000
			t.Logf("the child's log ends:\n%s", text[max(0, len(text)-shown):])
		}
		_ = file.Close()
	})
	return file
}

// quietPort is a free port that the system hands to nobody by itself, so that
// it is still free when a killed hub comes back.
func quietPort(t *testing.T) int {
	t.Helper()
	return quietPorts(t, 1)
}

// quietPorts finds the first of several such ports in a row.
func quietPorts(t *testing.T, count int) (first int) {
	t.Helper()
	const lowest, highest, attempts = 12000, 32000, 100
	for range attempts {
		first = lowest + rand.IntN(highest-lowest-count)
		free := 0
		for free < count && portIsFree(t, first+free) {
			free++
		}
		if free == count {
			return first
		}
	}
	t.Fatal("no free port")
	return 0
}

func portIsFree(t *testing.T, port int) bool {
	t.Helper()
	var listen net.ListenConfig
	listener, err := listen.Listen(t.Context(), "tcp", "127.0.0.1:"+strconv.Itoa(port))
	if err != nil {
		return false
	}
	_ = listener.Close()
	return true
}

// start starts the program and returns at once.
func (c *child) start(t *testing.T) {
	t.Helper()
	path, err := binary()
	if err != nil {
		t.Fatalf("build the program: %v", err)
	}
	cmd := exec.Command(path, "serve") //nolint:noctx // ended by kill
	cmd.Env = c.environment()
	cmd.Stdout, cmd.Stderr = c.log, c.log
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	c.cmd, c.gone = cmd, make(chan error, 1)
	go func(gone chan<- error) { gone <- cmd.Wait() }(c.gone)
}

func (c *child) environment() []string {
	s := c.site
	return append(os.Environ(),
		"HUB_DATA="+s.Data, "HUB_DATABASE="+s.Database, "HUB_LISTEN="+s.Listen, "HUB_FTP="+s.FTP, "HUB_FTP_SCHEDULE="+s.FTPSchedule,
		"HUB_SMTP="+s.SMTP, "HUB_OAI_PAGE="+strconv.Itoa(s.OAIPage), "HUB_LOG_LEVEL="+s.LogLevel.String())
}

// run runs another command of the program to its end, which must be a good one.
func (c *child) run(t *testing.T, args ...string) {
	t.Helper()
	path, err := binary()
	if err != nil {
		t.Fatalf("build the program: %v", err)
	}
	cmd := exec.CommandContext(t.Context(), path, args...)
	cmd.Env = c.environment()
	if said, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("hub %v: %v\n%s", args, err, said)
	}
}

// ready waits until the hub answers.
func (c *child) ready(t *testing.T) {
	t.Helper()
	const patience = time.Minute
	eventually(t, patience, "the hub answers", func() bool {
		request, err := http.NewRequestWithContext(t.Context(), http.MethodGet, c.url+"/readyz", nil)
		if err != nil {
			t.Fatal(err)
		}
		response, err := http.DefaultTransport.RoundTrip(request)
		if err != nil {
			return false
		}
		_ = response.Body.Close()
		return response.StatusCode == http.StatusOK
	})
	http.DefaultTransport.(*http.Transport).CloseIdleConnections()
}

// kill is kill -9. A child that has ended by itself is a failure.
func (c *child) kill(t *testing.T) {
	t.Helper()
	if c.cmd == nil {
		return
	}
	if err := c.cmd.Process.Kill(); err != nil {
		t.Errorf("the hub was dead before it was killed: %v", err)
	}
	err := <-c.gone
	c.cmd = nil
	var exit *exec.ExitError
	if !errors.As(err, &exit) || exit.Sys().(syscall.WaitStatus).Signal() != syscall.SIGKILL {
		t.Errorf("the hub ended by itself: %v", err)
	}
}

// terminate sends SIGTERM.
func (c *child) terminate(t *testing.T) {
	t.Helper()
	if err := c.cmd.Process.Signal(syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
}

// wantEnd waits for the program to end with that exit status.
func (c *child) wantEnd(t *testing.T, patience time.Duration, status int) {
	t.Helper()
	select {
	case err := <-c.gone:
		c.cmd = nil
		if got := exitStatus(err); got != status {
			t.Errorf("exit status %d, want %d: %v", got, status, err)
		}
	case <-time.After(patience):
		t.Fatalf("the hub did not end within %s", patience)
	}
}

func exitStatus(err error) int {
	var exit *exec.ExitError
	switch {
	case err == nil:
		return 0
	case errors.As(err, &exit):
		return exit.ExitCode()
	}
	panic(fmt.Sprintf("no exit status: %v", err))
}
