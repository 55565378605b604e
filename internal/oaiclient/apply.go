package oaiclient

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/url"

	"github.com/carte-reseau/hub/internal/cards"
	"github.com/carte-reseau/hub/internal/exchange"
	"github.com/carte-reseau/hub/internal/oai"
	"github.com/carte-reseau/hub/internal/xmlstream"
)

// pieceSize is what the inbox takes at once.
const pieceSize = 1 << 20

// take makes a page safe, then applies it; next, the state behind it, is saved with the last of its cards.
func (r *run) take(ctx context.Context, p *page, c *contents, next *cards.Harvest) error {
	if c.records > c.deleted {
		if err := r.ensureDeposit(ctx, p); err != nil {
			return err
		}
		next.Deposit = r.state.Deposit
		if err := r.storeBytes(ctx, p); err != nil {
			return err
		}
	}
	return r.intoBatches(ctx, p, next)
}

// ensureDeposit makes the harvest's deposit with the first page that brings a record: a harvest that finds nothing leaves
// none.
func (r *run) ensureDeposit(ctx context.Context, p *page) error {
	if r.state.Deposit != 0 {
		return nil
	}
	id, err := r.h.store.CreateDeposit(ctx, cards.Deposit{
		LibraryID: r.lib.ID, Library: r.lib.Code, Door: cards.DoorHarvest, Charset: p.charset, Arrived: p.asked,
	})
	if err != nil {
		return err
	}
	r.state.Deposit, r.record.Deposit = id, id
	return r.h.store.SaveHarvest(ctx, r.state)
}

// findDepositEnd goes on counting where an earlier run stopped, which may be within a page.
func (r *run) findDepositEnd(ctx context.Context) error {
	if r.state.Deposit == 0 {
		return nil
	}
	deposit, err := r.h.store.Deposit(ctx, r.state.Deposit)
	if err != nil {
		return err
	}
	r.ordinal, r.size = deposit.Done, deposit.Size
	r.pieces, err = r.h.store.PieceCount(ctx, r.state.Deposit)
	return err
}

// storeBytes files the page in the deposit, which is sealed anew with each: what is in it is never lost.
func (r *run) storeBytes(ctx context.Context, p *page) error {
	source := p.body.reader()
	piece := make([]byte, min(pieceSize, p.body.size))
	for {
		size, err := io.ReadFull(source, piece)
		if size > 0 {
			if err := r.h.store.AppendPiece(ctx, r.state.Deposit, r.pieces, piece[:size]); err != nil {
				return err
			}
			r.pieces++
			r.size += int64(size)
		}
		switch {
		case errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF):
			return r.h.store.SealDeposit(ctx, r.state.Deposit, r.size)
		case err != nil:
			return fmt.Errorf("reading a page from the disk: %w", err)
		}
	}
}

// intoBatches applies the page. A batch goes when the next card comes, so that the last one is known to be the last.
func (r *run) intoBatches(ctx context.Context, p *page, next *cards.Harvest) error {
	var mended int
	reader, decoder, err := p.open(&mended)
	if err != nil {
		return err
	}
	items := make([]cards.Item, 0, r.h.opts.BatchSize)
	for rec, err := range records(reader) {
		if err != nil {
			return fmt.Errorf("reading a page again: %w", err)
		}
		if rec.Deleted {
			if err := r.h.store.RecordDeleted(ctx, r.lib.ID, rec.Identifier, rec.Datestamp, r.state.Run); err != nil {
				return err
			}
			continue
		}
		if len(items) == cap(items) {
			if err := r.apply(ctx, p, items, nil); err != nil {
				return err
			}
			items = items[:0]
		}
		item, err := r.item(p, decoder, rec)
		if err != nil {
			return fmt.Errorf("reading a page again: %w", err)
		}
		items = append(items, item)
	}
	if len(items) == 0 {
		return r.h.store.SaveHarvest(ctx, *next)
	}
	return r.apply(ctx, p, items, next)
}

func (r *run) item(p *page, decoder *xmlstream.Decoder, rec *oai.Received) (cards.Item, error) {
	o := r.h.opts
	item, err := cardOf(decoder, rec, exchange.Options{Location: o.Location, Now: p.asked})
	if err != nil {
		return item, err
	}
	r.ordinal++
	item.Ordinal = r.ordinal
	item.Provenance = &cards.Provenance{
		BaseURL: baseURL(r.lib.OAIURL), Identifier: rec.Identifier, Datestamp: rec.Datestamp, Harvested: p.asked.Unix(),
	}
	return item, nil
}

// baseURL is the address as the protocol means it, without arguments.
func baseURL(address string) string {
	u, err := url.Parse(address)
	if err != nil {
		return ""
	}
	u.User, u.RawQuery, u.Fragment = nil, "", ""
	return u.String()
}

// apply takes the cards as arrived when the page was asked for: what the library was handed while the page was on its way
// is newer. When they were made it does not say: a record's datestamp is of another clock and may be a whole day.
func (r *run) apply(ctx context.Context, p *page, items []cards.Item, next *cards.Harvest) error {
	outcomes, err := r.h.store.Apply(ctx, cards.Batch{
		Library: r.lib, Door: cards.DoorHarvest, Moment: cards.Moment{Arrived: p.asked},
		Deposit: r.state.Deposit, Items: items, Harvest: next,
	})
	if err != nil {
		return err
	}
	for i := range outcomes {
		r.record.Counts.Add(outcomes[i].Result)
	}
	return nil
}
