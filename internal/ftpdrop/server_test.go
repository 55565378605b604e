package ftpdrop_test

import (
	"bytes"
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"errors"
	"fmt"
	"io"
	"math/big"
	"net"
	"net/textproto"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/jlaffaye/ftp"

	"github.com/carte-reseau/hub/internal/cards"
	"github.com/carte-reseau/hub/internal/ftpdrop"
)

// startServer runs an embedded server; its folder is returned too.
func startServer(t *testing.T, auth ftpdrop.Authenticator, opt ftpdrop.ServerOptions) (*ftpdrop.Server, string) {
	t.Helper()
	if opt.Listen == "" {
		opt.Listen = "127.0.0.1:0"
	}
	if opt.Root == "" {
		opt.Root = filepath.Join(t.TempDir(), "ftp")
	}
	server, err := ftpdrop.NewServer(auth, opt)
	if err != nil {
		t.Fatal(err)
	}
	if err := server.Listen(t.Context()); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- server.Run(ctx) }()
	t.Cleanup(func() {
		cancel()
		if err := <-done; err != nil {
			t.Errorf("server ended with %v", err)
		}
	})
	return server, opt.Root
}

// beginUpload sends the beginning of a file. What follows, and the end, is the writer's.
func beginUpload(t *testing.T, c *ftp.ServerConn, name, begins string) (writer *io.PipeWriter, stored <-chan error) {
	t.Helper()
	reader, writer := io.Pipe()
	done := make(chan error, 1)
	go func() { done <- c.Stor(name, reader) }()
	if _, err := writer.Write([]byte(begins)); err != nil {
		t.Fatal(err)
	}
	return writer, done
}

// connect signs in as a library.
func connect(t *testing.T, addr, user, key string, options ...ftp.DialOption) *ftp.ServerConn {
	t.Helper()
	c, err := ftp.Dial(addr, append(options, ftp.DialWithTimeout(5*time.Second))...)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = c.Quit() })
	if err := c.Login(user, key); err != nil {
		t.Fatal(err)
	}
	return c
}

func mustStore(t *testing.T, c *ftp.ServerConn, name, content string) {
	t.Helper()
	if err := c.Stor(name, strings.NewReader(content)); err != nil {
		t.Fatalf("storing %q: %v", name, err)
	}
}

// tree lists all files below a folder with their contents.
func tree(t *testing.T, root string) map[string]string {
	t.Helper()
	files := map[string]string{}
	err := filepath.WalkDir(root, func(p string, e os.DirEntry, err error) error {
		if err != nil || e.IsDir() {
			return err
		}
		data, err := os.ReadFile(p)
		rel, _ := filepath.Rel(root, p)
		files[rel] = string(data)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return files
}

func expectTree(t *testing.T, root string, want map[string]string) {
	t.Helper()
	got := tree(t, root)
	if fmt.Sprint(got) != fmt.Sprint(want) {
		t.Errorf("folder holds %q, want %q", got, want)
	}
}

// waitUntil polls a condition.
func waitUntil(t *testing.T, what string, ok func() bool) {
	t.Helper()
	for end := time.Now().Add(5 * time.Second); !ok(); time.Sleep(5 * time.Millisecond) {
		if time.Now().After(end) {
			t.Fatalf("still waiting: %s", what)
		}
	}
}

func TestEachSeesItsOwn(t *testing.T) {
	m := newMemory("mours", "peyrins")
	var kicks atomic.Int32
	server, root := startServer(t, m, ftpdrop.ServerOptions{Uploaded: func(string) { kicks.Add(1) }})
	mours := connect(t, server.Addr(), "mours", "clé de mours")
	peyrins := connect(t, server.Addr(), "peyrins", "clé de peyrins")

	mustStore(t, mours, "a.xml", "un")
	mustStore(t, mours, "../../x.xml", "deux")
	mustStore(t, mours, "/été à l'\xe9cole.xml", "trois")
	for _, name := range []string{"../peyrins/b.xml", "/peyrins/b.xml", "sous/b.xml", ".hub-upload-x", "a\\b.xml", strings.Repeat("n", 201), "..", "/"} {
		if err := mours.Stor(name, strings.NewReader("non")); err == nil {
			t.Errorf("%q was stored", name)
		}
	}
	expectTree(t, root, map[string]string{"mours/a.xml": "un", "mours/x.xml": "deux", "mours/été à l'\xe9cole.xml": "trois"})
	if kicks.Load() != 3 {
		t.Errorf("%d notices of uploads", kicks.Load())
	}

	if entries, err := peyrins.List("/"); err != nil || len(entries) != 0 {
		t.Errorf("peyrins sees %v, %v", entries, err)
	}
	for _, name := range []string{"../mours/a.xml", "/mours/a.xml", "mours/a.xml", "/etc/passwd", "../../../../../../etc/passwd"} {
		if r, err := peyrins.Retr(name); err == nil {
			_ = r.Close()
			t.Errorf("peyrins reads %s", name)
		}
		if err := peyrins.Delete(name); err == nil {
			t.Errorf("peyrins deletes %s", name)
		}
	}
	if err := mours.MakeDir("sous"); err == nil {
		t.Error("a folder was made")
	}
	if err := mours.Delete("a.xml"); err != nil {
		t.Error(err)
	}
	entries, err := mours.List("/")
	if err != nil || len(entries) != 2 {
		t.Errorf("mours sees %v, %v", entries, err)
	}
}

// The root of the account is the folder. Who writes the folder's name before, as a system does that knows the drop of another
// server, means the same; any other folder is refused in words.
func TestTheFolderMayBeNamed(t *testing.T) {
	server, root := startServer(t, newMemory("mours", "peyrins"), ftpdrop.ServerOptions{})
	c := connect(t, server.Addr(), "mours", "clé de mours")
	if err := c.ChangeDir("mours"); err != nil {
		t.Fatal(err)
	}
	mustStore(t, c, "a.xml", "un")
	mustStore(t, c, "b.xml.part", "deux")
	if err := c.Rename("b.xml.part", "/mours/b.xml"); err != nil {
		t.Error(err)
	}
	if entries, err := c.List(""); err != nil || len(entries) != 2 {
		t.Errorf("%v, %v", entries, err)
	}
	if err := c.ChangeDirToParent(); err != nil {
		t.Fatal(err)
	}
	mustStore(t, c, "mours/c.xml", "trois")
	mustStore(t, c, "/mours/a.xml", "encore un")
	if size, err := c.FileSize("mours/a.xml"); err != nil || size != int64(len("encore un")) {
		t.Errorf("%d bytes, %v", size, err)
	}
	expectTree(t, root, map[string]string{"mours/a.xml": "un", "mours/a~0002.xml": "encore un", "mours/b.xml": "deux", "mours/c.xml": "trois"})

	if err := c.Rename("mours/c.xml", "peyrins/c.xml"); err == nil {
		t.Error("a file was moved to another library's folder")
	}
	for what, err := range map[string]error{
		"another's folder": c.ChangeDir("peyrins"), "a folder below": c.ChangeDir("mours/mours"), "a file there": c.Stor("peyrins/c.xml", strings.NewReader("non")),
		"a file below": c.Stor("mours/sous/c.xml", strings.NewReader("non")), "a new folder": c.MakeDir("sous"),
	} {
		if err == nil || !strings.Contains(err.Error(), "votre compte n’a pas de dossiers ; déposez vos fichiers à sa racine") || strings.Contains(err.Error(), "statat") {
			t.Errorf("%s: %v", what, err)
		}
	}
	// A file may be called as the folder is.
	mustStore(t, c, "mours", "quatre")
	if size, err := c.FileSize("mours"); err != nil || size != int64(len("quatre")) {
		t.Errorf("%d bytes, %v", size, err)
	}
}

func TestNothingIsOverwritten(t *testing.T) {
	server, root := startServer(t, newMemory("mours"), ftpdrop.ServerOptions{})
	c := connect(t, server.Addr(), "mours", "clé de mours")
	mustStore(t, c, "export.xml", "lundi")
	mustStore(t, c, "export.xml", "mardi soir")
	if size, err := c.FileSize("export.xml"); err != nil || size != int64(len("mardi soir")) {
		t.Errorf("the client finds %d bytes of its own file, %v", size, err)
	}
	mustStore(t, c, "export.xml.tmp", "essai interrompu")
	mustStore(t, c, "export.xml.tmp", "mercredi")
	if err := c.Rename("export.xml.tmp", "export.xml"); err != nil {
		t.Fatal(err)
	}
	expectTree(t, root, map[string]string{
		"mours/export.xml": "lundi", "mours/export~0002.xml": "mardi soir", "mours/export~0003.xml": "mercredi",
	})
	if err := c.Append("export.xml", strings.NewReader("suite")); err == nil {
		t.Error("a file not yet processed was appended to")
	}
	if err := c.StorFrom("export.xml", strings.NewReader("suite"), 3); err == nil {
		t.Error("a file not yet processed was written into")
	}
	// Resuming an unfinished file of one's own is what .part is for.
	mustStore(t, c, "gros.part", "début")
	if err := c.Append("gros.part", strings.NewReader(" fin")); err != nil {
		t.Fatal(err)
	}
	if err := c.Rename("gros.part", "gros.xml"); err != nil {
		t.Fatal(err)
	}
	if got := tree(t, root)["mours/gros.xml"]; got != "début fin" {
		t.Errorf("resumed file holds %q", got)
	}
}

func TestUploadShowsOnlyWhenWhole(t *testing.T) {
	server, root := startServer(t, newMemory("mours"), ftpdrop.ServerOptions{MaxFile: 1 << 20})
	c := connect(t, server.Addr(), "mours", "clé de mours")
	watcher := connect(t, server.Addr(), "mours", "clé de mours")

	writer, stored := beginUpload(t, c, "lent.xml", "<cartes>")
	waitUntil(t, "the upload to begin", func() bool { return len(tree(t, root)) == 1 })
	if entries, err := watcher.List("/"); err != nil || len(entries) != 0 {
		t.Errorf("an upload under way shows: %v, %v", entries, err)
	}
	_ = writer.Close()
	if err := <-stored; err != nil {
		t.Fatal(err)
	}
	expectTree(t, root, map[string]string{"mours/lent.xml": "<cartes>"})

	if err := c.Stor("gros.xml", bytes.NewReader(make([]byte, 2<<20))); err == nil {
		t.Error("a file over the limit was stored")
	}
	waitUntil(t, "the rest of the large file to go", func() bool { return len(tree(t, root)) == 1 })
}

// A client that was cut off begins again while the server still waits on the first connection, and what was under way there
// arrives after all.
func TestAnUnfinishedFileHasOneWriter(t *testing.T) {
	server, root := startServer(t, newMemory("mours"), ftpdrop.ServerOptions{})
	first, second := connect(t, server.Addr(), "mours", "clé de mours"), connect(t, server.Addr(), "mours", "clé de mours")
	writer, stored := beginUpload(t, first, "gros.part", "<cartes><carte/>")
	waitUntil(t, "the upload to begin", func() bool { return tree(t, root)["mours/gros.part"] == "<cartes><carte/>" })
	for _, to := range []string{"gros.xml", "autre.part"} {
		if err := second.Rename("gros.part", to); err == nil || !strings.Contains(err.Error(), "en cours d’envoi") {
			t.Errorf("named %s while it is written: %v", to, err)
		}
	}

	mustStore(t, second, "gros.part", "<cartes></cartes>")
	_, _ = writer.Write([]byte("<carte/><carte/></cartes>")) // may be refused already
	_ = writer.Close()
	if err := <-stored; err == nil {
		t.Error("who was cut off is told that its file is there")
	}
	if err := second.Rename("gros.part", "gros.xml"); err != nil {
		t.Fatal(err)
	}
	expectTree(t, root, map[string]string{"mours/gros.xml": "<cartes></cartes>"})
}

func TestLeftoversAreSwept(t *testing.T) {
	root := t.TempDir()
	if err := os.MkdirAll(filepath.Join(root, "mours"), 0o750); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{".hub-upload-AAA", "garde.xml", "reste.part"} {
		if err := os.WriteFile(filepath.Join(root, "mours", name), nil, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	write(t, filepath.Join(root, "partage.xml"), "") // in the shared folder
	startServer(t, newMemory("mours"), ftpdrop.ServerOptions{Root: root})
	expectTree(t, root, map[string]string{"partage.xml": "", "mours/garde.xml": "", "mours/reste.part": ""})
}

// TestLinksLeadNowhere: a symbolic link made on the disk does not lead out.
func TestLinksLeadNowhere(t *testing.T) {
	root, outside := t.TempDir(), filepath.Join(t.TempDir(), "secret")
	if err := os.WriteFile(outside, []byte("secret"), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.MkdirAll(filepath.Join(root, "mours"), 0o750); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink(outside, filepath.Join(root, "mours", "lien.xml")); err != nil {
		t.Fatal(err)
	}
	server, _ := startServer(t, newMemory("mours"), ftpdrop.ServerOptions{Root: root})
	c := connect(t, server.Addr(), "mours", "clé de mours")
	if r, err := c.Retr("lien.xml"); err == nil {
		data, _ := io.ReadAll(r)
		_ = r.Close()
		t.Errorf("read %q through a link", data)
	}
	if err := os.Mkdir(filepath.Join(root, "mours", "sous"), 0o750); err != nil {
		t.Fatal(err)
	}
	if entries, err := c.List("/"); err != nil || len(entries) != 0 {
		t.Errorf("a link or a folder is listed: %v, %v", entries, err)
	}
}

// limiter blocks after two failures.
type limiter map[string]int

func (l limiter) Blocked(key string) (time.Duration, bool) { return time.Minute, l[key] >= 2 }
func (l limiter) Failed(key string)                        { l[key]++ }
func (l limiter) Succeeded(key string)                     { delete(l, key) }

func TestSignIn(t *testing.T) {
	m := newMemory("mours", "peyrins")
	server, _ := startServer(t, m, ftpdrop.ServerOptions{Limiter: limiter{}})
	login := func(user, key string) error {
		c, err := ftp.Dial(server.Addr(), ftp.DialWithTimeout(5*time.Second))
		if err != nil {
			t.Fatal(err)
		}
		defer func() { _ = c.Quit() }()
		return c.Login(user, key)
	}
	expect := func(err error, want string) {
		t.Helper()
		var reply *textproto.Error
		if !errors.As(err, &reply) || reply.Code != 530 || !strings.Contains(reply.Msg, want) {
			t.Errorf("got %v, want 530 %s", err, want)
		}
	}
	for range 2 {
		expect(login("mours", "faux"), "code ou clé incorrects")
	}
	expect(login("mours", "clé de mours"), "réessayez dans")
	expect(login("_hub", "faux"), "code ou clé incorrects")
	if err := login("peyrins", "clé de peyrins"); err != nil {
		t.Errorf("mours's failures lock peyrins out: %v", err)
	}
	m.fail = func(string) error { return errors.New("database gone") }
	expect(login("peyrins", "clé de peyrins"), "momentanément")
}

func TestTooManyClients(t *testing.T) {
	server, _ := startServer(t, newMemory("mours", "peyrins"), ftpdrop.ServerOptions{MaxClients: 1})
	first := connect(t, server.Addr(), "mours", "clé de mours")
	connect(t, server.Addr(), "mours", "clé de mours")
	one, err := ftp.Dial(server.Addr(), ftp.DialWithTimeout(5*time.Second))
	if err != nil {
		t.Fatal(err)
	}
	if err := one.Login("mours", "clé de mours"); err == nil {
		t.Error("one library was let in as often as it liked")
	}
	_ = one.Quit()
	waitUntil(t, "room for one more, as it comes from this machine", func() bool {
		c, err := ftp.Dial(server.Addr(), ftp.DialWithTimeout(5*time.Second))
		if err == nil {
			t.Cleanup(func() { _ = c.Quit() })
			err = c.Login("peyrins", "clé de peyrins")
		}
		return err == nil
	})
	if c, err := ftp.Dial(server.Addr(), ftp.DialWithTimeout(5*time.Second)); err == nil {
		_ = c.Quit()
		t.Error("one client too many was let in")
	}
	_ = first.Quit()
	waitUntil(t, "room for another client", func() bool {
		c, err := ftp.Dial(server.Addr(), ftp.DialWithTimeout(5*time.Second))
		if err == nil {
			_ = c.Quit()
		}
		return err == nil
	})
}

// Whoever has no key may not hold the places of those who have one.
func TestStrangersLeaveRoom(t *testing.T) {
	const places = 8
	server, _ := startServer(t, newMemory("mours"), ftpdrop.ServerOptions{MaxClients: places})
	for range places {
		stranger, err := textproto.Dial("tcp", server.Addr())
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = stranger.Close() })
		if _, err := stranger.ReadLine(); err != nil {
			t.Fatal(err)
		}
	}
	// Those turned away are gone; those let in wait to sign in, and never will.
	if c, err := ftp.Dial(server.Addr(), ftp.DialWithTimeout(5*time.Second)); err == nil {
		_ = c.Quit()
		t.Error("one address may take every place without signing in")
	}
}

// A session opened with a key that was replaced since reads and drops nothing
// more; one that the database cannot be asked about goes on.
func TestASessionEndsWithItsKey(t *testing.T) {
	memory := newMemory("mours")
	var answer atomic.Pointer[error] // to whether the key is right
	says := func(err error) { answer.Store(&err) }
	says(nil)
	memory.fail = func(string) error { return *answer.Load() }
	server, _ := startServer(t, memory, ftpdrop.ServerOptions{})
	c := connect(t, server.Addr(), "mours", "clé de mours")
	drop := func(name string) error { return c.Stor(name, strings.NewReader("<cartes/>")) }
	if err := drop("a.xml"); err != nil {
		t.Fatal(err)
	}
	says(errors.New("the database is away"))
	if err := drop("b.xml"); err != nil {
		t.Errorf("while the database is away: %v", err)
	}
	says(cards.Errorf(cards.Unauthorized, "code ou clé incorrects"))
	_, listing := c.List("/")
	var reading error
	if r, err := c.Retr("a.xml"); err != nil {
		reading = err
	} else {
		_, reading = io.ReadAll(r)
		_ = r.Close()
	}
	for what, err := range map[string]error{
		"drops": drop("c.xml"), "lists": listing, "reads": reading, "renames": c.Rename("a.xml", "d.xml"), "deletes": c.Delete("b.xml"),
	} {
		if err == nil {
			t.Errorf("it still %s", what)
		}
	}
}

// What a library leaves lying may fill no disk: it is told so before.
func TestALibraryHasRoomForFourOfTheLargest(t *testing.T) {
	const largest = 1000
	server, root := startServer(t, newMemory("mours", "peyrins"), ftpdrop.ServerOptions{MaxFile: largest})
	c := connect(t, server.Addr(), "mours", "clé de mours")
	fill := strings.Repeat("x", largest)
	for i := range 4 {
		if err := c.Stor(fmt.Sprintf("%d.part", i), strings.NewReader(fill)); err != nil {
			t.Fatal(err)
		}
	}
	if err := c.Stor("5.xml", strings.NewReader("<cartes/>")); err == nil || !strings.Contains(err.Error(), "552") {
		t.Errorf("with %d bytes there: %v", 4*largest, err)
	}
	if err := os.Remove(filepath.Join(root, "mours", "0.part")); err != nil {
		t.Fatal(err)
	}
	if err := c.Stor("5.xml", strings.NewReader("<cartes/>")); err != nil {
		t.Errorf("once there is room: %v", err)
	}
}

func TestStrangersMustSignIn(t *testing.T) {
	const limit = 200 * time.Millisecond
	server, _ := startServer(t, newMemory("mours"), ftpdrop.ServerOptions{SignIn: limit})
	mours := connect(t, server.Addr(), "mours", "clé de mours")
	stranger, err := textproto.Dial("tcp", server.Addr())
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = stranger.Close() }()
	waitUntil(t, "a busy stranger is sent away", func() bool {
		if err := stranger.PrintfLine("NOOP"); err != nil {
			return true
		}
		_, err := stranger.ReadLine()
		return err != nil
	})
	if err := mours.NoOp(); err != nil {
		t.Errorf("a library that signed in was sent away: %v", err)
	}
}

func TestACodeOfAnyBytesIsRefusedLikeAWrongOne(t *testing.T) {
	server, _ := startServer(t, onlyCodes{t}, ftpdrop.ServerOptions{})
	c, err := ftp.Dial(server.Addr(), ftp.DialWithTimeout(5*time.Second))
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = c.Quit() }()
	var reply *textproto.Error
	if err := c.Login("mours\xff", "x"); !errors.As(err, &reply) || !strings.Contains(reply.Msg, "incorrects") {
		t.Errorf("got %v", err)
	}
}

// onlyCodes is a database that refuses bytes which are not UTF-8.
type onlyCodes struct{ t *testing.T }

func (o onlyCodes) Authenticate(_ context.Context, code, _ string) (*cards.Library, error) {
	if !utf8.ValidString(code) {
		o.t.Errorf("%q reached the database", code)
	}
	return nil, cards.Errorf(cards.Unauthorized, "code ou clé incorrects")
}

func TestPlainOnlyOnLoopback(t *testing.T) {
	for listen, fine := range map[string]bool{
		"127.0.0.1:0": true, "[::1]:0": true, "localhost:0": true,
		"0.0.0.0:0": false, ":2121": false, "192.0.2.1:21": false, "hub.example:21": false, "nonsense": false,
	} {
		_, err := ftpdrop.NewServer(newMemory(), ftpdrop.ServerOptions{Listen: listen, Root: t.TempDir()})
		if (err == nil) != fine {
			t.Errorf("%s: %v", listen, err)
		}
		if err != nil && cards.CodeOf(err) != cards.Invalid {
			t.Errorf("%s: code %s", listen, cards.CodeOf(err))
		}
	}
}

func TestTLSRequiredElsewhere(t *testing.T) {
	pool, cert := authority(t)
	server, root := startServer(t, newMemory("mours"), ftpdrop.ServerOptions{
		Listen: "0.0.0.0:0", TLS: &tls.Config{Certificates: []tls.Certificate{cert}, MinVersion: tls.VersionTLS12},
	})
	_, port, _ := net.SplitHostPort(server.Addr())
	addr := "127.0.0.1:" + port
	plain, err := ftp.Dial(addr, ftp.DialWithTimeout(5*time.Second))
	if err != nil {
		t.Fatal(err)
	}
	if err := plain.Login("mours", "clé de mours"); err == nil {
		t.Error("a key was taken in clear")
	}
	_ = plain.Quit()
	secure := connect(t, addr, "mours", "clé de mours", ftp.DialWithExplicitTLS(&tls.Config{
		RootCAs: pool, ServerName: "127.0.0.1", MinVersion: tls.VersionTLS12, MaxVersion: tls.VersionTLS12,
		ClientSessionCache: tls.NewLRUClientSessionCache(4)}))
	mustStore(t, secure, "a.xml", "un")
	expectTree(t, root, map[string]string{"mours/a.xml": "un"})
}

func TestServerStartAndStop(t *testing.T) {
	m := newMemory("mours")
	server, err := ftpdrop.NewServer(m, ftpdrop.ServerOptions{Listen: "127.0.0.1:0", Root: t.TempDir()})
	if err != nil {
		t.Fatal(err)
	}
	if err := server.Run(t.Context()); err == nil {
		t.Error("Run before Listen is no error")
	}
	if err := server.Close(); err != nil {
		t.Errorf("closing what was never opened: %v", err)
	}
	if err := server.Listen(t.Context()); err != nil {
		t.Fatal(err)
	}
	twin, err := ftpdrop.NewServer(m, ftpdrop.ServerOptions{Listen: server.Addr(), Root: t.TempDir()})
	if err != nil {
		t.Fatal(err)
	}
	if err := twin.Listen(t.Context()); err == nil {
		t.Error("two servers on one port")
	}
	homeless, err := ftpdrop.NewServer(m, ftpdrop.ServerOptions{Listen: "127.0.0.1:0", Root: write(t, filepath.Join(t.TempDir(), "fichier"), "")})
	if err != nil {
		t.Fatal(err)
	}
	if err := homeless.Listen(t.Context()); err == nil || !strings.Contains(err.Error(), "dossier des dépôts") {
		t.Errorf("a file for a folder: %v", err)
	}
	for range 2 {
		if err := server.Close(); err != nil {
			t.Error(err)
		}
	}
	if err := server.Run(t.Context()); err != nil {
		t.Errorf("Run after Close: %v", err)
	}
}

// TestStopEndsSessions: a client that stays does not keep the hub running.
func TestStopEndsSessions(t *testing.T) {
	server, err := ftpdrop.NewServer(newMemory("mours"), ftpdrop.ServerOptions{Listen: "127.0.0.1:0", Root: t.TempDir()})
	if err != nil {
		t.Fatal(err)
	}
	if err := server.Listen(t.Context()); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error, 1)
	go func() { done <- server.Run(ctx) }()
	c := connect(t, server.Addr(), "mours", "clé de mours")
	cancel()
	select {
	case err := <-done:
		if err != nil {
			t.Error(err)
		}
	case <-time.After(5 * time.Second):
		t.Fatal("an idle client keeps the server running")
	}
	if err := c.NoOp(); err == nil {
		t.Error("the session outlived the server")
	}
}

// authority makes a CA and a certificate for 127.0.0.1 and localhost.
func authority(t *testing.T) (*x509.CertPool, tls.Certificate) {
	t.Helper()
	caKey, leafKey := newKey(t), newKey(t)
	ca := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "Test CA"}, IsCA: true, BasicConstraintsValid: true,
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour), KeyUsage: x509.KeyUsageCertSign,
	}
	caDER, err := x509.CreateCertificate(rand.Reader, ca, ca, caKey.Public(), caKey)
	if err != nil {
		t.Fatal(err)
	}
	leaf := &x509.Certificate{
		SerialNumber: big.NewInt(2), Subject: pkix.Name{CommonName: "localhost"}, DNSNames: []string{"localhost"}, IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)},
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour), ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth},
	}
	leafDER, err := x509.CreateCertificate(rand.Reader, leaf, ca, leafKey.Public(), caKey)
	if err != nil {
		t.Fatal(err)
	}
	parsed, err := x509.ParseCertificate(caDER)
	if err != nil {
		t.Fatal(err)
	}
	pool := x509.NewCertPool()
	pool.AddCert(parsed)
	return pool, tls.Certificate{Certificate: [][]byte{leafDER}, PrivateKey: leafKey}
}

func newKey(t *testing.T) *ecdsa.PrivateKey {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	return key
}
