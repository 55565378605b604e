package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"sync"
	"testing"
	"time"

	"github.com/carte-reseau/hub/internal/store/storetest"
)

// A client that announces a body and sends none would hold its connection for
// ever: nobody signs in for that.
func TestNoAddressWaitsForEverForABody(t *testing.T) {
	t.Parallel()
	address := newSite(t, storetest.SQLiteDatabase(t)).boot().listener.Addr().String()
	var clients sync.WaitGroup
	for _, request := range []string{
		"GET /healthz", "GET /readyz", "GET /metrics", "GET /schemas/carte-reseau-1.xsd", "GET /api/v1/libraries",
		"POST /oai", "GET /oai?verb=Identify", "POST /cartes", "GET /depots/1", "POST /rapports", "POST /nowhere",
	} {
		for _, body := range []string{"Content-Length: 1000", "Transfer-Encoding: chunked"} {
			clients.Go(func() { // together, since each waits
				if err := hungUp(t.Context(), address, fmt.Sprintf("%s HTTP/1.1\r\nHost: hub\r\n%s\r\n\r\n", request, body)); err != nil {
					t.Errorf("%s with %s: %v", request, body, err)
				}
			})
		}
	}
	clients.Wait()
}

// hungUp sends a request and waits for the hub to answer and hang up.
func hungUp(ctx context.Context, address, request string) error {
	const patience = 6 * lingerPatience
	conn, err := (&net.Dialer{Timeout: patience}).DialContext(ctx, "tcp", address)
	if err != nil {
		return err
	}
	defer func() { _ = conn.Close() }()
	if err := conn.SetDeadline(time.Now().Add(patience)); err != nil {
		return err
	}
	if _, err := io.WriteString(conn, request); err != nil {
		return err
	}
	answer, err := io.ReadAll(conn)
	switch {
	case errors.Is(err, os.ErrDeadlineExceeded):
		return fmt.Errorf("the connection is still open after %s", patience)
	case len(answer) == 0:
		return errors.New("hung up without an answer")
	}
	return nil // a reset behind the answer is a way of hanging up
}
