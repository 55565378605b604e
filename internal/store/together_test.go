package store_test

import (
	"context"
	"errors"
	"slices"
	"sync"
	"testing"
	"testing/synctest"

	"github.com/carte-reseau/hub/internal/store"
)

// office doubles numbers, for as many callers at a time as there are. Only the
// first call waits until the door is opened.
type office struct {
	open  chan struct{}
	mu    sync.Mutex
	calls [][]int
	bad   int // a number that spoils a call
}

var errBad = errors.New("a bad number")

func (o *office) double(ctx context.Context, asked []int) ([]int, error) {
	o.mu.Lock()
	o.calls = append(o.calls, slices.Clone(asked))
	first := len(o.calls) == 1
	o.mu.Unlock()
	if first {
		select {
		case <-o.open:
		case <-ctx.Done():
			return nil, ctx.Err()
		}
	}
	if o.bad != 0 && slices.Contains(asked, o.bad) {
		return nil, errBad
	}
	doubled := make([]int, len(asked))
	for i, n := range asked {
		doubled[i] = 2 * n
	}
	return doubled, nil
}

func (o *office) sizes() []int {
	o.mu.Lock()
	defer o.mu.Unlock()
	var sizes []int
	for _, call := range o.calls {
		sizes = append(sizes, len(call))
	}
	return sizes
}

func TestWhoComesWhileAnotherIsServedIsServedWithTheOthers(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		o := &office{open: make(chan struct{})}
		ask := store.Gather(o.double)
		var all sync.WaitGroup
		for n := range 100 {
			all.Go(func() {
				if doubled, err := ask(t.Context(), n); err != nil || doubled != 2*n {
					t.Errorf("twice %d is %d, %v", n, doubled, err)
				}
			})
		}
		synctest.Wait()
		close(o.open)
		all.Wait()
		if sizes := o.sizes(); !slices.Equal(sizes, []int{1, 99}) {
			t.Errorf("served %v at a time", sizes)
		}
		// Who comes alone does not wait for company.
		if doubled, err := ask(t.Context(), 7); err != nil || doubled != 14 {
			t.Errorf("twice 7 is %d, %v", doubled, err)
		}
	})
}

func TestNoCallIsWithoutBounds(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		o := &office{open: make(chan struct{})}
		ask := store.Gather(o.double)
		var all sync.WaitGroup
		for n := range 600 {
			all.Go(func() { _, _ = ask(t.Context(), n) })
		}
		synctest.Wait()
		close(o.open)
		all.Wait()
		if sizes := o.sizes(); !slices.Equal(sizes, []int{1, 256, 256, 87}) {
			t.Errorf("served %v at a time", sizes)
		}
	})
}

func TestOneThatCannotBeServedSpoilsItForNobody(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		o := &office{open: make(chan struct{}), bad: 5}
		ask := store.Gather(o.double)
		var all sync.WaitGroup
		for n := range 10 {
			all.Go(func() {
				doubled, err := ask(t.Context(), n)
				if bad := n == 5; errors.Is(err, errBad) != bad || !bad && doubled != 2*n {
					t.Errorf("twice %d is %d, %v", n, doubled, err)
				}
			})
		}
		synctest.Wait()
		close(o.open)
		all.Wait()
	})
}

func TestWhoGivesUpHoldsUpNobody(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		o := &office{open: make(chan struct{})}
		ask := store.Gather(o.double)
		leaves, leave := context.WithCancel(t.Context())
		var all sync.WaitGroup
		for i, ctx := range []context.Context{leaves, leaves, t.Context(), leaves} {
			all.Go(func() {
				doubled, err := ask(ctx, 1)
				if gone := ctx == leaves; errors.Is(err, context.Canceled) != gone || !gone && doubled != 2 {
					t.Errorf("caller %d: %d, %v", i, doubled, err)
				}
			})
			synctest.Wait() // they come one after the other: the first is being served
		}
		leave()
		all.Wait()
		// Who is just leaving may still be taken along with the one who stays.
		if sizes := o.sizes(); len(sizes) < 2 || sizes[0] != 1 {
			t.Errorf("served %v at a time", sizes)
		}
	})
}

// What is asked for by several goes on while one of them wants it.
func TestWhatSeveralWantEndsWithTheLastOfThem(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		first, second := make(chan struct{}), make(chan struct{})
		ask := store.Gather(func(ctx context.Context, asked []int) ([]int, error) {
			if len(asked) == 1 {
				<-first
				return asked, nil
			}
			select {
			case <-second:
				return asked, nil
			case <-ctx.Done():
				return nil, ctx.Err()
			}
		})
		var all sync.WaitGroup
		all.Go(func() { _, _ = ask(t.Context(), 0) })
		synctest.Wait()
		leaves, leave := context.WithCancel(t.Context())
		errs := make([]error, 3)
		for i, ctx := range []context.Context{leaves, leaves, t.Context()} {
			all.Go(func() { _, errs[i] = ask(ctx, i+1) })
			synctest.Wait()
		}
		close(first)
		synctest.Wait()
		leave()
		synctest.Wait()
		close(second)
		all.Wait()
		if errs[2] != nil {
			t.Errorf("who stayed: %v", errs[2])
		}
	})
}

func TestAPanicIsOneCallersOwn(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		open := make(chan struct{})
		ask := store.Gather(func(_ context.Context, asked []int) ([]int, error) {
			if asked[0] == 0 {
				<-open
			}
			if len(asked) > 1 || asked[0] == 1 {
				panic("a bad number")
			}
			return asked, nil
		})
		var all sync.WaitGroup
		panics, served := make(chan any, 3), make(chan int, 3)
		for n := range 3 {
			all.Go(func() {
				defer func() {
					if p := recover(); p != nil {
						panics <- p
					}
				}()
				if got, err := ask(t.Context(), n); err == nil {
					served <- got
				}
			})
			synctest.Wait()
		}
		close(open)
		all.Wait()
		if len(panics) != 1 || len(served) != 2 {
			t.Errorf("%d panics, %d served", len(panics), len(served))
		}
	})
}
