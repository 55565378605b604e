package store_test

import (
	"testing"
	"time"

	"github.com/carte-reseau/hub/internal/store"
	"github.com/carte-reseau/hub/internal/store/storetest"
)

// Hubs on one database go by its clock, also where they do not ask it: a machine that is wrong must not make the later of two
// documents the earlier one.
func TestAMachinesClockIsSetByTheDatabases(t *testing.T) {
	ahead := 3 * time.Hour
	s, err := store.Open(ctx, store.Options{
		Database: storetest.SQLiteDatabase(t), Secret: storetest.Secret, Ahead: func() time.Duration { return ahead },
	})
	must(t, err)
	defer func() { must(t, s.Close()) }()
	near := func(want time.Duration) {
		t.Helper()
		const tolerated = time.Minute
		if apart := time.Until(s.Clock()); apart < want-tolerated || apart > want+tolerated {
			t.Errorf("the clock is %v ahead of the machine's, not %v", apart, want)
		}
	}
	near(ahead)
	ahead = -2 * time.Hour
	_, err = s.Now(ctx)
	must(t, err)
	near(ahead)
}
