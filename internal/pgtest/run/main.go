// Command run starts one PostgreSQL server, runs a command with HUB_TEST_POSTGRES pointing at it, and ends the server:
//
//	go run ./internal/pgtest/run go test ./...
//
// All packages of one test run then share a server. A server HUB_TEST_POSTGRES already names is used as it is.
package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"os/signal"
	"syscall"

	"github.com/carte-reseau/hub/internal/pgtest"
)

func main() {
	err := run(os.Args[1:])
	var exit *exec.ExitError
	if errors.As(err, &exit) && exit.ExitCode() > 0 {
		os.Exit(exit.ExitCode())
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func run(args []string) (err error) {
	if len(args) == 0 {
		return errors.New("no command given; for example: run go test ./internal/store")
	}
	// Whatever asks this program to end asks the command; the server ends after it.
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	url := os.Getenv(pgtest.EnvURL)
	if url == "" {
		server, failed := pgtest.Start()
		if failed != nil {
			return failed
		}
		defer func() { err = errors.Join(err, server.Stop()) }()
		url = server.URL()
	}
	cmd := exec.CommandContext(ctx, args[0], args[1:]...) //nolint:gosec // the command is what this program was asked to run
	cmd.Cancel = func() error { return cmd.Process.Signal(os.Interrupt) }
	cmd.Env = append(os.Environ(), pgtest.EnvURL+"="+url, pgtest.EnvRequired+"=1")
	cmd.Stdin, cmd.Stdout, cmd.Stderr = os.Stdin, os.Stdout, os.Stderr
	return cmd.Run()
}
