package jobs

import (
	"context"
	"log/slog"
	"time"
)

// repeatTrouble is how often the same trouble is told again: a database that
// is away for an hour is one story, not 3,600.
const repeatTrouble = time.Minute

// trouble logs what goes wrong in the loop itself, and when it is over. Only
// the runner's loop uses it.
type trouble struct {
	log  *slog.Logger
	told map[string]time.Time
}

func (t *trouble) note(ctx context.Context, what string, err error) {
	last, known := t.told[what]
	switch {
	case ctx.Err() != nil:
	case err == nil && known:
		delete(t.told, what)
		t.log.Info("the plan works again", "trouble", what)
	case err != nil && (!known || time.Since(last) >= repeatTrouble):
		if t.told == nil {
			t.told = make(map[string]time.Time)
		}
		t.told[what] = time.Now()
		t.log.Error("the plan is in trouble; trying again", "trouble", what, "error", err)
	}
}
