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
		town.lives(t)
		closing()
		life.Wait()

		town.settle(t)
		town.checkPosts(t)
		town.checkFiles(t)
		town.checkSystems(t)
	})
}

// lives waits until so much was given that the kills can have lost some, and
// some more after the last of them.
func (n *town) lives(t *testing.T) {
	t.Helper()
	const patience, cards, files = time.Minute, 20, 10
	before := n.poster.known.Load()
	eventually(t, patience, "enough is given", func() bool {
		good, bad := n.dropper.good.Load(), n.dropper.bad.Load()
		return n.poster.known.Load() >= before+cards && bad > 0 && good+bad >= files
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
