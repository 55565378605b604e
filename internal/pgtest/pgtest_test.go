package pgtest_test

import (
	"context"
	"crypto/rand"
	"os"
	"os/exec"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"go.uber.org/goleak"

	"github.com/carte-reseau/hub/internal/pgtest"
)

// envKeep makes TestMain a process that starts a server, says where it is, and waits to be killed.
const envKeep = "PGTEST_KEEP_SERVER"

func TestMain(m *testing.M) {
	if os.Getenv(envKeep) == "1" {
		keepServer()
	}
	goleak.VerifyTestMain(m)
}

func keepServer() {
	server, err := pgtest.Start()
	if err != nil {
		panic(err)
	}
	os.Stdout.WriteString(server.URL() + "\n")
	time.Sleep(time.Hour)
}

func TestURL_EveryTestItsOwnEmptyDatabase(t *testing.T) {
	first, second := pgtest.URL(t), pgtest.URL(t)
	if first == second {
		t.Fatalf("two calls gave one database")
	}
	query(t, first, "CREATE TABLE card (id integer)")
	if n := query(t, second, "SELECT count(*) FROM pg_tables WHERE schemaname = 'public'"); n != 0 {
		t.Errorf("the second database holds %d tables", n)
	}
}

func TestCopy_PreparedOnceAndNeverShared(t *testing.T) {
	name := "pgtest_" + strings.ToLower(rand.Text())
	var prepared atomic.Int64
	prepare := func(database string) error {
		prepared.Add(1)
		query(t, database, "CREATE TABLE card (id integer)")
		return nil
	}
	server := pgtest.URL(t)
	t.Cleanup(func() { query(t, server, "DROP DATABASE "+name) })
	var copies [3]string
	t.Run("at once", func(t *testing.T) {
		for i := range copies {
			t.Run("", func(t *testing.T) {
				t.Parallel()
				copies[i] = pgtest.Copy(t, name, prepare)
				query(t, copies[i], "INSERT INTO card VALUES (1)")
				if n := query(t, copies[i], "SELECT count(*) FROM card"); n != 1 {
					t.Errorf("a copy holds %d rows, want its own", n)
				}
			})
		}
	})
	if n := prepared.Load(); n != 1 {
		t.Errorf("prepared %d times", n)
	}
}

func TestCopy_WhatWasLeftUnfinishedIsMadeAnew(t *testing.T) {
	name := "pgtest_" + strings.ToLower(rand.Text())
	server := pgtest.URL(t)
	t.Cleanup(func() { query(t, server, "DROP DATABASE IF EXISTS "+name+"_unfinished") })
	query(t, server, "CREATE DATABASE "+name+"_unfinished")
	copied := pgtest.Copy(t, name, func(database string) error {
		query(t, database, "CREATE TABLE card (id integer)")
		return nil
	})
	t.Cleanup(func() { query(t, server, "DROP DATABASE "+name) })
	if n := query(t, copied, "SELECT count(*) FROM card"); n != 0 {
		t.Errorf("%d rows", n)
	}
}

func TestURL_DroppedAtTheEndOfTheTest(t *testing.T) {
	outer := pgtest.URL(t)
	var name string
	t.Run("inner", func(t *testing.T) {
		config, err := pgx.ParseConfig(pgtest.URL(t))
		if err != nil {
			t.Fatal(err)
		}
		name = config.Database
		if n := query(t, outer, "SELECT count(*) FROM pg_database WHERE datname = $1", name); n != 1 {
			t.Fatalf("%d databases of that name, want 1", n)
		}
	})
	if n := query(t, outer, "SELECT count(*) FROM pg_database WHERE datname = $1", name); n != 0 {
		t.Errorf("the database of an ended test is still there")
	}
}

func TestStart_AKilledProcessLeavesNoServerBehind(t *testing.T) {
	pgtest.URL(t) // skips where there is no PostgreSQL
	if os.Getenv(pgtest.EnvURL) != "" && !installed() {
		t.Skip("the server is somebody else's and no PostgreSQL is installed here")
	}
	cmd := exec.CommandContext(t.Context(), os.Args[0])
	cmd.Env = append(os.Environ(), envKeep+"=1")
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	buffer := make([]byte, 512)
	n, err := out.Read(buffer)
	if err != nil {
		t.Fatal(err)
	}
	url := strings.TrimSpace(string(buffer[:n]))
	query(t, url, "SELECT 1")

	if err := cmd.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	_ = cmd.Wait() // it says it was killed

	for deadline := time.Now().Add(30 * time.Second); reachable(t, url); time.Sleep(20 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatal("the server outlived the process that started it")
		}
	}
}

func installed() bool {
	server, err := pgtest.Start()
	return err == nil && server.Stop() == nil
}

func reachable(t *testing.T, url string) bool {
	t.Helper()
	conn, err := pgx.Connect(t.Context(), url)
	if err != nil {
		return false
	}
	return conn.Close(t.Context()) == nil
}

func query(t *testing.T, url, sql string, args ...any) int {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.WithoutCancel(t.Context()), 30*time.Second) // a clean-up asks too
	defer cancel()
	conn, err := pgx.Connect(ctx, url)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = conn.Close(ctx) }()
	rows, err := conn.Query(ctx, sql, args...)
	if err != nil {
		t.Fatal(err)
	}
	defer rows.Close()
	n := 0
	for rows.Next() {
		if err := rows.Scan(&n); err != nil {
			t.Fatal(err)
		}
	}
	if err := rows.Err(); err != nil {
		t.Fatal(err)
	}
	return n
}
