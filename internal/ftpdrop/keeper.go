package ftpdrop

import (
	"io/fs"
	"os"
	"path"
	"strings"
	"time"

	ftpserver "github.com/fclairamb/ftpserverlib"
	"github.com/spf13/afero"
)

// keeper is what the poller's account sees: all folders, to read, rename and
// delete in, not to write to.
type keeper struct{ *shelf }

var (
	_ ftpserver.ClientDriver                      = (*keeper)(nil)
	_ ftpserver.ClientDriverExtensionFileList     = (*keeper)(nil)
	_ ftpserver.ClientDriverExtentionFileTransfer = (*keeper)(nil)
)

func inside(name string) string {
	if rel := strings.TrimPrefix(path.Clean("/"+name), "/"); rel != "" {
		return rel
	}
	return "."
}

// Stat tells of a folder or a file.
func (k *keeper) Stat(name string) (os.FileInfo, error) { return k.root.Lstat(inside(name)) }

// ReadDir lists a folder.
func (k *keeper) ReadDir(name string) ([]os.FileInfo, error) { return k.list(inside(name)) }

// GetHandle opens a file for reading.
func (k *keeper) GetHandle(name string, flags int, _ int64) (ftpserver.FileTransfer, error) {
	if flags&os.O_WRONLY != 0 {
		return nil, fs.ErrPermission
	}
	return k.root.Open(inside(name))
}

// Rename sets a file aside; it overwrites nothing either.
func (k *keeper) Rename(from, to string) error {
	target := inside(to)
	if path.Dir(inside(from)) != path.Dir(target) {
		return fs.ErrPermission
	}
	_, err := k.place(path.Dir(target), inside(from), path.Base(target))
	return err
}

// Remove deletes a file that was taken.
func (k *keeper) Remove(name string) error { return k.root.Remove(inside(name)) }

// Name names the driver.
func (k *keeper) Name() string { return "keeper" }

// What follows is not for this account.

// Create is refused.
func (k *keeper) Create(string) (afero.File, error) { return nil, fs.ErrPermission }

// Open is not used: listing and reading have their own ways.
func (k *keeper) Open(string) (afero.File, error) { return nil, fs.ErrPermission }

// OpenFile is not used: transfers go through GetHandle.
func (k *keeper) OpenFile(string, int, os.FileMode) (afero.File, error) {
	return nil, fs.ErrPermission
}

// Mkdir is refused.
func (k *keeper) Mkdir(string, os.FileMode) error { return fs.ErrPermission }

// MkdirAll is refused.
func (k *keeper) MkdirAll(string, os.FileMode) error { return fs.ErrPermission }

// RemoveAll is refused.
func (k *keeper) RemoveAll(string) error { return fs.ErrPermission }

// Chmod is refused.
func (k *keeper) Chmod(string, os.FileMode) error { return fs.ErrPermission }

// Chown is refused.
func (k *keeper) Chown(string, int, int) error { return fs.ErrPermission }

// Chtimes is refused.
func (k *keeper) Chtimes(string, time.Time, time.Time) error { return fs.ErrPermission }
