package ftpdrop

import (
	"errors"
	"fmt"
	"os"
	"sync/atomic"
	"syscall"

	ftpserver "github.com/fclairamb/ftpserverlib"
)

// upload is a file being received. Nothing shows it under its name before its
// bytes are on the disk.
//
// The file is not embedded: io.Copy would find its ReadFrom and go past Write,
// and with it past the limit.
type upload struct {
	file     *os.File
	shelf    *shelf
	hiddenAt string // where it is written, when out of sight
	// unfinishedAt is where a file of the client's own lies, to be resumed and
	// named by the client.
	unfinishedAt string
	overtaken    atomic.Bool // the client writes that file anew
	written      int64
	failed       error
	done         func() error // gives the file its name
	closed       bool
}

var (
	_ ftpserver.FileTransfer      = (*upload)(nil)
	_ ftpserver.FileTransferError = (*upload)(nil)
)

// Write stores bytes up to the limit.
func (u *upload) Write(p []byte) (int, error) {
	if u.overtaken.Load() {
		return 0, errOvertaken
	}
	if limit := u.shelf.maxFile; limit > 0 && u.written+int64(len(p)) > limit {
		u.failed = fmt.Errorf("%w : la limite est de %s", ftpserver.ErrStorageExceeded, bytesText(limit))
		return 0, u.failed
	}
	n, err := u.file.Write(p)
	u.written += int64(n)
	return n, forClient(err)
}

// forClient is a failure of the disk in words for who sends, who is to try again and has no use for the hub's paths.
func forClient(err error) error {
	switch {
	case err == nil:
		return nil
	case errors.Is(err, syscall.ENOSPC):
		return fmt.Errorf("%w : le disque du concentrateur est plein ; renvoyez ce fichier plus tard", ftpserver.ErrStorageExceeded)
	}
	return fmt.Errorf("le concentrateur n’a pas pu écrire ce fichier ; renvoyez-le plus tard (%w)", errors.Unwrap(err))
}

// Read is for downloads only.
func (u *upload) Read([]byte) (int, error) { return 0, os.ErrInvalid }

// Seek moves to where an upload is resumed.
func (u *upload) Seek(offset int64, whence int) (int64, error) { return u.file.Seek(offset, whence) }

// TransferError is told by the server when the transfer broke off.
func (u *upload) TransferError(err error) {
	if u.failed == nil {
		u.failed = err
	}
}

// Close ends the upload. Its error is the client's answer: only without one may
// the client believe that its file has arrived.
func (u *upload) Close() error {
	if u.closed {
		return os.ErrClosed
	}
	u.closed = true
	defer u.shelf.uploads.Add(-1)
	err := errors.Join(u.file.Sync(), u.file.Close())
	if u.unfinishedAt != "" {
		return errors.Join(u.failed, err, u.shelf.end(u))
	}
	if err = errors.Join(u.failed, err); err == nil {
		err = u.done()
	}
	if err != nil {
		return errors.Join(err, u.shelf.root.Remove(u.hiddenAt))
	}
	return nil
}
