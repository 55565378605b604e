package cards

import "time"

// Drift is what a library's last complete document showed of how far its
// database is from the network: it holds Held of the Expected cards, of which
// Differing are not as the network has them.
type Drift struct {
	Deposit   int64
	Taken     time.Time
	Expected  int64
	Held      int64
	Differing int64
}

// Delivery is the request to hand a library everything again, and how far it
// has got.
type Delivery struct {
	Requested time.Time
	By        string
	Handed    int64     // cards queued for it so far
	Finished  time.Time // zero while it is under way
}
