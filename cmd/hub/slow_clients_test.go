package main

import (
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"testing"
	"time"
)

// A client that announces a body and sends none would hold its connection for
// ever: nobody signs in for that.
func TestNoAddressWaitsForEverForABody(t *testing.T) {
	t.Parallel()
	address := newSite(t, sqliteDatabase(t)).boot().listener.Addr().String()
	for _, request := range []string{
		"GET /healthz", "GET /readyz", "GET /metrics", "GET /schemas/carte-reseau-1.xsd", "GET /api/v1/libraries",
		"POST /oai", "GET /oai?verb=Identify", "POST /cartes", "GET /depots/1", "POST /rapports", "POST /nowhere",
	} {
		for _, body := range []string{"Content-Length: 1000", "Transfer-Encoding: chunked"} {
			t.Run(request+" "+body, func(t *testing.T) {
				t.Parallel()
				wantHungUp(t, address, fmt.Sprintf("%s HTTP/1.1\r\nHost: hub\r\n%s\r\n\r\n", request, body))
			})
		}
	}
}

func wantHungUp(t *testing.T, address, request string) {
	t.Helper()
	const patience = 4 * lingerPatience
	conn, err := (&net.Dialer{Timeout: patience}).DialContext(t.Context(), "tcp", address)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = conn.Close() }()
	if err := conn.SetDeadline(time.Now().Add(patience)); err != nil {
		t.Fatal(err)
	}
	if _, err := io.WriteString(conn, request); err != nil {
		t.Fatal(err)
	}
	answer, err := io.ReadAll(conn)
	if errors.Is(err, os.ErrDeadlineExceeded) {
		t.Errorf("the connection is still open after %s", patience)
	}
	if len(answer) == 0 {
		t.Error("hung up without an answer")
	}
}
