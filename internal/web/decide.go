package web

import (
	"context"
	"net/http"
	"strconv"

	"github.com/carte-reseau/hub/internal/cards"
)

// Decisions are what staff are asked to decide.
type Decisions interface {
	Disputes
	Likenesses
	Suspended
	Erasures
}

// DecidePages makes the page of what waits for a person, a tab a kind.
func DecidePages(store Decisions) Page { return decidePages{store: store} }

type decidePages struct{ store Decisions }

// The tabs.
const (
	pathDecide     = "/a-decider"
	pathConflicts  = pathDecide + "/conflits"
	pathLikenesses = pathDecide + "/doublons"
	pathSuspended  = pathDecide + "/depots"
	pathErasures   = pathDecide + "/effacements"
)

// decideRows is how many decisions a page shows: each is read, not scanned.
const decideRows = 20

func (p decidePages) register(d desk) {
	d.view(cards.RoleReader, pathDecide, p.first)
	conflictPages{p}.register(d)
	likenessPages{p}.register(d)
	suspendedPages{p}.register(d)
	erasurePages{p}.register(d)
}

// decideTab is one of the kinds, with how many wait.
type decideTab struct {
	Name, Path string
	Count      int64
	Here       bool
}

// first leads to the first tab on which anything waits.
func (p decidePages) first(v *visit) error {
	tabs, err := p.tabs(v, "")
	if err != nil {
		return err
	}
	for _, tab := range tabs {
		if tab.Count > 0 {
			return v.Redirect(http.StatusSeeOther, tab.Path)
		}
	}
	return v.Redirect(http.StatusSeeOther, pathConflicts)
}

func (p decidePages) tabs(v *visit, here string) ([]decideTab, error) {
	ctx := v.Request().Context()
	waiting, err := v.door.options.Agenda.Waiting(ctx)
	if err != nil {
		return nil, err
	}
	tabs := []decideTab{
		{Name: "conflits", Path: pathConflicts, Count: waiting.Disputes},
		{Name: "doublons", Path: pathLikenesses, Count: waiting.Likenesses},
		{Name: "depots", Path: pathSuspended, Count: waiting.Suspended},
		{Name: "effacements", Path: pathErasures, Count: waiting.Erasures},
	}
	for i := range tabs {
		tabs[i].Here = tabs[i].Path == here
	}
	return tabs, nil
}

// decideView is one tab: Before is where its list begins, Next where it goes on.
type decideView[T any] struct {
	Tabs         []decideTab
	Rows         []T
	Path         string
	Before, Next int64
	// Seen is how many decisions the tab had when the list was read; Moved is set where it has not as many any more.
	Seen  int64
	Moved bool
}

// openOn is how many decisions wait on the tab that is shown.
func openOn(tabs []decideTab) int64 {
	for _, tab := range tabs {
		if tab.Here {
			return tab.Count
		}
	}
	return 0
}

// following lets the tabs of a list follow the network. The list itself does not: it would show, and have recorded, the same
// persons over and over, and move under the hand of who decides.
func (p decidePages) following(path string, list handler) handler {
	return func(v *visit) error {
		if !v.partly() {
			return list(v)
		}
		tabs, err := p.tabs(v, path)
		if err != nil {
			return err
		}
		seen, err := strconv.ParseInt(v.QueryParam("vu"), 10, 64)
		if err != nil {
			return v.refuseFor(err, cards.Invalid, "erreur.formulaire")
		}
		v.watch = "" // counts are nobody's
		return v.render(http.StatusOK, "conflicts", decideView[struct{}]{Tabs: tabs, Path: path, Seen: seen, Moved: openOn(tabs) != seen})
	}
}

// decideList reads one tab's rows and lays them out.
func decideList[T any](v *visit, p decidePages, path string, read func(ctx context.Context, before int64, limit int) ([]T, error), id func(T) int64) (*decideView[T], error) {
	rows, err := read(v.Request().Context(), v.before(), decideRows+1)
	if err != nil {
		return nil, err
	}
	view := &decideView[T]{Path: path, Before: v.before()}
	view.Rows, view.Next = cut(rows, decideRows, id)
	view.Tabs, err = p.tabs(v, path)
	view.Seen = openOn(view.Tabs)
	return view, err
}

// listed is the list where the decision was made: what follows stands where the last stood.
func (v *visit) listed(path string) string {
	if before, err := strconv.ParseInt(v.FormValue("avant"), 10, 64); err == nil && before > 0 {
		path += "?avant=" + strconv.FormatInt(before, 10)
	}
	return path
}
