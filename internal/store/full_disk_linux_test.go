package store_test

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"syscall"
	"testing"
	"time"

	"github.com/carte-reseau/hub/internal/cards"
	"github.com/carte-reseau/hub/internal/store"
	"github.com/carte-reseau/hub/internal/store/storetest"
)

// What a disk that is really full answers is not what a file at its greatest size does: the database's own code for it never
// comes. Whoever reads the sentence must think of room first, not of another disk.
func TestADiskThatIsReallyFullIsSaidToBe(t *testing.T) {
	t.Parallel()
	disk := smallDisk(t)
	path := filepath.Join(disk, "hub.db")
	s := storetest.Open(t, "sqlite:"+path)
	batch := cards.Batch{Library: storetest.Library(t, s, "mours"), Door: cards.DoorPost, Moment: cards.Moment{Arrived: time.Now()}}
	for n := range 300 {
		batch.Items = append(batch.Items, cards.Item{Ordinal: n + 1, Incoming: storetest.Card(fmt.Sprint("N", n))})
	}
	makeRoom := fillUp(t, disk)
	if _, err := s.Apply(t.Context(), batch); cards.CodeOf(err) != cards.Unavailable || !contains(cards.MessageOf(err), "est plein") {
		t.Errorf("a change: %s: %v", cards.CodeOf(err), err)
	}
	for _, opened := range []string{path, filepath.Join(disk, "new", "hub.db")} {
		other, err := store.Open(t.Context(), store.Options{Database: "sqlite:" + opened, Secret: storetest.Secret, Location: time.UTC})
		if err == nil {
			must(t, other.Close())
		} else if !contains(err.Error(), "est plein") {
			t.Errorf("%s is opened: %v", filepath.Base(filepath.Dir(opened)), err)
		}
		if err == nil && opened != path {
			t.Error("a database was made where there is no room")
		}
	}
	makeRoom()
	if outcomes, err := s.Apply(t.Context(), batch); err != nil || outcomes[len(outcomes)-1].Result != cards.Created {
		t.Errorf("with room again: %v", err)
	}
}

// smallDisk is one of the test's own, of eight megabytes.
func smallDisk(t *testing.T) string {
	t.Helper()
	disk := t.TempDir()
	if err := syscall.Mount("tmpfs", disk, "tmpfs", 0, "size=8m"); err != nil {
		t.Skipf("only who may mount a disk can fill one: %v", err)
	}
	t.Cleanup(func() {
		if err := syscall.Unmount(disk, 0); err != nil {
			t.Error(err)
		}
	})
	return disk
}

// fillUp takes what room a disk has left until it is given back.
func fillUp(t *testing.T, disk string) (makeRoom func()) {
	t.Helper()
	path := filepath.Join(disk, "filling")
	err := os.WriteFile(path, make([]byte, 9<<20), 0o600)
	if !errors.Is(err, syscall.ENOSPC) {
		t.Fatalf("the disk is not full: %v", err)
	}
	return func() { must(t, os.Remove(path)) }
}
