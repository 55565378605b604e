package cards

import "errors"

// InTurn does one thing after the other, and returns their errors together. None
// keeps the rest from being done, not by an error and not by a panic: that goes
// on when the rest is done.
func InTurn(things ...func() error) (err error) {
	for i, do := range things {
		func() {
			whole := false
			defer func() {
				if !whole {
					_ = InTurn(things[i+1:]...) // the panic speaks for all
				}
			}()
			err = errors.Join(err, do())
			whole = true
		}()
	}
	return err
}
