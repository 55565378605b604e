package main

import (
	"context"
	"math/rand/v2"
	"os"
	"strconv"
	"sync"
	"testing"
	"time"
)

// envSeed replays the random choices of a failed run, though not its timing.
const envSeed = "HUB_TEST_SEED"

func randomSeed(t *testing.T) uint64 {
	t.Helper()
	seed := rand.Uint64()
	if given := os.Getenv(envSeed); given != "" {
		var err error
		if seed, err = strconv.ParseUint(given, 10, 64); err != nil {
			t.Fatal(err)
		}
	}
	t.Logf("%s=%d", envSeed, seed)
	return seed
}

// kill -9 of the hub at random moments, while posts, files and harvests flow
// both ways: every card given is there, once, and no file is lost.
func TestNothingIsLostWhenTheHubIsKilled(t *testing.T) {
	t.Parallel()
	eachDatabase(t, func(t *testing.T, database string) {
		town := newTown(t, database, randomSeed(t))
		town.hub.start(t)
		town.hub.ready(t)
		ctx, closing := context.WithCancel(t.Context())
		defer closing()
		var life sync.WaitGroup
		life.Go(func() { town.live(ctx) })
		kills, rng := 4, rand.New(rand.NewPCG(town.seed, 0))
		if proving() {
			kills = 10
		}
		for i := range kills {
			time.Sleep(town.untilKill(rng, i))
			town.hub.kill(t)
			town.hub.start(t)
		}
		town.hub.ready(t)
		const afterwards = 2 * time.Second
		time.Sleep(afterwards)
		closing()
		life.Wait()

		town.settle(t)
		town.checkPosts(t)
		town.checkFiles(t)
		town.checkSystems(t)
	})
}

// untilKill is mostly a short moment; in the long proof it is now and then
// long enough for the leases of the dead to run out.
func (*town) untilKill(rng *rand.Rand, i int) time.Duration {
	longest := 3 * time.Second
	if proving() && i%3 == 2 {
		longest = 40 * time.Second
	}
	const shortest = 100 * time.Millisecond
	return shortest + time.Duration(rng.Int64N(int64(longest)))
}
