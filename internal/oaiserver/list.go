package oaiserver

import (
	"context"

	"github.com/carte-reseau/hub/internal/cards"
	"github.com/carte-reseau/hub/internal/oai"
)

// listing is one list of a library's set and how far it has been handed over.
// It is what a resumption token holds: the hub itself keeps nothing of it.
type listing struct {
	verb    oai.Verb
	prefix  string
	library int64
	from    int64 // Unix seconds, inclusive; 0: the request gave none
	until   int64 // at or before closed
	upper   int64 // the seq that until stands for
	after   int64 // the seq of the last card handed over
	cursor  int64 // cards handed over
	size    int64 // of the whole list when it began
	closed  int64 // the responseDate of every page
	day     string
	expires int64 // of the token it is in
}

// list answers ListRecords and ListIdentifiers, by arguments or by token.
func (d *Door) list(ctx context.Context, c *call) (*answer, error) {
	if c.ResumptionToken != "" {
		l, err := d.resume(c)
		if err != nil {
			return nil, err
		}
		return d.page(ctx, c, l)
	}
	l, err := d.begin(c)
	if err != nil {
		return nil, err
	}
	l.upper, l.size, err = d.store.ListBounds(ctx, l.feed())
	if err != nil {
		return nil, err
	}
	if l.size == 0 {
		return l.nothing(c), nil
	}
	if handed := l.finished(); handed != nil {
		if err := d.store.BeginList(ctx, *handed); err != nil {
			return nil, err
		}
	}
	return d.page(ctx, c, l)
}

// begin makes a listing of the call's arguments.
func (d *Door) begin(c *call) (*listing, error) {
	if c.Set != "" && c.Set != c.library.Code {
		return nil, notYours(c.library.Code)
	}
	if err := checkPrefix(c.MetadataPrefix); err != nil {
		return nil, err
	}
	l := &listing{verb: c.Verb, prefix: prefix, library: c.library.ID, until: c.now, closed: c.now, day: d.day(c.now)}
	from, until, hasFrom, hasUntil := c.Bounds()
	if hasFrom {
		l.from = max(from, 0)
	}
	if hasUntil {
		l.until = min(until, c.now)
	}
	if l.until < l.from || l.until <= 0 {
		// Wholly in the future, or before the first second there is: nothing
		// was asked about what the library is owed, so its mark stays.
		return nil, nothingMatches()
	}
	return l, nil
}

// resume takes a listing up where its token left it.
func (d *Door) resume(c *call) (*listing, error) {
	l, err := d.tokens.open(c.ResumptionToken)
	switch {
	case err != nil:
		return nil, oai.Errorf(oai.BadResumptionToken, "Ce resumptionToken n’a pas été donné par ce concentrateur, ou il a été abîmé.")
	case l.library != c.library.ID:
		return nil, oai.Errorf(oai.BadResumptionToken, "Ce resumptionToken a été donné à une autre bibliothèque.")
	case l.verb != c.Verb:
		return nil, oai.Errorf(oai.BadResumptionToken, "Ce resumptionToken a été donné pour %s.", l.verb)
	case l.expires < c.now:
		return nil, oai.Errorf(oai.BadResumptionToken, "Ce resumptionToken a expiré ; recommencez la liste.")
	}
	return l, nil
}

// page answers with the cards that follow.
func (d *Door) page(ctx context.Context, c *call, l *listing) (*answer, error) {
	feed := l.feed()
	feed.After, feed.Upper = l.after, l.upper
	feed.Limit = d.opt.PageSize + 1 // one more tells whether this is the last page
	items, err := d.store.Feed(ctx, feed)
	if err != nil {
		return nil, err
	}
	if len(items) == 0 {
		// All that was left has changed meanwhile, and comes in the next list.
		return l.nothing(c), nil
	}
	last := len(items) <= d.opt.PageSize
	if !last {
		items = items[:d.opt.PageSize]
	}
	codes, err := d.origins.of(ctx, items)
	if err != nil {
		return nil, err
	}
	records := d.recorder([]string{c.library.Code}, codes)
	token := d.tokenAfter(l, items, last, c.now)
	a := &answer{date: l.closed, echo: c.Request, records: len(items), write: func(w *oai.Writer) {
		w.OpenList(l.verb)
		for i := range items {
			w.Record(records.of(&items[i]))
		}
		if token != nil {
			w.ResumptionToken(*token)
		}
	}}
	if last {
		a.finish = l.finished()
	}
	return a, nil
}

// tokenAfter is the token behind a page: none where the list is one page, an
// empty one at the end of several.
func (d *Door) tokenAfter(l *listing, items []cards.FeedItem, last bool, now int64) *oai.ResumptionToken {
	if last && l.cursor == 0 {
		return nil
	}
	token := &oai.ResumptionToken{CompleteSize: l.size, Cursor: l.cursor}
	if last {
		return token
	}
	next := *l
	next.after = items[len(items)-1].Seq
	next.cursor += int64(len(items))
	next.expires = now + int64(d.opt.TokenLife.Seconds())
	token.Value = d.tokens.seal(&next)
	token.ExpirationDate = oai.Second.Format(next.expires)
	return token
}

// nothing answers a list, or the rest of one, that holds no card. It has been
// handed over in whole like any other.
func (l *listing) nothing(c *call) *answer {
	return &answer{date: l.closed, echo: c.Request, fault: nothingMatches(), finish: l.finished()}
}

// finished is what moves the mark; ListIdentifiers hands over no cards.
func (l *listing) finished() *cards.List {
	if l.verb != oai.ListRecords {
		return nil
	}
	return &cards.List{LibraryID: l.library, From: l.from, Until: l.until, UpperSeq: l.upper, Size: l.size}
}

func (l *listing) feed() cards.FeedRange {
	return cards.FeedRange{LibraryID: l.library, From: l.from, Until: l.until, Day: l.day}
}

func nothingMatches() *oai.Error {
	return oai.Errorf(oai.NoRecordsMatch, "Aucune carte ne répond à cette demande.")
}
