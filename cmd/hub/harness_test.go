package main

import (
	"bytes"
	"context"
	"log/slog"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/carte-reseau/hub/internal/store/storetest"
)

// eachDatabase runs a test on a fresh database of each kind.
func eachDatabase(t *testing.T, test func(t *testing.T, database string)) {
	t.Helper()
	t.Run("sqlite", func(t *testing.T) {
		t.Parallel()
		test(t, storetest.SQLiteDatabase(t))
	})
	t.Run("postgres", func(t *testing.T) {
		t.Parallel()
		test(t, storetest.PostgresDatabase(t))
	})
}

// site is one installation of the hub: a data folder, a database, settings.
type site struct {
	t *testing.T
	Settings
	log *lockedBuffer
}

// newSite has the defaults of the command line, but for a folder of its own
// and ports the system chooses.
func newSite(t *testing.T, database string) *site {
	t.Helper()
	const gib = 1 << 30
	s := &site{t: t, log: new(lockedBuffer), Settings: Settings{
		Data: t.TempDir(), Database: database, SecretFile: "secret", Listen: "127.0.0.1:0", Code: "reseau", Timezone: "Europe/Paris",
		MaxDocument: gib, FTP: "off", FTPSchedule: "@every 1s", SMTP: "off", OAIPage: 500, OAITokenLife: 24 * time.Hour, LogLevel: slog.LevelWarn,
	}}
	t.Cleanup(func() {
		if t.Failed() && s.log.String() != "" {
			t.Logf("the hub's log ends:\n%s", s.log.tail())
		}
	})
	return s
}

// answer is what a command said and how it ended.
type answer struct {
	t        *testing.T
	status   int
	out, err string
}

// hub runs one command line of the program on the site.
func (s *site) hub(args ...string) answer {
	s.t.Helper()
	return s.hubReading("", args...)
}

func (s *site) hubReading(stdin string, args ...string) answer {
	s.t.Helper()
	return command(s.t, stdin, append(args, "--data="+s.Data, "--database="+s.Database)...)
}

// command runs any command line of the program.
func command(t *testing.T, stdin string, args ...string) answer {
	t.Helper()
	const patience = 2 * time.Minute
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	var out, err bytes.Buffer
	status := run(ctx, console{in: strings.NewReader(stdin), out: &out, err: &err}, args)
	return answer{t: t, status: status, out: out.String(), err: err.String()}
}

// want checks how the command ended and that it said all of the pieces, on
// either channel.
func (a answer) want(status int, pieces ...string) answer {
	a.t.Helper()
	if a.status != status {
		a.t.Fatalf("exit status %d, want %d\n%s%s", a.status, status, a.out, a.err)
	}
	for _, piece := range pieces {
		if !strings.Contains(a.out+a.err, piece) {
			a.t.Errorf("%q is not said in:\n%s%s", piece, a.out, a.err)
		}
	}
	return a
}

// keyOf is the key of every library the tests add.
func keyOf(code string) string { return "cle-de-test-de-" + code }

// library adds a library by the command line.
func (s *site) library(code string, args ...string) {
	s.t.Helper()
	line := append([]string{"library", "add", code, "--name=Bibliothèque de " + code, "--email=" + code + "@example.org", "--key-file=-"}, args...)
	s.hubReading(keyOf(code)+"\n", line...).want(exitOK, code+" est dans le réseau")
}

// foundation opens the site's database beside whatever uses it.
func (s *site) foundation() *foundation {
	s.t.Helper()
	f, err := open(context.Background(), &s.Settings, console{out: s.log, err: s.log})
	if err != nil {
		s.t.Fatal(err)
	}
	s.t.Cleanup(f.close)
	return f
}

// boot brings the whole program to life in this process, and stops it with
// the test.
func (s *site) boot() *hub {
	s.t.Helper()
	h, err := newHub(context.Background(), &s.Settings, console{out: s.log, err: s.log})
	if err != nil {
		s.t.Fatal(err)
	}
	ctx, stop := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- h.run(ctx) }()
	s.t.Cleanup(func() {
		stop()
		if err := <-ended; err != nil {
			s.t.Errorf("the hub ended with %v", err)
		}
		h.close()
	})
	return h
}

// eventually waits until a condition holds.
func eventually(t *testing.T, patience time.Duration, what string, holds func() bool) {
	t.Helper()
	const look = 50 * time.Millisecond
	for deadline := time.Now().Add(patience); !holds(); time.Sleep(look) {
		if time.Now().After(deadline) {
			t.Fatalf("%s: not within %s", what, patience)
		}
	}
}

// lockedBuffer takes what several goroutines write.
type lockedBuffer struct {
	mu   sync.Mutex
	text bytes.Buffer
}

// Write keeps the text.
func (b *lockedBuffer) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.text.Write(p)
}

// String is all that was written.
func (b *lockedBuffer) String() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.text.String()
}

func (b *lockedBuffer) tail() string {
	const shown = 8000
	text := b.String()
	return text[max(0, len(text)-shown):]
}

// hostOf is the address in a URL.
func hostOf(t *testing.T, address string) string {
	t.Helper()
	u, err := url.Parse(address)
	if err != nil {
		t.Fatal(err)
	}
	return u.Host
}
