package ftpdrop

import (
	"errors"
	"io/fs"
	"os"
	"path"
	"strings"
	"sync"
	"time"

	ftpserver "github.com/fclairamb/ftpserverlib"
)

// told is an error in words for the client, before what the FTP library knows it by.
type told struct {
	words string
	error
}

func (t told) Error() string { return t.words }

// Unwrap gives what it is known by.
func (t told) Unwrap() error { return t.error }

const noFolders = "votre compte n’a pas de dossiers ; déposez vos fichiers à sa racine"

var (
	errNoFolders = told{noFolders, ftpserver.ErrFileNameNotAllowed}
	errAbsent    = told{"rien ne porte ce nom ici : " + noFolders, fs.ErrNotExist}
)

// drop is one library's folder in one session.
type drop struct {
	*shelf
	refusing
	code     string
	still    func() error // an error once its key is no longer the library's
	uploaded func(library string)

	mu sync.Mutex
	// alias leads from the name a client gave in this session to the one its
	// file got, so that checking the size or renaming reaches its own file.
	alias map[string]string
}

var (
	_ ftpserver.ClientDriver                      = (*drop)(nil)
	_ ftpserver.ClientDriverExtensionFileList     = (*drop)(nil)
	_ ftpserver.ClientDriverExtentionFileTransfer = (*drop)(nil)
)

// baseOf takes the name of a file off a path of the session. The folder is flat:
// whatever stands before must be its root, or, as libraries are told that the
// folder bears their code and some write it, that code.
func (d *drop) baseOf(name string) (string, error) {
	base := strings.TrimPrefix(path.Clean("/"+name), "/")
	base = strings.TrimPrefix(base, d.code+"/")
	if strings.Contains(base, "/") {
		return "", errNoFolders
	}
	return base, plainName(base)
}

// isRoot reports whether a path names the folder: its root, or its code where no
// file is called so.
func (d *drop) isRoot(name string) bool {
	name = path.Clean("/" + name)
	return name == "/" || name == "/"+d.code && !d.exists(d.code)
}

// locate turns a path of the session into one of the shelf.
func (d *drop) locate(name string) (string, error) {
	base, err := d.baseOf(name)
	if err != nil {
		return "", err
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	if other, ok := d.alias[base]; ok {
		if _, err := d.root.Lstat(path.Join(d.code, other)); err == nil {
			base = other
		} else {
			delete(d.alias, base)
		}
	}
	return path.Join(d.code, base), nil
}

// Stat tells of the folder or one of its files.
func (d *drop) Stat(name string) (os.FileInfo, error) {
	if d.isRoot(name) {
		return d.root.Stat(d.code)
	}
	where, err := d.locate(name)
	if err != nil {
		return nil, err
	}
	return plainFile(d.root.Lstat(where))
}

func plainFile(info os.FileInfo, err error) (os.FileInfo, error) {
	if errors.Is(err, fs.ErrNotExist) || err == nil && !info.Mode().IsRegular() {
		return nil, errAbsent
	}
	return info, err
}

// ReadDir lists the folder.
func (d *drop) ReadDir(name string) ([]os.FileInfo, error) {
	if err := d.still(); err != nil {
		return nil, err
	}
	if !d.isRoot(name) {
		return nil, errNoFolders
	}
	infos, err := d.list(d.code)
	files := infos[:0]
	for _, info := range infos {
		if info.Mode().IsRegular() {
			files = append(files, info)
		}
	}
	return files, err
}

// GetHandle opens a file for reading, or takes an upload.
func (d *drop) GetHandle(name string, flags int, offset int64) (ftpserver.FileTransfer, error) {
	if err := d.still(); err != nil {
		return nil, err
	}
	if flags&os.O_WRONLY == 0 {
		where, err := d.locate(name)
		if err != nil {
			return nil, err
		}
		if _, err := plainFile(d.root.Lstat(where)); err != nil {
			return nil, err
		}
		return d.root.Open(where)
	}
	base, err := d.baseOf(name)
	if err != nil {
		return nil, err
	}
	if err := d.hasRoom(d.code); err != nil {
		return nil, err
	}
	if isTemporary(base) {
		return d.openTemporary(base, flags, offset)
	}
	if offset != 0 || (flags&os.O_APPEND != 0 && d.exists(base)) {
		return nil, errors.New("un fichier déposé ne se complète pas ; envoyez-le en entier, ou sous un nom en .part puis renommez-le")
	}
	return d.openUpload(base)
}

func (d *drop) exists(base string) bool {
	_, err := d.root.Lstat(path.Join(d.code, base))
	return err == nil
}

// openTemporary writes in place: the client resumes its own unfinished file,
// which nobody takes before it is renamed, or begins it anew.
func (d *drop) openTemporary(base string, flags int, offset int64) (ftpserver.FileTransfer, error) {
	where := path.Join(d.code, base)
	d.placing.Lock()
	defer d.placing.Unlock()
	if flags&os.O_TRUNC != 0 {
		if err := d.root.Remove(where); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return nil, err
		}
	}
	f, err := d.root.OpenFile(where, flags&(os.O_WRONLY|os.O_APPEND|os.O_TRUNC)|os.O_CREATE, 0o640)
	if err != nil {
		return nil, err
	}
	start := offset
	if flags&os.O_APPEND != 0 {
		info, err := f.Stat()
		if err != nil {
			return nil, errors.Join(err, f.Close())
		}
		start = info.Size()
	}
	d.uploads.Add(1)
	u := &upload{file: f, shelf: d.shelf, unfinishedAt: where, written: start}
	d.begin(u)
	return u, nil
}

// openUpload writes out of sight and gives the name at the end.
func (d *drop) openUpload(base string) (ftpserver.FileTransfer, error) {
	f, where, err := d.hidden(d.code)
	if err != nil {
		return nil, err
	}
	d.uploads.Add(1)
	return &upload{file: f, shelf: d.shelf, hiddenAt: where, done: func() error { return d.publish(where, base) }}, nil
}

func (d *drop) publish(from, base string) error {
	placed, err := d.place(d.code, from, base)
	if err != nil {
		return err
	}
	d.remember(base, placed)
	d.uploaded(d.code)
	return nil
}

func (d *drop) remember(base, placed string) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if delete(d.alias, base); placed != base {
		d.alias[base] = placed
	}
}

// Rename gives an unfinished file its final name, or another.
func (d *drop) Rename(from, to string) error {
	if err := d.still(); err != nil {
		return err
	}
	source, err := d.locate(from)
	if err != nil {
		return err
	}
	base, err := d.baseOf(to)
	if err != nil {
		return err
	}
	if _, err := plainFile(d.root.Lstat(source)); err != nil {
		return err
	}
	if path.Join(d.code, base) == source {
		return nil
	}
	if isTemporary(base) {
		return d.renameUnfinished(source, path.Join(d.code, base))
	}
	return d.publish(source, base)
}

// Remove deletes a file its library no longer wants taken.
func (d *drop) Remove(name string) error {
	if err := d.still(); err != nil {
		return err
	}
	where, err := d.locate(name)
	if err != nil {
		return err
	}
	return d.root.Remove(where)
}

// Chtimes lets clients keep the times of their files.
func (d *drop) Chtimes(name string, accessed, modified time.Time) error {
	where, err := d.locate(name)
	if err != nil {
		return err
	}
	return d.root.Chtimes(where, accessed, modified)
}

// Name names the driver.
func (d *drop) Name() string { return "drop" }
