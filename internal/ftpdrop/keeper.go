package ftpdrop

import (
	"io/fs"
	"os"
	"path"
	"strings"
	"time"

	ftpserver "github.com/fclairamb/ftpserverlib"
)

// keeper is what the poller's account sees: all folders, to read, rename and
// delete in, not to write to.
type keeper struct {
	*shelf
	refusing
}

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

// Chtimes is refused.
func (k *keeper) Chtimes(string, time.Time, time.Time) error { return fs.ErrPermission }
