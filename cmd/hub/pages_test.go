package main

import (
	"context"
	"crypto/x509"
	"encoding/pem"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/carte-reseau/hub/internal/store/storetest"
)

// The pages stand beside the addresses of libraries, never on them: who sends cards or fetches a report without a key is
// asked for one, not shown the way to the sign-in.
func TestThePagesLeaveTheDoorsOfLibrariesAlone(t *testing.T) {
	s := newSite(t, storetest.SQLiteDatabase(t))
	h, err := newHub(context.Background(), &s.Settings, console{out: s.log, err: s.log})
	if err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- h.run(ctx) }()
	defer func() {
		stop()
		if err := <-ended; err != nil {
			t.Error(err)
		}
		h.close()
	}()
	for _, door := range []struct{ method, path string }{
		{http.MethodPost, "/cartes"}, {http.MethodGet, "/depots/1"}, {http.MethodPost, "/rapports"}, {http.MethodGet, "/oai?verb=Identify"},
	} {
		request, err := http.NewRequestWithContext(t.Context(), door.method, h.publicURL+door.path, strings.NewReader("<cartes/>"))
		if err != nil {
			t.Fatal(err)
		}
		request.Header.Set("Content-Type", "application/xml")
		answer, err := http.DefaultTransport.RoundTrip(request)
		if err != nil {
			t.Fatal(err)
		}
		_ = answer.Body.Close()
		if answer.StatusCode != http.StatusUnauthorized || answer.Header.Get("WWW-Authenticate") == "" {
			t.Errorf("%s %s: HTTP status %d %v", door.method, door.path, answer.StatusCode, answer.Header)
		}
	}
}

// certificate writes one, and its key, to files.
func certificate(t *testing.T) (file, key string) {
	t.Helper()
	server := httptest.NewTLSServer(http.NotFoundHandler())
	defer server.Close()
	pair := server.TLS.Certificates[0]
	secret, err := x509.MarshalPKCS8PrivateKey(pair.PrivateKey)
	if err != nil {
		t.Fatal(err)
	}
	block := func(kind string, bytes []byte) string {
		return string(pem.EncodeToMemory(&pem.Block{Type: kind, Bytes: bytes}))
	}
	return writeFile(t, "cert.pem", block("CERTIFICATE", pair.Certificate[0])), writeFile(t, "key.pem", block("PRIVATE KEY", secret))
}

// A vendor is told the drop's address as it is reached, and how.
func TestTheSheetTellsWhereFilesAreDropped(t *testing.T) {
	database := storetest.SQLiteDatabase(t)
	file, key := certificate(t)
	data, password := t.TempDir(), writeFile(t, "ftp", "mot de passe")
	for _, drop := range []struct {
		ftp                  string
		certified            bool
		want                 string // but for the port of the hub's own
		sameKey, isEncrypted bool
	}{
		{ftp: "ftp://reseau@depot.example.org/cartes", want: "ftp://depot.example.org:21"},
		{ftp: "ftpes://reseau@depot.example.org:2121", want: "ftpes://depot.example.org:2121", isEncrypted: true},
		{ftp: "embedded://127.0.0.1:0", want: "ftp://127.0.0.1", sameKey: true},
		{ftp: "embedded://127.0.0.1:0", certified: true, want: "ftpes://127.0.0.1", sameKey: true, isEncrypted: true},
		{ftp: "embedded://0.0.0.0:0", certified: true, want: "ftpes://hub.example.org", sameKey: true, isEncrypted: true},
		{ftp: "embedded://:0", certified: true, want: "ftpes://hub.example.org", sameKey: true, isEncrypted: true},
	} {
		s := newSite(t, database)
		s.Data, s.FTP, s.FTPPasswordFile, s.PublicURL = data, drop.ftp, password, "https://hub.example.org:8443/"
		if drop.certified {
			s.FTPCertificate, s.FTPKey = file, key
		}
		h, err := newHub(t.Context(), &s.Settings, console{out: s.log, err: s.log})
		if err != nil {
			t.Fatal(err)
		}
		told := h.doors()
		if drop.sameKey {
			_, port, err := net.SplitHostPort(h.parts.ftpServer.Addr())
			if err != nil {
				t.Error(err)
			}
			drop.want += ":" + port
		}
		h.close()
		if told.Provisional || told.FTP != drop.want || told.FTPSameKey != drop.sameKey || told.FTPEncrypted != drop.isEncrypted {
			t.Errorf("%s is told as %+v, want %s", drop.ftp, told, drop.want)
		}
	}
}

// A hub whose public address nobody has set knows that the one it gives leads nowhere from outside.
func TestAnAddressNobodySetIsProvisional(t *testing.T) {
	s := newSite(t, storetest.SQLiteDatabase(t))
	s.PublicURL = ""
	h, err := newHub(t.Context(), &s.Settings, console{out: s.log, err: s.log})
	if err != nil {
		t.Fatal(err)
	}
	defer h.close()
	if told := h.doors(); !told.Provisional || !strings.HasPrefix(told.PublicURL, "http://127.0.0.1:") {
		t.Errorf("told as %+v", told)
	}
}
