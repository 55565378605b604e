package main

import (
	"context"
	"os"
	"os/user"
	"strconv"

	"github.com/carte-reseau/hub/internal/cards"
)

// atConsole names who decides by the command line, as it is recorded: "cli:" and the account of the system.
func atConsole() string { return "cli:" + systemAccount() }

// systemAccount names who calls the command by the account of the system.
func systemAccount() string {
	if u, err := user.Current(); err == nil && u.Username != "" {
		return u.Username
	}
	return strconv.Itoa(os.Getuid()) // in a container an account may have no name
}

// decide opens the database for one decision, and has a hub that is running deliver what it changed: what other processes do it
// sees only so.
func decide(ctx context.Context, s *Settings, c console, do func(f *foundation) error) error {
	f, err := open(ctx, s, c)
	if err != nil {
		return err
	}
	defer f.close()
	if err := do(f); err != nil {
		return err
	}
	return f.store.WakeAll(ctx, cards.JobPush)
}
