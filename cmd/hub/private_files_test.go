package main

import (
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
)

// The data folder may have been made by an administrator, for all to read.
func TestNobodyElseReadsTheDataFolder(t *testing.T) {
	t.Parallel()
	path, err := binary()
	if err != nil {
		t.Fatal(err)
	}
	data := t.TempDir()
	if err := os.Chmod(data, 0o755); err != nil {
		t.Fatal(err)
	}
	if said, err := exec.CommandContext(t.Context(), path, "migrate", "--data="+data).CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, said)
	}
	files := 0
	err = filepath.WalkDir(data, func(path string, entry fs.DirEntry, err error) error {
		if err != nil || path == data {
			return err
		}
		info, err := entry.Info()
		if err != nil {
			return err
		}
		files++
		if open := info.Mode().Perm() & 0o077; open != 0 {
			t.Errorf("%s is open to others: %s", entry.Name(), info.Mode())
		}
		return nil
	})
	if err != nil || files < 2 {
		t.Errorf("%d files, %v: at least the secret and the database", files, err)
	}
}
