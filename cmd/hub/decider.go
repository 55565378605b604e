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
	const all = -1
	return f.store.Wake(ctx, cards.JobPush, all)
}

// pageOfRows is how many rows a listing reads at a time.
const pageOfRows = 200

// eachPage reads a list that grows at its top to its end, page by page; read gets the lowest number met, 0 at first.
func eachPage[T any](read func(before int64) ([]T, error), id func(T) int64, show func([]T) error) (n int, err error) {
	for before := int64(0); ; {
		page, err := read(before)
		if err != nil {
			return n, err
		}
		if len(page) == 0 {
			return n, nil
		}
		if err := show(page); err != nil {
			return n, err
		}
		n += len(page)
		if len(page) < pageOfRows {
			return n, nil
		}
		before = id(page[len(page)-1])
	}
}
