package rest

import (
	"context"

	"github.com/carte-reseau/hub/internal/cards"
)

type libraryActedOn struct {
	Body apiLibrary
}

// act does something to a library, and answers with its state.
func (s libraryDesk) act(ctx context.Context, code string, do func(*cards.Library) error) (*libraryActedOn, error) {
	l, err := s.store.Library(ctx, code)
	if err != nil {
		return nil, err
	}
	if err := do(l); err != nil {
		return nil, err
	}
	s.rules.Kick()
	state, err := s.store.LibraryStatus(ctx, code)
	if err != nil {
		return nil, err
	}
	return &libraryActedOn{Body: toLibrary(*state)}, nil
}

func (s libraryDesk) pause(ctx context.Context, in *struct {
	LibraryCode
	Body struct {
		Reason string `json:"reason" minLength:"1" maxLength:"500" doc:"Motif, montré au personnel"`
	}
}) (*libraryActedOn, error) {
	return s.act(ctx, in.Code, func(l *cards.Library) error { return s.store.PauseLibrary(ctx, l.ID, cards.Quote(in.Body.Reason)) })
}

func (s libraryDesk) resume(ctx context.Context, in *LibraryCode) (*libraryActedOn, error) {
	return s.act(ctx, in.Code, func(l *cards.Library) error {
		if err := s.store.ResumeLibrary(ctx, l.ID); err != nil {
			return err
		}
		return s.store.SetAttention(ctx, l.ID, cards.Sentence{})
	})
}

func (s libraryDesk) open(ctx context.Context, in *LibraryCode) (*libraryActedOn, error) {
	return s.act(ctx, in.Code, func(l *cards.Library) error {
		if !l.Preparing {
			return cards.Errorf(cards.Conflict, "%s n’est pas en préparation.", l.Code)
		}
		return s.store.OpenLibrary(ctx, l.ID)
	})
}

func (s libraryDesk) clear(ctx context.Context, in *LibraryCode) (*libraryActedOn, error) {
	return s.act(ctx, in.Code, func(l *cards.Library) error { return s.store.SetAttention(ctx, l.ID, cards.Sentence{}) })
}

// now has one kind of a library's work done at once.
func (s libraryDesk) now(kind cards.JobKind) func(context.Context, *LibraryCode) (*libraryActedOn, error) {
	return func(ctx context.Context, in *LibraryCode) (*libraryActedOn, error) {
		return s.act(ctx, in.Code, func(l *cards.Library) error {
			err := s.store.RunNow(ctx, kind, l)
			if cards.CodeOf(err) == cards.Conflict {
				s.rules.Kick() // it may have been entered a moment ago
			}
			return err
		})
	}
}
