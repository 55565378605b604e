package ftpdrop

import (
	"errors"
	"os"
	"strings"
	"testing"

	ftpserver "github.com/fclairamb/ftpserverlib"
)

func TestAFullDiskIsToldAsOne(t *testing.T) {
	full, err := os.OpenFile("/dev/full", os.O_WRONLY, 0)
	if err != nil {
		t.Skip("this system has no device that is always full")
	}
	defer func() { _ = full.Close() }()
	u := &upload{file: full, shelf: &shelf{}}
	_, err = u.Write([]byte("<cartes/>"))
	if !errors.Is(err, ftpserver.ErrStorageExceeded) || !strings.Contains(err.Error(), "disque du concentrateur") || strings.Contains(err.Error(), "/dev") {
		t.Errorf("told %v", err)
	}
	_ = full.Close()
	if _, err := u.Write([]byte("<cartes/>")); err == nil || strings.Contains(err.Error(), "/dev") {
		t.Errorf("told %v", err)
	}
}
