package web

import (
	"context"
	"net/http"

	"github.com/carte-reseau/hub/internal/cards"
)

// Beginning is what the first steps look at.
type Beginning interface {
	Status(ctx context.Context) ([]cards.LibraryStatus, error)
	Waiting(ctx context.Context) (cards.Waiting, error)
}

// Advice is one setting a network should not begin without, named as it is written, with its value; empty: not set.
type Advice struct {
	Setting string // HUB_PUBLIC_URL
	Value   string
}

// StartPage makes the page that leads a network from its first account to its first exchange. settings are those that only
// the machine's administrator can change.
func StartPage(store Beginning, settings []Advice) Page {
	return startPage{store: store, settings: settings}
}

type startPage struct {
	store    Beginning
	settings []Advice
}

const pathStart = "/demarrage"

func (p startPage) register(d desk) { d.view(cards.RoleReader, pathStart, p.show) }

type startView struct {
	Settings  []Advice
	Missing   int
	Libraries []startRow
	Waiting   cards.Waiting
}

// startRow is how far one library has come.
type startRow struct {
	Library                     cards.Library
	Gave, Received, Preparation bool
}

// Done reports whether the library needs nothing more.
func (r startRow) Done() bool { return r.Gave && r.Received && !r.Preparation }

func (p startPage) show(v *visit) error {
	ctx := v.Request().Context()
	libraries, err := p.store.Status(ctx)
	if err != nil {
		return err
	}
	view := startView{Settings: p.settings}
	for _, s := range p.settings {
		if s.Value == "" {
			view.Missing++
		}
	}
	for _, l := range libraries {
		view.Libraries = append(view.Libraries, startRow{
			Library: l.Library, Gave: !l.LastDeposit.IsZero(), Received: l.Pull.Seq > 0 || l.Push.Seq > 0, Preparation: l.Library.Preparing,
		})
	}
	if view.Waiting, err = p.store.Waiting(ctx); err != nil {
		return err
	}
	return v.render(http.StatusOK, "start", view)
}

// Gave counts the libraries that have given something.
func (s startView) Gave() (n int) {
	for _, l := range s.Libraries {
		if l.Gave {
			n++
		}
	}
	return n
}

// AllGave reports whether every library has given something.
func (s startView) AllGave() bool { return len(s.Libraries) > 0 && s.Gave() == len(s.Libraries) }

// Undecided counts what should be decided before anything is handed out.
func (s startView) Undecided() int64 {
	return waitingIn(s.Waiting)
}

// Preparing lists the libraries nothing is handed to yet.
func (s startView) Preparing() (list []cards.Library) {
	for _, l := range s.Libraries {
		if l.Preparation {
			list = append(list, l.Library)
		}
	}
	return list
}

// AllDone reports whether every library gives and receives.
func (s startView) AllDone() bool {
	for _, l := range s.Libraries {
		if !l.Done() {
			return false
		}
	}
	return len(s.Libraries) > 0
}
