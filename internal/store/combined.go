package store

import (
	"time"

	"github.com/carte-reseau/hub/internal/cards"
)

// combined gathers what many ask for at the same moment: when a card changes,
// every pushed library's job begins at once, and most end together too. Where
// they wait for the clock, one connection waits for all.
type combined struct {
	nows        *together[struct{}, time.Time]
	closings    *together[struct{}, int64]
	libraryRows *together[int64, libraryRow]
	works       *together[cards.PushQuery, cards.PushWork]
	waits       *together[int64, bool]
	beginnings  *together[runRow, begun]
	endings     *together[runRow, struct{}]
	// reports and releases answer false where it has to be done alone.
	reports  *together[report, bool]
	releases *together[leaseRow, bool]
}

func (s *Store) combine() combined {
	return combined{
		nows: gather(s.nowForAll), closings: gather(s.closeForAll), libraryRows: gather(s.librariesByID), works: gather(s.pushWorks), waits: gather(s.anyWaits),
		beginnings: gather(s.beginRuns), endings: gather(s.finishRuns), reports: gather(s.settleAll), releases: gather(s.releaseAll),
	}
}
