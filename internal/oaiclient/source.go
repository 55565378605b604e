package oaiclient

import (
	"context"
	"strings"

	"github.com/carte-reseau/hub/internal/cards"
)

// sourceOf is what a harvest asks for cards: of another one it knows nothing.
func sourceOf(lib *cards.Library) string {
	return strings.Join([]string{lib.OAIURL, lib.OAISet, lib.OAIPrefix}, " ")
}

// leave ends what was begun at a source that the library's settings no longer name: another one is asked for everything. The
// settings are not looked at before a run begins, so one that is under way while they change goes on with the old source to
// its end.
func (r *run) leave(ctx context.Context, state cards.Harvest) (cards.Harvest, error) {
	if state.Source == "" || state.Source == sourceOf(r.lib) {
		return state, nil
	}
	if !state.Started.IsZero() {
		r.state = state
		r.state.From, r.state.Granularity = "", ""
		if err := r.giveUp(ctx); err != nil {
			return state, err
		}
	}
	return cards.Harvest{}, nil
}
