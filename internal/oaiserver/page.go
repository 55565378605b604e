package oaiserver

import (
	"context"
	"errors"

	"github.com/carte-reseau/hub/internal/cards"
	"github.com/carte-reseau/hub/internal/oai"
)

// page is one page of a list on its way from the database into the answer: a
// card is spelled where the driver holds it, and forgotten.
type page struct {
	*listing
	door   *Door
	call   *call
	answer *answer

	records int
	last    int64 // the seq of the last card spelled
	more    bool  // there are cards behind this page
}

// page answers with the cards that follow.
func (d *Door) page(c *call, l *listing) *answer {
	a := &answer{date: l.closed, echo: c.Request}
	p := &page{listing: l, door: d, call: c, answer: a, last: l.after}
	a.write = p.write
	return a
}

func (p *page) write(ctx context.Context, w *oai.Writer) error {
	err := p.spell(ctx, w)
	if err != nil {
		return err
	}
	p.answer.records = p.records
	if !p.more {
		p.answer.finish = p.finished()
	}
	if p.records == 0 {
		// All that was left has changed meanwhile, and comes in the next list. It
		// has been handed over in whole like any other.
		return nothingMatches()
	}
	if token := p.token(); token != nil {
		w.ResumptionToken(*token)
	}
	return nil
}

// spell writes the cards. It asks for the libraries' codes before, and once
// again where a library turns out to be new.
func (p *page) spell(ctx context.Context, w *oai.Writer) error {
	codes, err := p.door.origins.known(ctx)
	if err != nil {
		return err
	}
	err = p.read(ctx, w, codes, true)
	if errors.Is(err, errStranger) {
		if codes, err = p.door.origins.again(ctx); err != nil {
			return err
		}
		err = p.read(ctx, w, codes, false)
	}
	return err
}

// errStranger ends the reading at a card of a library whose code is not known:
// it cannot be asked for while a connection is held.
var errStranger = errors.New("a card of a library that is not known")

// read spells the cards behind the last.
func (p *page) read(ctx context.Context, w *oai.Writer, codes map[int64]string, ask bool) error {
	size := p.door.opt.PageSize
	feed := p.feed()
	feed.After, feed.Upper = p.last, p.upper
	// By the time a page is asked for by a token, all that waits up to the list's
	// end is known: its second is closed.
	feed.NoneAgain = p.call.ResumptionToken != "" && !p.call.again
	feed.Limit = size + 1 - p.records // one more tells whether this is the last page
	records := p.door.recorder([]string{p.call.library.Code}, codes)
	return p.door.store.Feed(ctx, feed, func(item *cards.FeedItem) error {
		if p.records == size {
			p.more = true
			return nil
		}
		if ask && !isKnown(codes, item.Origin) {
			return errStranger
		}
		if p.records == 0 {
			w.OpenList(p.verb)
		}
		w.Record(records.of(item))
		p.records, p.last = p.records+1, item.Seq
		return w.Err()
	})
}

// token is the token behind the page: none where the list is one page, an empty
// one at the end of several.
func (p *page) token() *oai.ResumptionToken {
	if !p.more && p.cursor == 0 {
		return nil
	}
	token := &oai.ResumptionToken{CompleteSize: p.size, Cursor: p.cursor}
	if !p.more {
		return token
	}
	next := *p.listing
	next.after = p.last
	next.cursor += int64(p.records)
	next.expires = p.call.now + int64(p.door.opt.TokenLife.Seconds())
	token.Value = p.door.tokens.seal(&next)
	token.ExpirationDate = oai.Second.Format(next.expires)
	return token
}
