package push_test

import "testing"

// "Deliver everything again" after a backup was restored is more than one document holds: all of it goes out at once, not
// a document whenever something else happens.
func TestAllThatIsHandedAgainGoesOutAtOnce(t *testing.T) {
	b, sys, srv := withSystem(t)
	const n = 450
	b.give(1, n)
	b.mustPush()
	before := len(srv.Seen())
	if _, err := b.store.DeliverAgain(t.Context(), b.lib.ID, "claire"); err != nil {
		t.Fatal(err)
	}
	run := b.mustPush()
	b.settled(0, 0)
	sent := map[string]bool{}
	for _, seen := range srv.Seen()[before:] {
		for _, number := range seen.Numbers {
			sent[number] = true
		}
	}
	if run.Counts.Received != n || len(sent) != n || sys.Len() != n {
		t.Errorf("%d cards were sent again, run %+v", len(sent), run)
	}
}

// A refused card waits for its next attempt: until then there is nothing to send, and no run tells staff of one.
func TestACardThatWaitsForItsNextAttemptMakesNoRun(t *testing.T) {
	b, sys, srv := withSystem(t)
	sys.Refuse(func(string) error { return saying("Non.") })
	b.give(1, 1)
	b.mustPush()
	if run := b.mustPush(); run.ID != 0 || len(srv.Seen()) != 1 || len(b.runs()) != 1 {
		t.Errorf("run %+v, %d requests", run, len(srv.Seen()))
	}
	b.settled(1, 1)
}
