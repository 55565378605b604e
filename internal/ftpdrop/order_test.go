package ftpdrop_test

import (
	"os"
	"testing"
	"time"
)

// A server that lists by the minute knows the second all the same: of the files
// of one minute the oldest is taken first, whatever their names.
func TestFilesOfOneMinuteAreTakenInTheirOrder(t *testing.T) {
	r, server := newScriptedRig(t, newMemory("mours"))
	server.oldList = true
	minute := time.Now().Add(-time.Hour).Truncate(time.Minute)
	for name, past := range map[string]time.Duration{"c.xml": 10 * time.Second, "a.xml": 20 * time.Second, "b.xml": 50 * time.Second} {
		at := minute.Add(past)
		if err := os.Chtimes(r.put("mours/"+name, document("mours", "<carte/>")), at, at); err != nil {
			t.Fatal(err)
		}
	}
	r.poll()
	if got := r.names(); got != "mours/c.xml mours/a.xml mours/b.xml" {
		t.Errorf("taken in the order %s", got)
	}
}
