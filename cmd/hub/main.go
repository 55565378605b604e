// Command hub keeps the cards of a network of libraries in step. It is the
// roof of the house: configuration, subcommands, and the wiring that joins the
// doors to the tools. It is the only place that knows everything, and it holds
// no rule of its own.
package main

import (
	"context"
	"os"
	"os/signal"
	"syscall"
	_ "time/tzdata" // containers have no time zones of their own
)

// version is set by the linker in released builds.
var version = "dev"

func main() {
	keepPrivate()
	collectRarely()
	endProfile := profiled()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	status := run(ctx, console{in: os.Stdin, out: os.Stdout, err: os.Stderr}, os.Args[1:])
	stop()
	endProfile()
	os.Exit(status)
}
