package main

import (
	"fmt"
	"maps"
	"net/http"
	"net/http/httptest"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/carte-reseau/hub/internal/cards"
	"github.com/carte-reseau/hub/internal/sigb"
	"github.com/carte-reseau/hub/internal/store/storetest"
)

// slowLibrary is a permanent library whose system takes its time: a moment in
// which another hub might do its job too.
type slowLibrary struct {
	system *sigb.System
	server *sigb.Server

	mu      sync.Mutex
	under   int // requests under way
	crossed int // that came while another one was
}

const slowAnswer = 300 * time.Millisecond

func newSlowLibrary(t *testing.T, s *site, code string) *slowLibrary {
	t.Helper()
	l := &slowLibrary{system: sigb.New(sigb.Config{Code: code})}
	l.server = sigb.NewServer(l.system, sigb.ServerOptions{})
	front := httptest.NewServer(l)
	t.Cleanup(func() {
		front.Close()
		_ = l.server.Close()
	})
	s.library(code, "--push-url="+front.URL+string(sigb.REST))
	return l
}

// ServeHTTP answers after a while.
func (l *slowLibrary) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	l.enter()
	defer l.leave()
	time.Sleep(slowAnswer)
	l.server.ServeHTTP(w, r)
}

func (l *slowLibrary) enter() {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.under++; l.under > 1 {
		l.crossed++
	}
}

func (l *slowLibrary) leave() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.under--
}

// meanwhile reports whether a request is under way.
func (l *slowLibrary) meanwhile() bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.under > 0
}

// handed counts how often each card came.
func (l *slowLibrary) handed() map[string]int {
	times := map[string]int{}
	for _, request := range l.server.Seen() {
		for _, number := range request.Numbers {
			times[number]++
		}
	}
	return times
}

// Three hubs on one database do the libraries' jobs, mostly the one to which a
// card was given; one is killed in the middle. No card is handed twice, but those that were on their way when that
// hub died, and none stays behind.
func TestThreeHubsShareTheWork(t *testing.T) {
	t.Parallel()
	s := newSite(t, storetest.PostgresDatabase(t))
	const libraries = 36
	var all []*slowLibrary
	for i := range libraries {
		all = append(all, newSlowLibrary(t, s, fmt.Sprintf("bib-%02d", i)))
	}
	s.library("mours")
	hubs := make([]*child, 3)
	for i := range hubs {
		own := *s
		hubs[i] = newChild(t, &own)
		hubs[i].start(t)
	}
	for _, h := range hubs {
		h.ready(t)
	}
	watch := s.foundation()
	db := s.openDatabase(t)
	owners := map[string]bool{}
	give := func(caller *child, number string) {
		t.Helper()
		newCaller(t, caller.url, "mours").mustPost(t, documentOf("mours", testCard{number: number, phone: phoneOf(1)}))
	}
	hasAll := func(numbers ...string) func() bool {
		return func() bool {
			for _, owner := range rowsOf(t, db, "SELECT DISTINCT owner FROM jobs WHERE kind = 'push' AND lease_until > 0") {
				owners[owner] = true
			}
			return !slices.ContainsFunc(all, func(l *slowLibrary) bool {
				return slices.ContainsFunc(numbers, func(number string) bool { _, has := l.system.Patron(number); return !has })
			})
		}
	}
	nothingLeft := func() bool {
		list, err := watch.store.Status(t.Context())
		return err == nil && !slices.ContainsFunc(list, func(l cards.LibraryStatus) bool { return l.Behind > 0 || l.Again > 0 })
	}
	// behind are the libraries of which it is not noted that they have everything.
	behind := func() map[int]bool {
		list, err := watch.store.Status(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		late := map[int]bool{}
		for i := range all {
			code := fmt.Sprintf("bib-%02d", i)
			late[i] = slices.ContainsFunc(list, func(l cards.LibraryStatus) bool { return l.Library.Code == code && (l.Behind > 0 || l.Again > 0) })
		}
		return late
	}
	const patience = 2 * time.Minute
	give(hubs[0], "A1")
	eventually(t, patience, "every library has the first card", hasAll("A1"))
	for i, l := range all {
		if times := l.handed(); !maps.Equal(times, map[string]int{"A1": 1}) || l.crossed > 0 {
			t.Errorf("library %d was handed %v, %d requests at a time", i, times, l.crossed)
		}
	}
	eventually(t, patience, "what became of the first card is noted everywhere", nothingLeft)
	give(hubs[1], "A2")
	eventually(t, patience, "some libraries are being handed the second card", func() bool { return slices.ContainsFunc(all, (*slowLibrary).meanwhile) })
	hubs[1].kill(t) // which hands most of them out
	open, late := map[int]bool{}, behind()
	for i, l := range all {
		open[i] = late[i] && (l.meanwhile() || l.handed()["A2"] > 0)
	}
	give(hubs[2], "A3")
	eventually(t, patience, "every library has all cards", hasAll("A1", "A2", "A3"))
	for i, l := range all {
		for number, times := range l.handed() {
			if times > 1 && (number == "A1" || times > 2 || !open[i]) {
				t.Errorf("library %d was handed %s %d times", i, number, times)
			}
		}
	}
	eventually(t, patience, "nothing is left to do", nothingLeft)
	// On a busy machine one hub may have come first each time: so may the other.
	const least, most = 2, 20
	for n := 4; len(owners) < least && n < most; n++ {
		number := fmt.Sprintf("A%d", n)
		give(hubs[n%2*2], number)
		eventually(t, patience, "every library has one card more", hasAll(number))
		eventually(t, patience, "nothing is left to do", nothingLeft)
	}
	if len(owners) < least {
		t.Errorf("%d hubs did the work", len(owners))
	}
}
