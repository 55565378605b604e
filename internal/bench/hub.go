package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"time"
)

// program is the hub as it is shipped, built once.
type program struct {
	path     string
	scratch  string // its data folders and logs
	secret   string // one for all: it signs and seals what hubs of one database share
	profiles string // where each process leaves its profiles; empty: none are made
	started  int
}

// buildProgram builds cmd/hub; only a profiled one can write profiles.
func buildProgram(ctx context.Context, scratch, profiles string) (*program, error) {
	p := &program{path: filepath.Join(scratch, "hub"), scratch: scratch, secret: filepath.Join(scratch, "secret"), profiles: profiles}
	args := []string{"build", "-trimpath", "-o", p.path}
	if profiles != "" {
		args = append(args, "-tags", "profile")
	}
	build := exec.CommandContext(ctx, "go", append(args, "./cmd/hub")...) //nolint:gosec // the program is ours
	build.Env = append(os.Environ(), "CGO_ENABLED=0")
	if said, err := build.CombinedOutput(); err != nil {
		return nil, fmt.Errorf("build cmd/hub (bench is run in the project's folder): %w\n%s", err, said)
	}
	return p, nil
}

// revision is that of the project the program is built from; "-dirty" where it was changed since.
func revision(ctx context.Context) string {
	said, err := exec.CommandContext(ctx, "git", "describe", "--always", "--dirty", "--abbrev=12").Output()
	if err != nil {
		return "unknown" // no clone, or no git
	}
	return strings.TrimSpace(string(said))
}

// environment is what a hub on a database is told; HUB_* variables of whoever runs this do not reach it.
func (p *program) environment(database string, settings []string) []string {
	var env []string
	for _, variable := range os.Environ() {
		if !strings.HasPrefix(variable, "HUB_") {
			env = append(env, variable)
		}
	}
	env = append(env, "HUB_DATA="+filepath.Join(p.scratch, "data"), "HUB_DATABASE="+database, "HUB_SECRET_FILE="+p.secret, "HUB_MAX_DOCUMENT=8GiB")
	return append(env, settings...)
}

// run runs a command of the program to its end.
func (p *program) run(ctx context.Context, database string, args ...string) error {
	cmd := exec.CommandContext(ctx, p.path, args...) //nolint:gosec // the program is ours
	cmd.Env = p.environment(database, nil)
	if said, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("hub %s: %w\n%s", strings.Join(args, " "), err, said)
	}
	return nil
}

// hub is one hub serve under way.
type hub struct {
	url  string
	cmd  *exec.Cmd
	log  *os.File
	gone chan error
	took time.Duration // from its start until it was ready
}

// serve starts a hub on a database, ready when it returns. The name is that of its profiles.
func (p *program) serve(ctx context.Context, name, database string, settings ...string) (*hub, error) {
	address, err := freeAddress(ctx)
	if err != nil {
		return nil, err
	}
	p.started++
	log, err := os.Create(filepath.Join(p.scratch, fmt.Sprintf("hub-%d.log", p.started)))
	if err != nil {
		return nil, err
	}
	settings = append(settings, "HUB_LISTEN="+address)
	if p.profiles != "" {
		settings = append(settings, "HUB_PROFILE="+filepath.Join(p.profiles, fmt.Sprintf("%s-%d", name, p.started)))
	}
	h := &hub{url: "http://" + address, log: log, gone: make(chan error, 1)}
	h.cmd = exec.Command(p.path, "serve") //nolint:gosec,noctx // the program is ours, and ended by stop
	h.cmd.Env = p.environment(database, settings)
	h.cmd.Stdout, h.cmd.Stderr = log, log
	begun := time.Now()
	if err := start(h.cmd, h.gone); err != nil {
		return nil, err
	}
	if err := h.ready(ctx); err != nil {
		return nil, errors.Join(err, h.stop())
	}
	h.took = time.Since(begun)
	return h, nil
}

func freeAddress(ctx context.Context) (string, error) {
	var listen net.ListenConfig
	listener, err := listen.Listen(ctx, "tcp", "127.0.0.1:0")
	if err != nil {
		return "", err
	}
	return listener.Addr().String(), listener.Close()
}

// ready waits until the hub says it is.
func (h *hub) ready(ctx context.Context) error {
	const patience, pause = 2 * time.Minute, time.Millisecond
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	client := &http.Client{Transport: &http.Transport{DisableKeepAlives: true}}
	for {
		request, err := http.NewRequestWithContext(ctx, http.MethodGet, h.url+"/readyz", http.NoBody)
		if err != nil {
			return err
		}
		if response, err := client.Do(request); err == nil {
			_ = response.Body.Close() // only read
			if response.StatusCode == http.StatusOK {
				return nil
			}
		}
		select {
		case <-ctx.Done():
			return fmt.Errorf("the hub is not ready: %w\n%s", ctx.Err(), h.tail())
		case err := <-h.gone:
			h.gone <- err
			return fmt.Errorf("the hub ended: %w\n%s", err, h.tail())
		case <-time.After(pause):
		}
	}
}

// stop ends the hub in order.
func (h *hub) stop() error {
	const patience = time.Minute
	defer func() { _ = h.log.Close() }()      // the hub wrote it
	_ = h.cmd.Process.Signal(syscall.SIGTERM) // it may have ended by itself, which Wait tells
	select {
	case err := <-h.gone:
		if err != nil {
			return fmt.Errorf("the hub ended badly: %w\n%s", err, h.tail())
		}
		return nil
	case <-time.After(patience):
		_ = h.cmd.Process.Kill()
		return errors.Join(errors.New("the hub did not end on SIGTERM"), <-h.gone)
	}
}

// tail is the end of what the hub said.
func (h *hub) tail() string {
	const shown = 4000
	text, err := os.ReadFile(h.log.Name())
	if err != nil {
		return err.Error()
	}
	return string(text[max(0, len(text)-shown):])
}

// peak is the most memory the process has had at a time, in MiB.
func (h *hub) peak() (float64, error) { return h.memory("VmHWM:") }

// resident is the memory it has now.
func (h *hub) resident() (float64, error) { return h.memory("VmRSS:") }

func (h *hub) memory(which string) (float64, error) {
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", h.cmd.Process.Pid))
	if err != nil {
		return 0, err
	}
	for line := range strings.Lines(string(text)) {
		fields := strings.Fields(line)
		if len(fields) == 3 && fields[0] == which {
			kib, err := strconv.ParseFloat(fields[1], 64)
			return kib / 1024, err
		}
	}
	return 0, io.ErrUnexpectedEOF
}

// processor is the time the process has worked.
func (h *hub) processor() (time.Duration, error) { return processorOf(h.cmd.Process.Pid, false) }

// processorOf is the time a process has worked, with that of its ended children if asked for.
func processorOf(pid int, children bool) (time.Duration, error) {
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	if err != nil {
		return 0, err
	}
	// The name in parentheses may hold anything; what follows it is numbers. The clock ticks 100 times a second on every Linux.
	const utime, ended, all, aSecond = 11, 13, 15, 100
	fields := strings.Fields(string(text[strings.LastIndexByte(string(text), ')')+1:]))
	if len(fields) < all {
		return 0, io.ErrUnexpectedEOF
	}
	until := ended
	if children {
		until = all
	}
	var ticks int64
	for _, field := range fields[utime:until] {
		n, err := strconv.ParseInt(field, 10, 64)
		if err != nil {
			return 0, err
		}
		ticks += n
	}
	return time.Duration(ticks * int64(time.Second) / aSecond), nil
}
