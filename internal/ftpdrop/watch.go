package ftpdrop

import "time"

// watch remembers files from look to look, to tell those that rest from those
// that still grow. It lives in memory: a new process looks twice.
type watch struct {
	seen map[string]sighting // by path
}

type sighting struct {
	file  file
	since time.Time // the first look that saw it so
	round int
}

func newWatch() *watch { return &watch{seen: map[string]sighting{}} }

// look notes a file and returns for how long it has been seen unchanged; fresh
// is true for the first look at this state of it.
func (w *watch) look(path string, f file, round int) (rested time.Duration, fresh bool) {
	now := time.Now()
	before, met := w.seen[path]
	if !met || !before.file.same(f) {
		w.seen[path] = sighting{file: f, since: now, round: round}
		return 0, true
	}
	before.round = round
	w.seen[path] = before
	return now.Sub(before.since), false
}

// forget drops what the given round did not see.
func (w *watch) forget(round int) {
	for path, s := range w.seen {
		if s.round != round {
			delete(w.seen, path)
		}
	}
}
