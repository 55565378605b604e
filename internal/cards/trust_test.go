package cards_test

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"errors"
	"log/slog"
	"math/big"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/carte-reseau/hub/internal/cards"
)

// certified makes a certificate that signs itself, and a client that trusts it.
func certified(t *testing.T, ip net.IP, until time.Duration) (tls.Certificate, *x509.CertPool) {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "SIGB"}, IPAddresses: []net.IP{ip}, IsCA: true, BasicConstraintsValid: true,
		NotBefore: time.Now().Add(until - 2*time.Hour), NotAfter: time.Now().Add(until), KeyUsage: x509.KeyUsageDigitalSignature | x509.KeyUsageCertSign,
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	if err != nil {
		t.Fatal(err)
	}
	parsed, err := x509.ParseCertificate(der)
	if err != nil {
		t.Fatal(err)
	}
	pool := x509.NewCertPool()
	pool.AddCert(parsed)
	return tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key}, pool
}

func TestWhatIsWrongWithTheOthersTLS(t *testing.T) {
	here, elsewhere := net.IPv4(127, 0, 0, 1), net.IPv4(192, 0, 2, 1)
	for name, c := range map[string]struct {
		ip       net.IP
		until    time.Duration
		newest   uint16
		stranger bool // the client trusts another authority
		plain    bool
		what     string
	}{
		"in order":          {here, time.Hour, 0, false, false, ""},
		"unknown authority": {here, time.Hour, 0, true, false, "autorité"},
		"another name":      {elsewhere, time.Hour, 0, false, false, "autre machine"},
		"expired":           {here, -time.Hour, 0, false, false, "expiré"},
		"not yet valid":     {here, 3 * time.Hour, 0, false, false, "expiré, ou n’est pas encore valable"},
		"old TLS":           {here, time.Hour, tls.VersionTLS10, false, false, "aucune version sûre"},
		"no TLS":            {here, time.Hour, 0, false, true, "sans chiffrement"},
	} {
		t.Run(name, func(t *testing.T) {
			certificate, pool := certified(t, c.ip, c.until)
			if c.stranger {
				_, pool = certified(t, c.ip, c.until)
			}
			server := httptest.NewUnstartedServer(http.NotFoundHandler())
			server.Config.ErrorLog = slog.NewLogLogger(slog.DiscardHandler, slog.LevelError)
			server.TLS = &tls.Config{Certificates: []tls.Certificate{certificate}, MinVersion: tls.VersionTLS10, MaxVersion: c.newest}
			if c.plain {
				server.Start()
			} else {
				server.StartTLS()
			}
			t.Cleanup(server.Close)
			transport := &http.Transport{TLSClientConfig: &tls.Config{RootCAs: pool, MinVersion: tls.VersionTLS12}}
			t.Cleanup(transport.CloseIdleConnections)
			request, err := http.NewRequestWithContext(t.Context(), http.MethodGet, "https"+strings.TrimPrefix(strings.TrimPrefix(server.URL, "https"), "http"), nil)
			if err != nil {
				t.Fatal(err)
			}
			response, err := (&http.Client{Transport: transport}).Do(request)
			if err == nil {
				_ = response.Body.Close()
				err = errors.New("nothing is wrong with it")
			}
			what, todo, found := cards.TLSFault(err)
			if found != (c.what != "") || !strings.Contains(what.String(), c.what) || found == todo.IsZero() {
				t.Errorf("%v: %t, %q, %q", err, found, what, todo)
			}
		})
	}
}

// What is wrong otherwise with a certificate is not that it has expired, and what is wrong with the network is no matter of TLS.
func TestWhatIsNoMatterOfADateOrOfTLS(t *testing.T) {
	unsuited := &tls.CertificateVerificationError{Err: x509.CertificateInvalidError{Reason: x509.NotAuthorizedToSign}}
	if what, todo, found := cards.TLSFault(unsuited); !found || !strings.Contains(what.String(), "n’est pas valable") || strings.Contains(what.String(), "expiré") || todo.IsZero() {
		t.Errorf("%t, %q, %q", found, what, todo)
	}
	refused := &net.OpError{Op: "dial", Err: errors.New("connection refused")}
	if _, _, found := cards.TLSFault(refused); found || cards.ProxyFault(refused) {
		t.Error("a connection that was refused is a fault of TLS, or of the proxy")
	}
	if !cards.ProxyFault(&net.OpError{Op: "proxyconnect", Err: refused}) || cards.ProxyFault(errors.New("proxyconnect")) {
		t.Error("a proxy that does not answer is not told from others")
	}
}
