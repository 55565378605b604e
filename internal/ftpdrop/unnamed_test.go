package ftpdrop_test

import (
	"strings"
	"testing"
	"time"
)

// Files may bear a reader's name, and servers repeat it in what they answer, well or ill: neither the log nor the error
// of a round, which goes into the log too, repeats it after them.
func TestTheNameOfAFileIsNotLogged(t *testing.T) {
	for _, command := range []string{
		"MLSD mours", "LIST mours", "NLST mours", "SIZE mours/zqxv.xml", "MDTM mours/zqxv.xml", "RETR mours/zqxv.xml", "DELE mours/zqxv.xml", "EPSV",
	} {
		for _, reply := range []string{
			"550 zqxv.xml: no such file", "421 zqxv.xml: closing", "zqxv", "5", "55x zqxv.xml", "550-zqxv.xml\r\nzqxv.xml", "213 zqxv", "229 zqxv", "150 zqxv",
		} {
			t.Run(command+" "+reply, func(t *testing.T) {
				t.Parallel()
				r := newRig(t, newMemory("mours"))
				server := newScripted(t, r.root)
				r.opt.Target, r.opt.Timeout = server.target(), 200*time.Millisecond
				r.restart()
				r.put("mours/zqxv.xml", document("mours", "<carte/>"))
				server.refuse(command, reply)
				said := ""
				for range 3 {
					if err := r.poller.Poll(t.Context()); err != nil {
						said += err.Error() + "\n"
					}
				}
				if said += r.log.String(); strings.Contains(said, "zqxv") {
					t.Error(said)
				}
			})
		}
	}
}
