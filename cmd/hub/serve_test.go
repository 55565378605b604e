package main

import (
	"bufio"
	"context"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/carte-reseau/hub/internal/store/storetest"
)

func TestAnAddressInUseIsSaidAtOnce(t *testing.T) {
	t.Parallel()
	var listen net.ListenConfig
	taken, err := listen.Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = taken.Close() }()
	address := taken.Addr().String()
	s := newSite(t, "sqlite:"+filepath.Join(t.TempDir(), "hub.db"))
	s.hub("migrate").want(exitOK)
	began := time.Now()
	s.hub("serve", "--listen="+address).want(exitError, "impossible d’écouter sur "+address, "HUB_LISTEN", "un autre programme y écoute déjà")
	s.hub("serve", "--listen=127.0.0.1:0", "--ftp=embedded://"+address).want(exitError, address)
	s.hub("serve", "--listen=127.0.0.1:0", "--ftp=embedded://0.0.0.0:0").want(exitError, "certificat")
	if waited := time.Since(began); waited > 20*time.Second {
		t.Errorf("said after %s", waited)
	}
}

func TestTheHubStopsInOrderWhileNobodyCalls(t *testing.T) {
	t.Parallel()
	eachDatabase(t, func(t *testing.T, database string) {
		c := newChild(t, newSite(t, database))
		c.withFTP(t)
		c.start(t)
		c.ready(t)
		c.terminate(t)
		c.wantEnd(t, 10*time.Second, exitOK)
		c.start(t) // the same addresses, at once
		c.ready(t)
		c.terminate(t)
		c.wantEnd(t, 10*time.Second, exitOK)
	})
}

// bigPage starts a hub whose first page for peyrins is larger than what
// sockets hold in between.
func bigPage(t *testing.T) *child {
	t.Helper()
	s := newSite(t, storetest.SQLiteDatabase(t))
	s.library("mours")
	s.library("peyrins")
	const count = 5000
	s.OAIPage = count
	list := make([]string, count)
	for i := range list {
		list[i] = fmt.Sprintf("<carte><numero>M%06d</numero><nom>%s</nom><prenom>%[2]s</prenom><adresse><ligne>%[2]s</ligne><ligne>%[2]s</ligne>"+
			"<ligne>%[2]s</ligne><ligne>%[2]s</ligne></adresse>%s</carte>\n", i, strings.Repeat("œ", 100), validEnrolment)
	}
	c := newChild(t, s)
	c.run(t, "import", writeFile(t, "m.xml", documentOf("mours", list...)), "--library=mours")
	c.start(t)
	c.ready(t)
	return c
}

// slowReader asks for the page over a connection that holds little, and reads
// its beginning.
func slowReader(t *testing.T, c *child) (reader *bufio.Reader, hurry func()) {
	t.Helper()
	const small = 8 << 10
	dialer := net.Dialer{Control: func(_, _ string, raw syscall.RawConn) error {
		var set error
		err := raw.Control(func(fd uintptr) { set = syscall.SetsockoptInt(int(fd), syscall.SOL_SOCKET, syscall.SO_RCVBUF, small) })
		return errors.Join(err, set)
	}}
	conn, err := dialer.DialContext(t.Context(), "tcp", hostOf(t, c.url))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = conn.Close() })
	request, err := http.NewRequestWithContext(t.Context(), http.MethodGet, c.url+"/oai?verb=ListRecords&metadataPrefix=carte", nil)
	if err != nil {
		t.Fatal(err)
	}
	request.SetBasicAuth("peyrins", keyOf("peyrins"))
	if err := request.Write(conn); err != nil {
		t.Fatal(err)
	}
	reader = bufio.NewReaderSize(conn, small)
	if _, err := reader.Peek(small); err != nil {
		t.Fatal(err)
	}
	return reader, func() {
		const large = 4 << 20
		if err := conn.(*net.TCPConn).SetReadBuffer(large); err != nil {
			t.Error(err)
		}
	}
}

func TestAHarvesterUnderWayIsServedToItsEndBeforeTheHubStops(t *testing.T) {
	t.Parallel()
	c := bigPage(t)
	reader, hurry := slowReader(t, c)
	c.terminate(t)
	// It takes nobody else in while the reader goes on at its pace.
	eventually(t, 10*time.Second, "new callers are turned away", func() bool {
		var dialer net.Dialer
		conn, err := dialer.DialContext(t.Context(), "tcp", hostOf(t, c.url))
		if err == nil {
			_ = conn.Close()
		}
		return err != nil
	})
	select {
	case err := <-c.gone:
		t.Fatalf("the hub left its reader: %v", err)
	default:
	}
	hurry()
	response, err := http.ReadResponse(reader, nil)
	if err != nil {
		t.Fatal(err)
	}
	page := new(oaiPage)
	if err := xml.NewDecoder(response.Body).Decode(page); err != nil || len(page.Records) != 5000 {
		t.Errorf("%d records of 5000: %v", len(page.Records), err)
	}
	_ = response.Body.Close()
	c.wantEnd(t, 10*time.Second, exitOK)
}

func TestAReaderWhoHasStoppedDoesNotKeepTheHub(t *testing.T) {
	t.Parallel()
	c := bigPage(t)
	reader, hurry := slowReader(t, c)
	c.terminate(t)
	c.wantEnd(t, stopTimeout+10*time.Second, exitOK)
	hurry()
	if n, err := io.Copy(io.Discard, reader); err == nil && n > 4<<20 {
		t.Error("the page was whole: the reader did not hold the hub up, and the test shows nothing")
	}
}

// What a hub had begun when it stopped is taken up by the next.
func TestTheMarkMovesOnlyWhenTheLastPageWasTaken(t *testing.T) {
	t.Parallel()
	eachDatabase(t, func(t *testing.T, database string) {
		s := newSite(t, database)
		s.OAIPage = 2
		s.library("mours")
		s.library("peyrins")
		h := s.boot()
		newCaller(t, h.publicURL, "mours").mustPost(t, documentOf("mours", manyCards("M", 5)...))
		peyrins := newCaller(t, h.publicURL, "peyrins")
		behind := func() int64 {
			status, err := h.store.LibraryStatus(context.Background(), "peyrins")
			if err != nil {
				t.Fatal(err)
			}
			return status.Behind
		}
		args := url.Values{}
		for page := range 3 {
			if got := behind(); got != 5 {
				t.Fatalf("before page %d: %d behind, want 5", page+1, got)
			}
			answered, err := peyrins.list(t.Context(), args)
			if err != nil {
				t.Fatal(err)
			}
			args = url.Values{"resumptionToken": {answered.Token}}
		}
		eventually(t, 5*time.Second, "nothing is owed behind the last page", func() bool { return behind() == 0 })
	})
}
