package ftpdrop

import (
	"crypto/rand"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path"
	"strings"
	"sync"
	"sync/atomic"
	"unicode"

	ftpserver "github.com/fclairamb/ftpserverlib"
)

const (
	// uploadPrefix hides an upload until it is whole.
	uploadPrefix = ".hub-upload-"
	// maxFiles bounds a library's folder; a library that goes on dropping while
	// nothing is taken hears of it.
	maxFiles = 10_000
	// largestKept is how many files of the largest size there is room for.
	largestKept = 4
	maxName     = 200 // bytes; leaves room for a suffix below the usual 255
)

var errNotHere = told{
	fmt.Sprintf("nom de fichier refusé : ni caractère de contrôle ni barre oblique inverse, %d octets au plus", maxName), ftpserver.ErrFileNameNotAllowed,
}

// shelf is the folder of folders, seen through an os.Root: no name, however
// made, and no symbolic link leads out of it.
type shelf struct {
	root    *os.Root
	maxFile int64
	uploads atomic.Int64 // under way
	// placing makes looking for a free name and taking it one step, and guards
	// writing.
	placing sync.Mutex
	writing map[string]*upload // of unfinished files, by where they lie
}

// sweep removes what uploads of a process that is gone left behind. Their
// senders never heard that they had arrived.
func (s *shelf) sweep() error {
	folders, err := s.entries(".")
	if err != nil {
		return err
	}
	for _, folder := range folders {
		if !folder.IsDir() {
			continue
		}
		files, err := s.entries(folder.Name())
		if err != nil {
			return err
		}
		for _, f := range files {
			if strings.HasPrefix(f.Name(), uploadPrefix) {
				if err := s.root.Remove(path.Join(folder.Name(), f.Name())); err != nil {
					return err
				}
			}
		}
	}
	return nil
}

func (s *shelf) makeFolder(code string) error {
	err := s.root.Mkdir(code, 0o750)
	if errors.Is(err, fs.ErrExist) {
		return nil
	}
	return err
}

func (s *shelf) entries(folder string) ([]fs.DirEntry, error) {
	dir, err := s.root.Open(folder)
	if err != nil {
		return nil, err
	}
	entries, err := dir.ReadDir(-1)
	return entries, errors.Join(err, dir.Close())
}

// list shows plain files and folders. Links are left out, and names that a line
// of a listing cannot carry: such files came by other means than FTP.
func (s *shelf) list(folder string) ([]os.FileInfo, error) {
	entries, err := s.entries(folder)
	if err != nil {
		return nil, err
	}
	var infos []os.FileInfo
	for _, e := range entries {
		plain := e.Type().IsRegular() || e.IsDir()
		if !plain || strings.HasPrefix(e.Name(), uploadPrefix) || hasControl(e.Name()) {
			continue
		}
		info, err := e.Info()
		if errors.Is(err, fs.ErrNotExist) {
			continue // taken since
		}
		if err != nil {
			return nil, err
		}
		infos = append(infos, info)
	}
	return infos, nil
}

func hasControl(name string) bool { return strings.ContainsFunc(name, unicode.IsControl) }

// plainName accepts what may be created: one component without surprises.
func plainName(name string) error {
	if name == "" || name == "." || name == ".." || len(name) > maxName || strings.ContainsAny(name, "/\\\x00") ||
		hasControl(name) || strings.HasPrefix(name, uploadPrefix) {
		return errNotHere
	}
	return nil
}

// hidden makes a new file nobody sees.
func (s *shelf) hidden(folder string) (*os.File, string, error) {
	name := path.Join(folder, uploadPrefix+rand.Text())
	f, err := s.root.OpenFile(name, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o640)
	return f, name, err
}

// place gives a file its name, or the nearest free one: a file never overwrites
// one that is not processed yet. Refusing it instead would lose the export of a
// system that always writes the same name and reads no answer.
func (s *shelf) place(folder, from, name string) (placed string, err error) {
	s.placing.Lock()
	defer s.placing.Unlock()
	if s.writing[from] != nil {
		return "", errStillComing
	}
	for i := 1; i <= maxFiles; i++ {
		placed = numbered(name, i)
		_, err := s.root.Lstat(path.Join(folder, placed))
		if errors.Is(err, fs.ErrNotExist) {
			if err := s.root.Rename(from, path.Join(folder, placed)); err != nil {
				return "", err
			}
			return placed, s.syncFolder(folder)
		}
		if err != nil {
			return "", err
		}
	}
	return "", ftpserver.ErrStorageExceeded
}

// numbered sorts behind the name it is made of and before the next number, so
// that files of one second are taken in the order they came.
func numbered(name string, i int) string {
	if i == 1 {
		return name
	}
	ext := path.Ext(name)
	return fmt.Sprintf("%s~%04d%s", strings.TrimSuffix(name, ext), i, ext)
}

// syncFolder makes a new name survive a power cut: the client is about to be
// told that its file is safe.
func (s *shelf) syncFolder(folder string) error {
	dir, err := s.root.Open(folder)
	if err != nil {
		return err
	}
	return errors.Join(dir.Sync(), dir.Close())
}

// hasRoom reports an error where a library has left too much lying: the disk is
// everybody's.
func (s *shelf) hasRoom(folder string) error {
	entries, err := s.entries(folder)
	if err != nil {
		return err
	}
	if len(entries) >= maxFiles {
		return fmt.Errorf("%w : %d fichiers attendent déjà", ftpserver.ErrStorageExceeded, len(entries))
	}
	if size := sizeOf(entries); s.maxFile > 0 && size >= largestKept*s.maxFile {
		return fmt.Errorf("%w : %d octets attendent déjà ; supprimez les fichiers inachevés (.part, .tmp)", ftpserver.ErrStorageExceeded, size)
	}
	return nil
}

func sizeOf(entries []fs.DirEntry) (size int64) {
	for _, e := range entries {
		if info, err := e.Info(); err == nil { // else it was taken since
			size += info.Size()
		}
	}
	return size
}
