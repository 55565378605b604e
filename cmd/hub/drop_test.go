package main

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/jlaffaye/ftp"
)

const ftpPatience = 20 * time.Second

// dropFile puts a file into the library's folder, under a temporary name
// first. Without an error the hub has promised to keep it.
func dropFile(ctx context.Context, addr, code, name, content string) error {
	conn, err := ftp.Dial(addr, ftp.DialWithContext(ctx), ftp.DialWithTimeout(ftpPatience))
	if err != nil {
		return err
	}
	if err := conn.Login(code, keyOf(code)); err != nil {
		return errors.Join(err, conn.Quit())
	}
	if err := conn.Stor(name+".tmp", strings.NewReader(content)); err != nil {
		return errors.Join(err, conn.Quit())
	}
	err = conn.Rename(name+".tmp", name)
	_ = conn.Quit() // the answer to the renaming is the promise
	return err
}

// filesIn lists what waits in the folders of the hub's own FTP server. A file
// whose upload a crash broke off keeps its temporary name for good.
func filesIn(t *testing.T, s *site) []string {
	t.Helper()
	found, err := filepath.Glob(filepath.Join(s.Data, "ftp", "*", "*"))
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, path := range found {
		if info, err := os.Stat(path); err == nil && info.Mode().IsRegular() && filepath.Ext(path) == ".xml" {
			names = append(names, path)
		}
	}
	return names
}
