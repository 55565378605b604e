package oaiclient

import (
	"context"
	"crypto/sha256"

	"github.com/carte-reseau/hub/internal/cards"
)

// Harvests overlap, so what one of them held back comes once more with the next: it would pass by the decision there, or
// ask for it again with every harvest. So the records of a held part are known by what they say; as long as they say the
// same, they are passed over. One that says something else is a later change and goes its own way.

// heldRecord is what a record is known by, whatever its datestamp.
func heldRecord(item *cards.Item) cards.HeldRecord {
	name := "numero " + item.Incoming.Number
	if item.Provenance.Identifier != "" {
		name = "oai " + item.Provenance.Identifier
	}
	record, content := sha256.Sum256([]byte(name)), sha256.Sum256(item.Raw)
	return cards.HeldRecord{Record: [16]byte(record[:16]), Content: [16]byte(content[:16]), Ordinal: item.Ordinal}
}

func (r *run) heldRecords(ctx context.Context, items []cards.Item) ([]cards.HeldRecord, map[[16]byte]cards.HeldRecord, error) {
	list, keys := make([]cards.HeldRecord, len(items)), make([][16]byte, len(items))
	for i := range items {
		list[i] = heldRecord(&items[i])
		keys[i] = list[i].Record
	}
	known, err := r.h.store.HeldRecords(ctx, r.lib.ID, keys)
	return list, known, err
}

// untouched leaves out the items that are the matter of a decision. later are the records among the others of which
// something else was held.
func (r *run) untouched(ctx context.Context, items []cards.Item) (fresh []cards.Item, later [][16]byte, err error) {
	if !r.holding || len(items) == 0 {
		return items, nil, nil
	}
	list, known, err := r.heldRecords(ctx, items)
	if err != nil {
		return nil, nil, err
	}
	for i, record := range list {
		held, found := known[record.Record]
		if found && held.Content == record.Content {
			continue
		}
		if found {
			later = append(later, record.Record)
			delete(known, record.Record)
		}
		fresh = append(fresh, items[i])
	}
	return fresh, later, nil
}

// released is untouched for items that are about to be applied: what was held of them is outdated then.
func (r *run) released(ctx context.Context, items []cards.Item) ([]cards.Item, error) {
	fresh, later, err := r.untouched(ctx, items)
	if err == nil && len(later) > 0 {
		err = r.h.store.ReleaseRecords(ctx, r.lib.ID, later)
	}
	return fresh, err
}

// ofDeposit picks, in the order of a held deposit's pages, the items that are its own: not those it holds twice, nor those
// another deposit holds. With mark it is kept which they are, before they count.
func (r *run) ofDeposit(ctx context.Context, deposit int64, items []cards.Item, mark bool) ([]cards.Item, error) {
	list, known, err := r.heldRecords(ctx, items)
	if err != nil {
		return nil, err
	}
	var own []cards.Item
	fresh := map[[16]byte]cards.HeldRecord{}
	for i, record := range list {
		record.Deposit = deposit
		held, found := known[record.Record]
		switch {
		case found && held.Deposit == deposit && held.Ordinal >= record.Ordinal: // read before
		case found && held.Content == record.Content:
			continue
		default:
			known[record.Record], fresh[record.Record] = record, record
		}
		own = append(own, items[i])
	}
	if !mark {
		return own, nil
	}
	hold := make([]cards.HeldRecord, 0, len(fresh))
	for _, record := range fresh {
		hold = append(hold, record)
	}
	return own, r.h.store.HoldRecords(ctx, r.lib.ID, hold)
}
