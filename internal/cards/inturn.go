package cards

import (
	"context"
	"errors"
)

// InTurn does one thing after the other until the context ends, and returns
// their errors together. None keeps the rest from being done, not by an error
// and not by a panic: that goes on when the rest is done.
func InTurn(ctx context.Context, things ...func() error) (err error) {
	for i, do := range things {
		if ctx.Err() != nil {
			return errors.Join(err, ctx.Err())
		}
		func() {
			whole := false
			defer func() {
				if !whole {
					_ = InTurn(ctx, things[i+1:]...) // the panic speaks for all
				}
			}()
			err = errors.Join(err, do())
			whole = true
		}()
	}
	return err
}
