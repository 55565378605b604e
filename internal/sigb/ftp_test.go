package sigb_test

import (
	"context"
	"crypto/tls"
	"errors"
	"net"
	"path"
	"strings"
	"testing"
	"time"

	ftpserver "github.com/fclairamb/ftpserverlib"
	"github.com/spf13/afero"

	"github.com/carte-reseau/hub/internal/sigb"
)

// dropBox is an FTP server that keeps files in memory.
type dropBox struct {
	listener net.Listener
	files    afero.Fs
}

func (d *dropBox) GetSettings() (*ftpserver.Settings, error) {
	return &ftpserver.Settings{Listener: d.listener}, nil
}
func (d *dropBox) ClientConnected(ftpserver.ClientContext) (string, error) { return "bonjour", nil }
func (d *dropBox) ClientDisconnected(ftpserver.ClientContext)              {}
func (d *dropBox) GetTLSConfig() (*tls.Config, error)                      { return nil, errors.New("no TLS here") }

func (d *dropBox) AuthUser(_ ftpserver.ClientContext, user, password string) (ftpserver.ClientDriver, error) {
	if user != "mours" || password != "clef-mours" {
		return nil, errors.New("refused")
	}
	return d.files, nil
}

func newDropBox(t *testing.T) *dropBox {
	t.Helper()
	var lc net.ListenConfig
	l, err := lc.Listen(t.Context(), "tcp", "127.0.0.1:0")
	must(t, err)
	d := &dropBox{listener: l, files: afero.NewMemMapFs()}
	must(t, d.files.MkdirAll("/mours", 0o755))
	srv := ftpserver.NewFtpServer(d)
	must(t, srv.Listen())
	done := make(chan error, 1)
	go func() { done <- srv.Serve() }()
	t.Cleanup(func() {
		must(t, srv.Stop())
		if err := <-done; err != nil {
			t.Logf("the FTP server ended: %v", err)
		}
	})
	return d
}

func (d *dropBox) names(t *testing.T) []string {
	t.Helper()
	infos, err := afero.ReadDir(d.files, "/mours")
	must(t, err)
	var out []string
	for _, i := range infos {
		out = append(out, i.Name())
	}
	return out
}

func TestDropFTPPutsAWholeFileUnderANewName(t *testing.T) {
	box := newDropBox(t)
	addr := box.listener.Addr().String()
	hub := newFakeHub(t)
	s := newSystem("mours", sigb.Microbib(), newClock())
	client := hub.client(t, s, sigb.ClientOptions{FTP: addr, FTPFolder: "/mours"})
	if d, err := client.DropFTP(t.Context(), addr); err != nil || d.Sent != 0 || len(box.names(t)) != 0 {
		t.Errorf("with nothing to give: %+v %v", d, err)
	}
	enrol(t, s, "1")
	v, err := client.Session(t.Context())
	must(t, err)
	if s.Waiting() != 0 || v.Deposit.Sent != 1 || v.Harvest.Pages != 1 {
		t.Errorf("session %+v, %d waiting", v, s.Waiting())
	}
	enrol(t, s, "2") // the clock stands still
	_, err = client.DropFTP(t.Context(), addr)
	must(t, err)
	names := box.names(t)
	if len(names) != 2 || strings.Contains(strings.Join(names, " "), ".tmp") {
		t.Fatalf("files %v", names)
	}
	body, err := afero.ReadFile(box.files, path.Join("/mours", v.Deposit.File))
	must(t, err)
	if !strings.Contains(string(body), "<numero>1</numero>") || !strings.HasSuffix(string(body), "</cartes>") {
		t.Errorf("file %s", body)
	}
}

func TestDropFTPKeepsWhatCouldNotBeDropped(t *testing.T) {
	box := newDropBox(t)
	s := newSystem("mours", sigb.Aloes(), newClock())
	enrol(t, s, "1")
	stranger := sigb.NewClient(s, sigb.ClientOptions{Key: "faux"})
	if _, err := stranger.DropFTP(t.Context(), box.listener.Addr().String()); err == nil || s.Waiting() != 1 {
		t.Errorf("%v, %d waiting", err, s.Waiting())
	}
}

func TestDropFTPEndsWithItsContext(t *testing.T) {
	var lc net.ListenConfig
	mute, err := lc.Listen(t.Context(), "tcp", "127.0.0.1:0") // takes connections and never says a word
	must(t, err)
	defer func() { must(t, mute.Close()) }()
	s := newSystem("mours", sigb.Aloes(), newClock())
	enrol(t, s, "1")
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	client := sigb.NewClient(s, sigb.ClientOptions{})
	start := time.Now()
	if _, err := client.DropFTP(ctx, mute.Addr().String()); err == nil || time.Since(start) > 5*time.Second || s.Waiting() != 1 {
		t.Errorf("%v after %s, %d waiting", err, time.Since(start), s.Waiting())
	}
}
