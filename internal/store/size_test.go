package store_test

import (
	"testing"

	"github.com/carte-reseau/hub/internal/store"
	"github.com/carte-reseau/hub/internal/store/storetest"
)

func TestTheDatabaseKnowsItsSize(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		const least = 64 << 10 // the empty tables alone
		if size, err := s.Size(ctx); err != nil || size < least {
			t.Errorf("%d bytes, %v", size, err)
		}
	})
}
