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
		return d.page(c, l), nil
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
		a := faulty(l.closed, c.Request, nothingMatches())
		a.finish = l.finished()
		return a, nil
	}
	if handed := l.finished(); handed != nil {
		if err := d.store.BeginList(ctx, *handed); err != nil {
			return nil, err
		}
	}
	return d.page(c, l), nil
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
