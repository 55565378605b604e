package ftpdrop_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/carte-reseau/hub/internal/ftpdrop"
)

func shared(o *ftpdrop.Options) { o.Shared, o.AdminEmail = true, "admin@reseau.example" }

// A file nobody can be asked about stays until staff have been told, and each state of it is told.
func TestAFileOfNobodyIsToldUntilItIs(t *testing.T) {
	r := newRig(t, newMemory("mours"), shared)
	r.put("inconnu.xml", document("ailleurs", ""))
	lift := r.failing("mail", errors.New("away"))
	if err := r.poller.Poll(t.Context()); err == nil {
		t.Error("a letter that was not queued is no success")
	}
	lift()
	r.poll()
	r.poll()
	if len(r.mails) != 1 {
		t.Fatalf("letters %+v", r.mails)
	}
	says(t, r.mails[0], []string{"« inconnu.xml » d’une bibliothèque inconnue", "ne nomme aucune bibliothèque du réseau", "il reste où il est"})
	r.put("inconnu.xml", document("ailleurs", "<carte/>"))
	r.poll()
	if len(r.mails) != 2 {
		t.Errorf("%d letters about a file that changed", len(r.mails))
	}
}

// Where nobody is to hear of it nobody is written to.
func TestAFileOfNobodyWithoutAnAdministrator(t *testing.T) {
	r := newRig(t, newMemory("mours"), shared, func(o *ftpdrop.Options) { o.AdminEmail = "" })
	r.put("inconnu.xml", document("ailleurs", ""))
	r.poll()
	r.poll()
	if len(r.mails) != 0 || strings.Count(r.log.String(), "names no library") != 1 {
		t.Errorf("letters %+v; logged: %s", r.mails, r.log.String())
	}
}

// A file over the limit goes aside in the shared folder too: for the library it names. One that names none stays, as does that of a
// library that is paused.
func TestAFileOverTheLimitInTheSharedFolder(t *testing.T) {
	m := newMemory("mours", "pause")
	m.libraries[1].Paused = true
	r := newRig(t, m, shared, func(o *ftpdrop.Options) { o.MaxDocument = 100 })
	fill := strings.Repeat(" ", 100)
	r.put("mours.xml", document("mours", fill))
	r.put("inconnu.xml", document("ailleurs", fill))
	r.put("pause.xml", document("pause", fill))
	for range 2 {
		r.poll()
	}
	left := tree(t, r.root)
	if left["mours.xml"] != "" || left["inconnu.xml"] == "" || left["pause.xml"] == "" || len(left) != 3 || r.received != 0 {
		t.Errorf("left %v, %d deposits", left, r.received)
	}
	to := map[string]int{}
	for _, mail := range r.mails {
		to[mail.To]++
	}
	if len(r.mails) != 2 || to["mours@bib.example"] != 1 || to["admin@reseau.example"] != 1 {
		t.Errorf("letters to %v", to)
	}
}

// Whose file it is cannot be told where the server does not give it; that is the trouble of this file, and nobody's letter is written.
func TestAFileInTheSharedFolderThatCannotBeRead(t *testing.T) {
	for name, trouble := range map[string]func(*scripted){
		"refused":       func(s *scripted) { s.refuse("RETR a.xml", "550 non") },
		"the line ends": func(s *scripted) { s.dieOver("RETR a.xml") },
	} {
		t.Run(name, func(t *testing.T) {
			r, server := newScriptedRig(t, newMemory("mours"), shared, func(o *ftpdrop.Options) { o.MaxDocument = 1000 })
			trouble(server)
			r.put("a.xml", document("mours", ""))
			r.put("b.xml", document("mours", ""))
			for range 3 {
				r.poll()
			}
			if r.names() != "mours/b.xml" || len(r.mails) != 0 {
				t.Errorf("took %s, letters %+v", r.names(), r.mails)
			}
			server.refuse("", "")
			server.dieOver("")
			r.poll()
			if r.received != 2 {
				t.Errorf("%d deposits once it can be read", r.received)
			}
		})
	}
}
