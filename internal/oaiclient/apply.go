package oaiclient

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/url"
	"slices"

	"github.com/carte-reseau/hub/internal/cards"
	"github.com/carte-reseau/hub/internal/exchange"
	"github.com/carte-reseau/hub/internal/oai"
	"github.com/carte-reseau/hub/internal/xmlstream"
)

// pieceSize is what the inbox takes at once.
const pieceSize = 1 << 20

// take makes a page safe, then applies it; next, the state behind it, is saved with the last of its cards. From the page
// on with which the harvest would modify too many cards, pages are held (hold.go).
func (r *run) take(ctx context.Context, p *page, c *contents, next *cards.Harvest) error {
	if c.records > c.deleted {
		tooMany, err := r.modifiesTooMany(ctx, p, c)
		if err != nil {
			return err
		}
		if tooMany {
			return r.hold(ctx, p, next)
		}
		if err := r.ensureDeposit(ctx, p); err != nil {
			return err
		}
		next.Deposit = r.state.Deposit
		if err := r.storeBytes(ctx, p, r.state.Deposit, &r.tail); err != nil {
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

// tail is the end of a deposit that pages are filed in.
type tail struct {
	pieces int
	size   int64
}

// findDepositEnds goes on filing and counting where an earlier run stopped, which may be within a page.
func (r *run) findDepositEnds(ctx context.Context) error {
	applied, err := r.findDepositEnd(ctx, r.state.Deposit, &r.tail)
	if err != nil {
		return err
	}
	r.ordinal, r.modified = applied.Done, applied.Counts.Modified
	_, err = r.findDepositEnd(ctx, r.state.Held, &r.heldTail)
	return err
}

func (r *run) findDepositEnd(ctx context.Context, id int64, end *tail) (*cards.Deposit, error) {
	if id == 0 {
		return &cards.Deposit{}, nil
	}
	deposit, err := r.h.store.Deposit(ctx, id)
	if err != nil {
		return nil, err
	}
	end.size = deposit.Size
	end.pieces, err = r.h.store.PieceCount(ctx, id)
	return deposit, err
}

// storeBytes files the page in a deposit, which is sealed anew with each: what is in it is never lost.
func (r *run) storeBytes(ctx context.Context, p *page, deposit int64, end *tail) error {
	source := p.body.reader()
	piece := make([]byte, min(pieceSize, p.body.size))
	for {
		size, err := io.ReadFull(source, piece)
		if size > 0 {
			if err := r.h.store.AppendPiece(ctx, deposit, end.pieces, piece[:size]); err != nil {
				return err
			}
			end.pieces++
			end.size += int64(size)
		}
		switch {
		case errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF):
			return r.h.store.SealDeposit(ctx, deposit, end.size)
		case err != nil:
			return fmt.Errorf("reading a page from the disk: %w", err)
		}
	}
}

// intoBatches applies the page, but for what waits for a decision already.
func (r *run) intoBatches(ctx context.Context, p *page, next *cards.Harvest) error {
	deleted := func(rec *oai.Received) error {
		return r.h.store.RecordDeleted(ctx, r.lib.ID, rec.Identifier, rec.Datestamp, r.state.Run)
	}
	err := r.eachBatch(p, r.ordinal, deleted, func(items []cards.Item, last bool) error {
		r.ordinal += len(items)
		fresh, err := r.released(ctx, items)
		switch {
		case err != nil:
			return err
		case len(fresh) > 0 && last:
			return r.apply(ctx, p, fresh, next)
		case len(fresh) > 0:
			return r.apply(ctx, p, fresh, nil)
		case last:
			return r.h.store.SaveHarvest(ctx, *next)
		}
		return nil
	})
	return err
}

// eachBatch reads the page's cards, numbered behind the one before them. A batch goes to do when the next card comes, so
// that the last one, which may be empty, is known to be the last. Deleted records go to deleted; nil: nowhere.
func (r *run) eachBatch(p *page, before int, deleted func(*oai.Received) error, do func(items []cards.Item, last bool) error) error {
	if p.kept {
		items := slices.Clone(p.items)
		for i := range items {
			items[i].Ordinal = before + 1 + i
		}
		return do(items, true)
	}
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
			if deleted != nil {
				if err := deleted(rec); err != nil {
					return err
				}
			}
			continue
		}
		if len(items) == cap(items) {
			if err := do(items, false); err != nil {
				return err
			}
			items = items[:0]
		}
		item, err := p.item(decoder, rec, r.h.opts)
		if err != nil {
			return fmt.Errorf("reading a page again: %w", err)
		}
		before++
		item.Ordinal = before
		items = append(items, item)
	}
	return do(items, true)
}

func (p *page) item(decoder *xmlstream.Decoder, rec *oai.Received, o Options) (cards.Item, error) {
	item, err := cardOf(decoder, rec, exchange.Options{Location: o.Location, Now: p.asked})
	if err != nil {
		return item, err
	}
	item.Provenance = &cards.Provenance{
		BaseURL: p.baseURL, Identifier: rec.Identifier, Datestamp: rec.Datestamp, Harvested: p.asked.Unix(),
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
	batch := r.batch(p, items)
	batch.Deposit, batch.Harvest = r.state.Deposit, next
	outcomes, err := r.h.store.Apply(ctx, batch)
	if err != nil {
		return err
	}
	for i := range outcomes {
		r.record.Counts.Add(outcomes[i].Result)
	}
	r.modified += modified(outcomes)
	return nil
}

func (r *run) batch(p *page, items []cards.Item) cards.Batch {
	return cards.Batch{Library: r.lib, Door: cards.DoorHarvest, Moment: cards.Moment{Arrived: p.asked, Asked: true}, Items: items}
}

func modified(outcomes []cards.Outcome) int {
	n := 0
	for i := range outcomes {
		if outcomes[i].Result == cards.Modified {
			n++
		}
	}
	return n
}
