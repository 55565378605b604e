package main

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"math/big"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/jlaffaye/ftp"
)

// certificateFiles are those of a server, renewed by a program of their own.
type certificateFiles struct {
	t         *testing.T
	cert, key string
	renewed   int
}

func newCertificateFiles(t *testing.T) *certificateFiles {
	t.Helper()
	folder := t.TempDir()
	f := &certificateFiles{t: t, cert: filepath.Join(folder, "cert.pem"), key: filepath.Join(folder, "key.pem")}
	f.renew(1)
	return f
}

func (f *certificateFiles) renew(serial int64) {
	f.t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		f.t.Fatal(err)
	}
	template := &x509.Certificate{SerialNumber: big.NewInt(serial), NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour)}
	der, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	if err != nil {
		f.t.Fatal(err)
	}
	private, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		f.t.Fatal(err)
	}
	f.write(f.cert, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der}))
	f.write(f.key, pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: private}))
}

// write gives each file a time of its own, however coarse the disk's clock.
func (f *certificateFiles) write(path string, content []byte) {
	f.t.Helper()
	if err := os.WriteFile(path, content, 0o600); err != nil {
		f.t.Fatal(err)
	}
	f.renewed++
	at := time.Now().Add(time.Duration(f.renewed) * time.Minute)
	if err := os.Chtimes(path, at, at); err != nil {
		f.t.Fatal(err)
	}
}

// serialShown is the serial number of the certificate an FTP server shows.
func serialShown(t *testing.T, address string) (serial int64) {
	t.Helper()
	config := &tls.Config{InsecureSkipVerify: true, MinVersion: tls.VersionTLS12, VerifyConnection: func(s tls.ConnectionState) error {
		serial = s.PeerCertificates[0].SerialNumber.Int64()
		return nil
	}}
	const patience = 5 * time.Second
	conn, err := ftp.Dial(address, ftp.DialWithExplicitTLS(config), ftp.DialWithTimeout(patience))
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = conn.Quit() }()
	if err := conn.Login("mours", keyOf("mours")); err != nil {
		t.Fatal(err)
	}
	return serial
}

// A certificate lives a few weeks, the hub for months.
func TestARenewedCertificateNeedsNoRestart(t *testing.T) {
	t.Parallel()
	files := newCertificateFiles(t)
	s := newSite(t, "sqlite:hub.db")
	s.FTP, s.FTPCertificate, s.FTPKey = "embedded://127.0.0.1:0", files.cert, files.key
	s.library("mours")
	h := s.boot()
	wanted := func(want int64) {
		t.Helper()
		if got := serialShown(t, h.parts.ftpServer.Addr()); got != want {
			t.Errorf("certificate no. %d is shown, want %d", got, want)
		}
	}
	wanted(1)
	files.renew(2)
	wanted(2)
	files.write(files.key, []byte("half a key"))
	wanted(2)
	if err := os.Remove(files.cert); err != nil {
		t.Fatal(err)
	}
	wanted(2)
	files.renew(3)
	wanted(3)
}

// Many keep the key in front of the certificate, in one file. The server takes it; that it ends is to be told all the same.
func TestTheEndOfACertificateBehindItsKeyIsKnown(t *testing.T) {
	t.Parallel()
	files := newCertificateFiles(t)
	var both []byte
	for _, file := range []string{files.key, files.cert} {
		content, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		both = append(both, content...)
	}
	want := certificateEnd(files.cert)
	files.write(files.cert, both)
	if got := certificateEnd(files.cert); want.IsZero() || !got.Equal(want) {
		t.Errorf("it ends %v, said is %v", want, got)
	}
}
