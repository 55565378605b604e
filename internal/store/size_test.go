package store_test

import (
	"testing"

	"github.com/carte-reseau/hub/internal/store"
	"github.com/carte-reseau/hub/internal/store/storetest"
)

// Files are deleted and senders answered on the strength of what is committed.
func TestWhatIsCommittedIsOnTheDisk(t *testing.T) {
	const full = 2
	s := storetest.Open(t, storetest.SQLiteDatabase(t))
	var kept int
	if err := s.Read(ctx, &kept, "PRAGMA synchronous"); err != nil || kept != full {
		t.Errorf("synchronous is %d, %v", kept, err)
	}
}

func TestTheDatabaseKnowsItsSize(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		const least = 64 << 10 // the empty tables alone
		if size, err := s.Size(ctx); err != nil || size < least {
			t.Errorf("%d bytes, %v", size, err)
		}
	})
}
