package web

import (
	"cmp"
	"context"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/carte-reseau/hub/internal/cards"
)

// Network is the state of all libraries.
type Network interface {
	Status(ctx context.Context) ([]cards.LibraryStatus, error)
	HubJobs(ctx context.Context) ([]cards.Job, error)
	Troubles(ctx context.Context, q cards.TroubleQuery) ([]cards.Trouble, error)
	// Activity tells what went each way, by library and day, from a day on to another.
	Activity(ctx context.Context, from, to string) (map[int64][]cards.Activity, error)
}

// NetworkPage makes the page everybody looks at in the morning: one row a library.
func NetworkPage(store Network) Page { return &networkPage{store: store} }

type networkPage struct {
	store Network

	mu   sync.Mutex
	last networkState
	seen time.Time
}

// networkState is what was read at one moment, for all who look at the page.
type networkState struct {
	libraries []cards.LibraryStatus
	jobs      []cards.Job
	troubles  []cards.Trouble
	activity  map[int64][]cards.Activity
	today     string
}

func (p *networkPage) register(d desk) { d.view(cards.RoleReader, pathHome, p.show) }

// freshness is for how long all visitors are shown one state: a wall of screens costs the database no more than one.
const freshness = time.Second

func (p *networkPage) state(ctx context.Context, now time.Time, place *time.Location) (networkState, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if since := now.Sub(p.seen); since >= 0 && since < freshness {
		return p.last, nil
	}
	fresh := networkState{today: now.In(place).Format(time.DateOnly)}
	var err error
	if fresh.libraries, err = p.store.Status(ctx); err != nil {
		return networkState{}, err
	}
	if fresh.jobs, err = p.store.HubJobs(ctx); err != nil {
		return networkState{}, err
	}
	if fresh.troubles, err = p.store.Troubles(ctx, cards.TroubleQuery{Open: true, Limit: pageRows}); err != nil {
		return networkState{}, err
	}
	if fresh.activity, err = p.store.Activity(ctx, firstDrawn(now, place), fresh.today); err != nil {
		return networkState{}, err
	}
	p.last, p.seen = fresh, now
	return fresh, nil
}

// firstDrawn is the first day of the small line of a month.
func firstDrawn(now time.Time, place *time.Location) string {
	return now.In(place).AddDate(0, 0, 1-sparkDays).Format(time.DateOnly)
}

type networkView struct {
	Rows []libraryRow
	// All is how many libraries there are; Named is what of a name was typed to find some of them.
	All   int
	Named string
	// Failing are the hub's own jobs that fail, Troubles what is wrong beyond that and beyond what the rows say.
	Failing   []cards.Job
	Troubles  []troubleRow
	Needing   int
	Behind    int64
	Preparing int
	Worst     string
}

// Wrong counts what is wrong where no library asks for attention.
func (n networkView) Wrong() int { return len(n.Failing) + len(n.Troubles) }

func (p *networkPage) show(v *visit) error {
	state, err := p.state(v.Request().Context(), v.door.options.Now(), v.door.options.Location)
	if err != nil {
		return err
	}
	if len(state.libraries) == 0 {
		return v.Redirect(http.StatusSeeOther, pathStart)
	}
	view := viewOf(v, state)
	view.find(strings.TrimSpace(v.QueryParam("nom")))
	return v.render(http.StatusOK, "network", view)
}

// glance is how many libraries are looked through at a glance; among more one is found by its name.
const glance = 20

// find keeps the rows of the libraries whose name or code holds every word that was typed; what is said of the network
// above them is said of all.
func (n *networkView) find(typed string) {
	n.All, n.Named = len(n.Rows), typed
	words := strings.Fields(cards.FoldText(typed))
	n.Rows = slices.DeleteFunc(n.Rows, func(row libraryRow) bool {
		called := cards.FoldText(row.Status.Library.Name + " " + row.Status.Library.Code)
		return slices.ContainsFunc(words, func(word string) bool { return !strings.Contains(called, word) })
	})
}

// Findable reports whether there are so many libraries that one is looked for.
func (n networkView) Findable() bool { return n.All > glance || n.Named != "" }

// Again is the address at which the page stands, for what refreshes it.
func (n networkView) Again() string {
	if n.Named == "" {
		return pathHome
	}
	return pathHome + "?" + url.Values{"nom": {n.Named}}.Encode()
}

// gravity puts what needs a person first.
var gravity = []string{"trouble", "late", "paused", "new", "working", string(cards.StatePreparing), "ok"}

func viewOf(v *visit, state networkState) networkView {
	view := networkView{Worst: "ok"}
	for i := range state.libraries {
		l := &state.libraries[i]
		row := rowOf(v, l, state.activity[l.Library.ID], state.today)
		view.Rows = append(view.Rows, row)
		view.Behind += row.Status.Behind
		if row.State == "trouble" || row.State == "late" {
			view.Needing++
		}
		if row.Status.Library.Preparing {
			view.Preparing++
		}
	}
	slices.SortStableFunc(view.Rows, func(a, b libraryRow) int {
		return cmp.Or(slices.Index(gravity, a.State)-slices.Index(gravity, b.State),
			strings.Compare(a.Status.Library.Name, b.Status.Library.Name))
	})
	for _, job := range state.jobs {
		if job.Failures > 0 {
			view.Failing = append(view.Failing, job)
		}
	}
	for _, t := range state.troubles {
		if !view.says(t) {
			view.Troubles = append(view.Troubles, v.troubleRow(t))
		}
	}
	switch {
	case view.Needing > 0:
		view.Worst = view.Rows[0].State
	case view.Wrong() > 0:
		view.Worst = "trouble"
	}
	return view
}

// says reports whether the library's row, or the hub's failing jobs, say a trouble already.
func (n networkView) says(t cards.Trouble) bool {
	switch t.Kind {
	case cards.TroubleFailing, cards.TroubleStopped:
		return true
	case cards.TroubleSuspended: // of a library that staff paused the row says that alone
		return !slices.ContainsFunc(n.Rows, func(row libraryRow) bool { return row.Status.Library.ID == t.LibraryID && row.State == "paused" })
	}
	return false
}
