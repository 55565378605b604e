package rest

import (
	"context"
	"io"
	"time"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humaecho"

	"github.com/carte-reseau/hub/internal/cards"
	"github.com/carte-reseau/hub/internal/exchange"
)

// remove answers with the cards the library sent or enrolled. It is out of the network once all of them were written, and before
// the document's last line is: who holds a whole document knows that it is done, and a connection that breaks off before has
// removed nothing.
func (s libraryDesk) remove(d desk) func(context.Context, *LibraryCode) (*huma.StreamResponse, error) {
	return func(ctx context.Context, in *LibraryCode) (*huma.StreamResponse, error) {
		l, err := s.store.Library(ctx, in.Code)
		if err != nil {
			return nil, err
		}
		now, err := s.store.Now(ctx)
		if err != nil {
			return nil, err
		}
		return &huma.StreamResponse{Body: func(h huma.Context) {
			asAttachment(h, l.Code+".xml")
			d.stream(humaecho.Unwrap(h), xmlType, func(w io.Writer) error { return s.exportAndRemove(ctx, l, now, w) })
		}}, nil
	}
}

func (s libraryDesk) exportAndRemove(ctx context.Context, l *cards.Library, now time.Time, w io.Writer) error {
	document, err := s.export(ctx, l, now, w)
	if err == nil {
		err = s.store.RemoveLibrary(ctx, l.ID)
	}
	if err != nil {
		recordOf(ctx).failed(ctx, err)
		return err
	}
	s.rules.Kick()
	return document.Close()
}

// export writes all but the document's last line; what was written has left.
func (s libraryDesk) export(ctx context.Context, l *cards.Library, now time.Time, w io.Writer) (*exchange.Writer, error) {
	document, err := exchange.NewWriter(w, exchange.Envelope{Establishment: s.rules.HubCode, Mode: exchange.Complete, Made: now})
	if err != nil {
		return nil, err
	}
	for rendered, err := range s.store.CardsSentBy(ctx, l.ID) {
		if err != nil {
			return nil, err
		}
		if err := document.WriteRendered(rendered); err != nil {
			return nil, err
		}
	}
	err = document.Flush()
	return document, err
}
