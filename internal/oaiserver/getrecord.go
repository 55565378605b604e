package oaiserver

import (
	"context"
	"strings"

	"github.com/carte-reseau/hub/internal/cards"
	"github.com/carte-reseau/hub/internal/oai"
)

func (d *Door) getRecord(ctx context.Context, c *call) (*answer, error) {
	if err := checkPrefix(c.MetadataPrefix); err != nil {
		return nil, err
	}
	item, err := d.find(ctx, c)
	if err != nil {
		return nil, err
	}
	codes, err := d.origins.known(ctx)
	if err == nil && !isKnown(codes, item.Origin) {
		codes, err = d.origins.again(ctx)
	}
	if err == nil {
		err = unknownIfGone(d.store.NoteAsked(ctx, c.library.ID, item))
	}
	if err != nil {
		return nil, err
	}
	var sets []string
	if item.Origin != c.library.ID { // else it is in no set of the library
		sets = []string{c.library.Code}
	}
	record := d.recorder(sets, codes).of(item)
	a := c.answered(func(w *oai.Writer) {
		w.OpenList(oai.GetRecord)
		w.Record(record)
	})
	a.records = 1
	return a, nil
}

// find gives the card that the call's identifier names, if it has not expired.
func (d *Door) find(ctx context.Context, c *call) (*cards.FeedItem, error) {
	domain, local, err := oai.ParseIdentifier(c.Identifier)
	if err != nil || !strings.EqualFold(domain, d.opt.Domain) {
		return nil, unknown()
	}
	item, end, err := d.store.CardByOAIID(ctx, local)
	if err != nil {
		return nil, unknownIfGone(err)
	}
	if end < d.day(c.now) {
		return nil, unknown()
	}
	return item, nil
}

func unknown() error {
	return oai.Errorf(oai.IDDoesNotExist, "Aucune carte en cours de validité n’a cet identifiant.")
}

// unknownIfGone says so where the store found no card.
func unknownIfGone(err error) error {
	if cards.CodeOf(err) == cards.NotFound {
		return unknown()
	}
	return err
}
