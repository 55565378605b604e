package ftpdrop_test

import (
	"os"
	"strings"
	"testing"
	"time"
)

// A server that lists by the minute knows the second all the same: of the files
// of one minute the oldest is taken first, whatever their names.
func TestFilesOfOneMinuteAreTakenInTheirOrder(t *testing.T) {
	r, server := newScriptedRig(t, newMemory("mours"))
	server.behave(habits{oldList: true})
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

// Systems that drop a file for each change number them, and send what gathered while they were offline within a second.
func TestFilesOfOneSecondAreTakenInTheOrderOfTheirNumbers(t *testing.T) {
	r := newRig(t, newMemory("mours"))
	second := time.Now().Add(-time.Hour).Truncate(time.Second)
	want := []string{
		"a", "a.xml", "b", "b1.xml",
		"carte-2.xml", "carte-2~0002.xml", "carte-9.xml", "carte-10-1.xml", "carte-010.xml", "carte-10.xml", "carte-99999999999999999999999.xml",
		"carte-100000000000000000000000.xml", "lot 1-2.xml", "lot 1-11.xml", "lot 2-1.xml",
	}
	for _, name := range want {
		if err := os.Chtimes(r.put("mours/"+name, document("mours", "")), second, second); err != nil {
			t.Fatal(err)
		}
	}
	r.poll()
	if got, want := r.names(), "mours/"+strings.Join(want, " mours/"); got != want {
		t.Errorf("taken in the order\n%s, want\n%s", got, want)
	}
}
