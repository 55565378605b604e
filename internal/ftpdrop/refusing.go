package ftpdrop

import (
	"os"

	"github.com/spf13/afero"
)

// refusing is what the FTP library asks of any file system and an account has no use for: lists and transfers have ways of their
// own, and folders are the server's.
type refusing struct{ with error }

// Create is not used.
func (r refusing) Create(string) (afero.File, error) { return nil, r.with }

// Open is not used.
func (r refusing) Open(string) (afero.File, error) { return nil, r.with }

// OpenFile is not used.
func (r refusing) OpenFile(string, int, os.FileMode) (afero.File, error) { return nil, r.with }

// Mkdir is refused.
func (r refusing) Mkdir(string, os.FileMode) error { return r.with }

// MkdirAll is refused.
func (r refusing) MkdirAll(string, os.FileMode) error { return r.with }

// RemoveAll is refused.
func (r refusing) RemoveAll(string) error { return r.with }

// Chmod is refused.
func (r refusing) Chmod(string, os.FileMode) error { return r.with }

// Chown is refused.
func (r refusing) Chown(string, int, int) error { return r.with }
