package storetest

import (
	"context"
	"time"

	"github.com/carte-reseau/hub/internal/cards"
	"github.com/carte-reseau/hub/internal/store"
)

// AcquireLease takes the right to do one job; false where it cannot be had.
func AcquireLease(
	ctx context.Context, s *store.Store, kind cards.JobKind, libraryID int64, owner string, d time.Duration,
) (*cards.Lease, bool, error) {
	leases, err := s.AcquireLeases(ctx, []cards.Job{{Kind: kind, LibraryID: libraryID}}, owner, d)
	if err != nil || len(leases) == 0 {
		return nil, false, err
	}
	return &leases[0], true, nil
}
