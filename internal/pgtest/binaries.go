package pgtest

import (
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
)

// ErrNoPostgres says that no PostgreSQL is to be found on this machine, and how to get one.
var ErrNoPostgres = errors.New("no PostgreSQL found: install one (Debian: apt-get install --no-install-recommends postgresql), " +
	"or set HUB_TEST_POSTGRES to a postgres:// URL of a server where databases may be created")

// Distributions keep the server's programs out of the PATH: Debian, Red Hat, Homebrew.
var binaryFolders = []string{
	"/usr/lib/postgresql/*/bin",
	"/usr/pgsql-*/bin",
	"/opt/homebrew/opt/postgresql*/bin",
	"/usr/local/opt/postgresql*/bin",
}

// binaries returns the folder of initdb and pg_ctl, the newest version first.
func binaries() (string, error) {
	if path, err := exec.LookPath("initdb"); err == nil {
		if path, err = filepath.EvalSymlinks(path); err == nil && complete(filepath.Dir(path)) {
			return filepath.Dir(path), nil
		}
	}
	for _, pattern := range binaryFolders {
		folders, err := filepath.Glob(pattern)
		if err != nil {
			return "", err
		}
		slices.SortFunc(folders, func(a, b string) int { return version(b) - version(a) })
		if i := slices.IndexFunc(folders, complete); i >= 0 {
			return folders[i], nil
		}
	}
	return "", ErrNoPostgres
}

func complete(folder string) bool {
	for _, name := range []string{"initdb", "pg_ctl", "postgres"} {
		if info, err := os.Stat(filepath.Join(folder, name)); err != nil || info.IsDir() {
			return false
		}
	}
	return true
}

// version reads the number in a folder such as /usr/lib/postgresql/15/bin; 0 where there is none.
func version(folder string) int {
	name := filepath.Base(filepath.Dir(folder))
	n, err := strconv.Atoi(name[strings.LastIndexAny(name, "-@l")+1:])
	if err != nil {
		return 0
	}
	return n
}
