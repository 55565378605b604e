package store_test

import (
	"context"
	"encoding/binary"
	"io"
	"net"
	"net/url"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/carte-reseau/hub/internal/cards"
	"github.com/carte-reseau/hub/internal/store"
	"github.com/carte-reseau/hub/internal/store/storetest"
)

// What one changed card costs on its way to a library at rest is ways to PostgreSQL and back, each with what can be asked at
// once. These are all of them but for the look at the library; more would not be noticed otherwise.
func TestTheWaysOfOneCardAreFew(t *testing.T) {
	asked, database := countWays(t, storetest.PostgresDatabase(t))
	s, err := store.Open(ctx, store.Options{Database: database, Secret: storetest.Secret})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	mours, monnaie := storetest.Library(t, s, "mours"), storetest.Library(t, s, "monnaie", withPush)
	must(t, s.SyncJobs(ctx, []cards.Job{{Kind: cards.JobPush, LibraryID: monnaie.ID, Schedule: "@daily", NextRun: time.Now().Add(time.Hour)}}))
	var d *cards.Deposit
	var due []cards.Job
	var leases []cards.Lease
	var work cards.PushWork
	var run cards.Run
	const rounds = 8 // in the first, statements are prepared
	for round := range rounds {
		phone := func(c *cards.Card) { c.Phone = strings.Repeat("1", round+1) }
		at := time.Now()
		for _, step := range []struct {
			what string
			most int64
			do   func() (err error)
		}{
			{"signing in", 1, func() error { _, err := s.Authenticate(ctx, "mours", storetest.Key); return err }},
			{"taking the document", 9, func() (err error) {
				d, err = s.TakeDeposit(ctx, cards.Deposit{LibraryID: mours.ID, Door: cards.DoorPost, Arrived: at}, []byte("document"), cards.Batch{
					Library: mours, Door: cards.DoorPost, Moment: cards.Moment{Arrived: at}, Items: []cards.Item{{Ordinal: 1, Incoming: storetest.Card("A1", phone)}},
				})
				return err
			}},
			{"its report", 1, func() error {
				for _, err := range s.Results(ctx, d.ID, false) {
					if err != nil {
						return err
					}
				}
				return nil
			}},
			{"waking the push", 1, func() (err error) { due, err = s.DueJobs(ctx, 10, cards.JobPush); return err }},
			{"its lease", 1, func() (err error) { leases, err = s.AcquireLeases(ctx, due, "a hub", time.Minute); return err }},
			{"what is owed", 2, func() (err error) {
				work, err = s.PushWork(ctx, cards.PushQuery{LibraryID: monnaie.ID, Place: time.UTC, Limit: 10})
				return err
			}},
			{"its run", 1, func() (err error) {
				run = cards.Run{LibraryID: monnaie.ID, Job: cards.JobPush, Started: at}
				run.ID, _, err = s.BeginPush(ctx, run)
				return err
			}},
		} {
			before := asked.Load()
			must(t, step.do())
			if n := asked.Load() - before; round == rounds-1 && n > step.most {
				t.Errorf("%s: %d ways to the database and back, want %d", step.what, n, step.most)
			}
		}
		if len(leases) != 1 || len(work.Feed) != 1 {
			t.Fatalf("leases %+v, owed %+v", leases, work.Feed)
		}
		must(t, s.SettlePush(ctx, monnaie.ID, work.Feed[0].Seq, work.Feed, nil))
		run.Finished = time.Now()
		must(t, s.FinishRun(ctx, run))
		must(t, s.ReleaseLease(ctx, &leases[0], time.Now().Add(time.Hour), nil))
	}
}

// countWays leads to a PostgreSQL and counts what is asked on the way: what a client sends until it waits for an answer.
func countWays(t *testing.T, database string) (asked *atomic.Int64, through string) {
	t.Helper()
	at, err := url.Parse(database)
	if err != nil {
		t.Fatal(err)
	}
	listener, err := new(net.ListenConfig).Listen(ctx, "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	asked = new(atomic.Int64)
	var wires sync.WaitGroup
	t.Cleanup(func() {
		_ = listener.Close()
		wires.Wait()
	})
	server := at.Host
	wires.Go(func() {
		for {
			client, err := listener.Accept()
			if err != nil {
				return
			}
			wires.Go(func() { carry(client, server, asked) })
		}
	})
	at.Host = listener.Addr().String()
	return asked, at.String()
}

// carry takes one connection's messages to the server and its answers back.
func carry(client net.Conn, server string, asked *atomic.Int64) {
	defer client.Close()
	to, err := new(net.Dialer).DialContext(context.Background(), "tcp", server)
	if err != nil {
		return
	}
	var back sync.WaitGroup
	defer back.Wait()
	defer to.Close()
	back.Go(func() { _, _ = io.Copy(client, to) }) // ends with either
	const greeting, message = 4, 5                 // the first one has no kind
	for head := make([]byte, greeting); ; head = make([]byte, message) {
		if _, err := io.ReadFull(client, head); err != nil {
			return
		}
		length := head[len(head)-greeting:]
		if head[0] == 'S' || head[0] == 'Q' { // of a greeting it is a length
			asked.Add(1)
		}
		if _, err := to.Write(head); err != nil {
			return
		}
		if _, err := io.CopyN(to, client, int64(binary.BigEndian.Uint32(length))-greeting); err != nil {
			return
		}
	}
}
