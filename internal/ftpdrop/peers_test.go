package ftpdrop_test

import (
	"crypto/rand"
	"crypto/rsa"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"fmt"
	"io"
	"math/big"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/jlaffaye/ftp"

	"github.com/carte-reseau/hub/internal/cards"
	"github.com/carte-reseau/hub/internal/ftpdrop"
)

// peer is an FTP server of someone else over a folder that holds mours/ and
// peyrins/.
type peer struct {
	root   string
	target ftpdrop.Target
	// library signs in as mours does; folder is its own from there.
	user, key, folder string
}

// needPeer finds a program, or skips where peers were not asked for.
func needPeer(t *testing.T, program string) string {
	t.Helper()
	if os.Getenv("HUB_PEERS") == "" {
		t.Skip("FTP servers of others are tried with HUB_PEERS=1 (make peers installs them)")
	}
	found, err := exec.LookPath(program)
	if err != nil {
		found, err = exec.LookPath("/usr/sbin/" + program)
	}
	if err != nil {
		t.Fatalf("HUB_PEERS is set, but %s is not on the PATH: %v", program, err)
	}
	if os.Getuid() != 0 {
		t.Fatalf("%s changes users, which takes root", program)
	}
	return found
}

// publicFolder is one that the account nobody can reach; t.TempDir is not.
func publicFolder(t *testing.T) string {
	t.Helper()
	dir, err := os.MkdirTemp("", "hub-ftp") //nolint:usetesting // see above
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.RemoveAll(dir) })
	if err := os.Chmod(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	return dir
}

// The accounts the servers run under; vsftpd wants one whose home exists.
const (
	nobody = 65534
	daemon = 1
)

func libraryFolders(t *testing.T, root string, owner int) {
	t.Helper()
	for _, code := range []string{"mours", "peyrins"} {
		p := filepath.Join(root, code)
		if err := os.MkdirAll(p, 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.Chown(p, owner, owner); err != nil {
			t.Fatal(err)
		}
	}
}

func write(t *testing.T, path, content string) string {
	t.Helper()
	if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// run starts a server and waits until it answers.
func run(t *testing.T, port int, program string, args ...string) {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), program, args...)
	output := &strings.Builder{}
	cmd.Stdout, cmd.Stderr = output, output
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	ended := make(chan struct{})
	go func() {
		_ = cmd.Wait()
		close(ended)
	}()
	t.Cleanup(func() {
		_ = cmd.Process.Kill()
		<-ended
		if t.Failed() {
			t.Logf("%s said: %s", program, output)
		}
	})
	waitUntil(t, program+" to answer", func() bool {
		select {
		case <-ended:
			t.Fatalf("%s ended: %s", program, output)
		default:
		}
		conn, err := (&net.Dialer{Timeout: time.Second}).DialContext(t.Context(), "tcp", fmt.Sprintf("127.0.0.1:%d", port))
		if err == nil {
			_ = conn.Close()
		}
		return err == nil
	})
}

func freePort(t *testing.T) int {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = listener.Close() }()
	return listener.Addr().(*net.TCPAddr).Port
}

// rsaFiles writes a self-signed certificate as these servers like it.
func rsaFiles(t *testing.T, dir string) (pool *x509.CertPool, cert, key string) {
	t.Helper()
	private, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "localhost"}, IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)},
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour), IsCA: true, BasicConstraintsValid: true,
		KeyUsage: x509.KeyUsageDigitalSignature | x509.KeyUsageKeyEncipherment | x509.KeyUsageCertSign,
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, private.Public(), private)
	if err != nil {
		t.Fatal(err)
	}
	certPEM := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der})
	keyPEM := pem.EncodeToMemory(&pem.Block{Type: "RSA PRIVATE KEY", Bytes: x509.MarshalPKCS1PrivateKey(private)})
	pool = x509.NewCertPool()
	pool.AppendCertsFromPEM(certPEM)
	return pool, write(t, filepath.Join(dir, "cert.pem"), string(certPEM)), write(t, filepath.Join(dir, "key.pem"), string(keyPEM))
}

func startVsftpd(t *testing.T, secure bool) peer {
	program := needPeer(t, "vsftpd")
	dir := publicFolder(t)
	root, port := filepath.Join(dir, "root"), freePort(t)
	libraryFolders(t, root, daemon)
	jail := filepath.Join(dir, "jail")
	if err := os.Mkdir(jail, 0o755); err != nil {
		t.Fatal(err)
	}
	// Anonymous accounts need neither a system user nor PAM.
	config := fmt.Sprintf(`listen=YES
listen_ipv6=NO
listen_address=127.0.0.1
listen_port=%d
background=NO
seccomp_sandbox=NO
secure_chroot_dir=%s
anonymous_enable=YES
no_anon_password=YES
local_enable=NO
ftp_username=daemon
anon_root=%s
write_enable=YES
anon_upload_enable=YES
anon_other_write_enable=YES
anon_world_readable_only=NO
xferlog_enable=NO
`, port, jail, root)
	p := peer{root: root, user: "anonymous", key: "x", folder: "mours/"}
	p.target = ftpdrop.Target{Host: fmt.Sprintf("127.0.0.1:%d", port), User: "anonymous", Password: "x"}
	if secure {
		pool, cert, key := rsaFiles(t, dir)
		config += fmt.Sprintf("ssl_enable=YES\nallow_anon_ssl=YES\nforce_anon_data_ssl=YES\nforce_anon_logins_ssl=YES\nrequire_ssl_reuse=YES\nssl_ciphers=HIGH\nrsa_cert_file=%s\nrsa_private_key_file=%s\n", cert, key)
		p.secure(pool)
	}
	run(t, port, program, write(t, filepath.Join(dir, "vsftpd.conf"), config))
	return p
}

func startProFTPD(t *testing.T, secure bool) peer {
	program, ftpasswd := needPeer(t, "proftpd"), needPeer(t, "ftpasswd")
	dir := publicFolder(t)
	root, port := filepath.Join(dir, "root"), freePort(t)
	libraryFolders(t, root, nobody)
	users := filepath.Join(dir, "users")
	for user, home := range map[string]string{"hub": root, "mours": filepath.Join(root, "mours")} {
		add := exec.CommandContext(t.Context(), ftpasswd, "--passwd", "--file", users, "--name", user, "--home", home, "--shell", "/bin/false",
			"--uid", fmt.Sprint(nobody), "--gid", fmt.Sprint(nobody), "--stdin")
		add.Stdin = strings.NewReader(keyOf(user))
		if out, err := add.CombinedOutput(); err != nil {
			t.Fatalf("ftpasswd: %v: %s", err, out)
		}
	}
	config := fmt.Sprintf(`ServerType standalone
DefaultAddress 127.0.0.1
Port %d
UseIPv6 off
User nobody
Group nogroup
AuthUserFile %s
AuthOrder mod_auth_file.c
RequireValidShell off
DefaultRoot ~
AllowOverwrite on
UseReverseDNS off
WtmpLog off
TransferLog none
SystemLog %s
PidFile %s
ScoreboardFile %s
`, port, users, filepath.Join(dir, "log"), filepath.Join(dir, "pid"), filepath.Join(dir, "scoreboard"))
	// Without tickets, ProFTPD asks data connections to resume by session number,
	// which Go cannot; the other way is TLSOptions NoSessionReuseRequired.
	p := peer{root: root, user: "mours", key: keyOf("mours")}
	p.target = ftpdrop.Target{Host: fmt.Sprintf("127.0.0.1:%d", port), User: "hub", Password: keyOf("hub")}
	if secure {
		pool, cert, key := rsaFiles(t, dir)
		config += fmt.Sprintf("LoadModule mod_tls.c\nTLSEngine on\nTLSRequired on\nTLSProtocol TLSv1.2\nTLSSessionTickets on\nTLSRSACertificateFile %s\nTLSRSACertificateKeyFile %s\n", cert, key)
		p.secure(pool)
	}
	run(t, port, program, "-n", "-q", "-c", write(t, filepath.Join(dir, "proftpd.conf"), config))
	return p
}

func (p *peer) secure(pool *x509.CertPool) {
	p.target.Explicit, p.target.TLS = true, &tls.Config{RootCAs: pool, MinVersion: tls.VersionTLS12}
}

// connect signs in as the library mours.
func (p *peer) connect(t *testing.T) *ftp.ServerConn {
	t.Helper()
	var options []ftp.DialOption
	if p.target.Explicit {
		config := p.target.TLS.Clone()
		config.ServerName, config.MaxVersion, config.ClientSessionCache = "127.0.0.1", tls.VersionTLS12, tls.NewLRUClientSessionCache(4)
		options = append(options, ftp.DialWithExplicitTLS(config))
	}
	return connect(t, p.target.Host, p.user, p.key, options...)
}

func TestPeers(t *testing.T) {
	for name, start := range map[string]func(*testing.T, bool) peer{"vsftpd": startVsftpd, "ProFTPD": startProFTPD} {
		for _, secure := range []bool{false, true} {
			t.Run(fmt.Sprintf("%s/tls=%v", name, secure), func(t *testing.T) { testPeer(t, start(t, secure)) })
		}
	}
}

// testPeer drops what libraries drop and expects the usual.
func testPeer(t *testing.T, p peer) {
	h := newHub(t, "mours", "peyrins", "sans-dossier")
	// vsftpd answers nothing about a file that is being written: a short patience
	// keeps the test short.
	// The export comes over a second connection.
	poller := h.poller(p.target, func(o *ftpdrop.Options) { o.Timeout, o.Large = 2*time.Second, 1<<20 })
	c := p.connect(t)

	mustStore(t, c, p.folder+"export.xml.tmp", many("mours", manyCards))
	if err := c.Rename(p.folder+"export.xml.tmp", p.folder+"export.xml"); err != nil {
		t.Fatal(err)
	}
	mustStore(t, c, p.folder+"été  (2).xml", many("mours", 1))
	mustStore(t, c, p.folder+"en cours.part", "<cartes")
	mustStore(t, c, p.folder+"vide.xml", "")
	if err := poller.Poll(t.Context()); err != nil {
		t.Fatal(err)
	}
	// The empty file may still be on its way; a later round takes it.
	waitUntil(t, "the empty file to be refused", func() bool {
		if err := poller.Poll(t.Context()); err != nil {
			t.Fatal(err)
		}
		return len(h.letters(t)) == 1
	})
	expectTree(t, p.root, map[string]string{"mours/en cours.part": "<cartes"})
	h.expectFeed(t, "peyrins", manyCards)
	runs, err := h.Runs(t.Context(), cards.RunQuery{Library: "mours", Limit: 10})
	if err != nil || len(runs) != 3 {
		t.Errorf("%d runs, %v", len(runs), err)
	}

	testGrowing(t, h, p, poller)
}

// testGrowing uploads slowly while the poller passes by.
func testGrowing(t *testing.T, h *hub, p peer, poller *ftpdrop.Poller) {
	t.Helper()
	document := many("mours", 2000)
	half := len(document) / 2
	stop, uploaded := make(chan struct{}), make(chan error, 1)
	slow := &slowReader{data: document, half: half, more: stop}
	c := p.connect(t)
	go func() { uploaded <- c.Stor(p.folder+"lent.xml", slow) }()
	waitUntil(t, "the upload to begin", func() bool { return len(tree(t, p.root)) == 2 })
	if err := poller.Poll(t.Context()); err != nil {
		t.Fatal(err)
	}
	close(stop)
	if err := <-uploaded; err != nil {
		t.Fatal(err)
	}
	waitUntil(t, "the slow file to be taken", func() bool {
		if err := poller.Poll(t.Context()); err != nil {
			t.Fatal(err)
		}
		return len(tree(t, p.root)) == 1
	})
	deposits, err := h.Deposits(t.Context(), cards.DepositQuery{Library: "mours", Limit: 1})
	if err != nil || len(deposits) != 1 || deposits[0].Size != int64(len(document)) || deposits[0].Status != cards.Integrated {
		t.Errorf("the slow file came in as %+v, %v", deposits, err)
	}
}

// slowReader gives the second half only when told to.
type slowReader struct {
	data string
	at   int
	half int
	more chan struct{}
}

func (r *slowReader) Read(p []byte) (int, error) {
	if r.at == len(r.data) {
		return 0, io.EOF
	}
	limit := len(r.data)
	if r.at < r.half {
		limit = r.half
	} else {
		<-r.more
	}
	n := copy(p, r.data[r.at:limit])
	r.at += n
	return n, nil
}
