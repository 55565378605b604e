package cards_test

import (
	"context"
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/carte-reseau/hub/internal/cards"
)

func TestNothingIsLeftUndoneInTurn(t *testing.T) {
	t.Parallel()
	var done []string
	thing := func(name string, err error, breaks any) func() error {
		return func() error {
			done = append(done, name)
			if breaks != nil {
				panic(breaks)
			}
			return err
		}
	}
	a, b := errors.New("a"), errors.New("b")
	if err := cards.InTurn(t.Context(), thing("1", a, nil), thing("2", nil, nil), thing("3", b, nil)); !errors.Is(err, a) || !errors.Is(err, b) {
		t.Error(err)
	}
	func() {
		defer func() {
			if broke := recover(); broke != "second" {
				t.Errorf("%v", broke)
			}
		}()
		_ = cards.InTurn(t.Context(), thing("4", nil, nil), thing("5", nil, "first"), thing("6", nil, nil), thing("7", nil, "second"), thing("8", nil, nil))
	}()
	ctx, end := context.WithCancel(t.Context())
	last := func() error { end(); return a }
	if err := cards.InTurn(ctx, last, thing("9", nil, nil)); !errors.Is(err, a) || !errors.Is(err, context.Canceled) {
		t.Error(err)
	}
	if want := strings.Fields("1 2 3 4 5 6 7 8"); !slices.Equal(done, want) {
		t.Errorf("done: %v", done)
	}
}
