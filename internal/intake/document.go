package intake

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"

	"github.com/carte-reseau/hub/internal/cards"
	"github.com/carte-reseau/hub/internal/exchange"
)

// document is one reading of a deposit's stored bytes.
type document struct {
	stored  *storedBytes
	reader  *exchange.Reader
	numbers *exchange.Numbers
}

// openDocument begins a reading. What the sender did wrong comes back as an error exchange.FaultOf knows; a database
// that fails does not.
func (w *work) openDocument(ctx context.Context, o exchange.Options) (*document, error) {
	d := w.claim.deposit
	stored, err := w.openBytes(ctx)
	if err != nil {
		return nil, fmt.Errorf("open the bytes of deposit %d: %w", d.ID, err)
	}
	o.Charset, o.Location = d.Charset, w.in.location
	o.Now = d.Arrived // not the clock: a reading taken up tomorrow must find the same faults
	doc := &document{stored: &storedBytes{ReadCloser: stored}, numbers: exchange.NewNumbers(0)}
	if doc.reader, err = exchange.NewReader(doc.stored, o); err != nil {
		return nil, errors.Join(doc.explain(err), doc.close())
	}
	return doc, nil
}

func (w *work) openBytes(ctx context.Context) (io.ReadCloser, error) {
	if body := w.claim.body; body != nil {
		return io.NopCloser(bytes.NewReader(body)), nil
	}
	return w.in.store.OpenDeposit(ctx, w.claim.deposit.ID)
}

// next returns the next card. A second card of one number is rejected here, with whatever else is wrong with it.
func (d *document) next() (cards.Item, error) {
	item, err := d.reader.Next()
	if err != nil {
		return cards.Item{}, d.explain(err)
	}
	if first, double := d.numbers.Add(item.Incoming.Number, item.Line); double {
		item.Faults = append(item.Faults, exchange.DuplicateFault(first, item.Line))
	}
	return item, nil
}

// pass goes past the next card unseen.
func (d *document) pass() error { return d.explain(d.reader.Pass()) }

// explain gives the database's failure before what the parser made of it: a connection that breaks must not look like a
// document that stops.
func (d *document) explain(err error) error {
	if d.stored.failed != nil {
		return d.stored.failed
	}
	return err
}

func (d *document) close() error { return d.stored.Close() }

// storedBytes remembers an error of the store under the parser.
type storedBytes struct {
	io.ReadCloser
	failed error
}

// Read reads the stored bytes.
func (s *storedBytes) Read(p []byte) (int, error) {
	n, err := s.ReadCloser.Read(p)
	if err != nil && !errors.Is(err, io.EOF) {
		s.failed = fmt.Errorf("read the stored bytes: %w", err)
	}
	return n, err
}
