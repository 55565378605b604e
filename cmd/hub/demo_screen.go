package main

import (
	"fmt"
	"strings"
	"sync"
	"text/tabwriter"
	"time"

	"github.com/carte-reseau/hub/internal/cards"
	"github.com/carte-reseau/hub/internal/sigb"
)

// screen writes the demo's lines; many goroutines use it.
type screen struct {
	mu    sync.Mutex
	c     console
	place *time.Location
}

func newScreen(c console, place *time.Location) *screen { return &screen{c: c, place: place} }

// say writes one event.
func (s *screen) say(who, format string, args ...any) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.c.printf("%s  %-21s %s\n", time.Now().In(s.place).Format("15:04:05"), who, fmt.Sprintf(format, args...))
}

func (s *screen) opening(h *hub, n *demoNetwork, d demoCommand, password string) {
	until := "jusqu’à Ctrl-C"
	if d.For > 0 {
		until = "pendant " + d.For.String()
	}
	s.say("", "le réseau du Pays de Romans, %d bibliothèques, %s", len(n.libraries), until)
	s.say("", "pages : %s  (compte %s, mot de passe %s)", h.publicURL, demoName, password)
	s.say("", "OAI-PMH : %s/oai", h.publicURL)
	s.say("", "dépôt FTP : %s", h.parts.ftpServer.Addr())
}

// behind writes how far each library is behind.
func (s *screen) behind(list []cards.LibraryStatus) {
	parts := make([]string, len(list))
	for i, l := range list {
		parts[i] = fmt.Sprintf("%s %d", l.Library.Code, l.Behind)
	}
	s.say("en retard de", "%s", strings.Join(parts, " · "))
}

// demoRow is a library's line of the day's table.
type demoRow struct {
	library     *simulated
	behind      int64
	differences int
}

func (s *screen) result(rows []demoRow, total, mails int, differences []sigb.Difference) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.c.printf("\n")
	w := tabwriter.NewWriter(s.c.out, 0, 0, 2, ' ', 0)
	_, _ = fmt.Fprintln(w, "BIBLIOTHÈQUE\tSIGB\tDONNE PAR\tREÇOIT PAR\tLECTEURS\tEN RETARD DE\tDIFFÉRENCES")
	for _, r := range rows {
		in, out := "POST", "moissonnage"
		switch {
		case r.library.permanent:
			in, out = "moisson OAI", "envoi REST"
		case r.library.byFTP:
			in = "FTP"
		}
		_, _ = fmt.Fprintf(w, "%s\t%s\t%s\t%s\t%d\t%d\t%d\n", r.library.code, r.library.system.Profile().Maker, in, out,
			r.library.system.Len(), r.behind, r.differences)
	}
	_ = w.Flush()
	s.c.printf("\nCartes valides dans le réseau : %d. Courriels envoyés : %d.\n", total, mails)
	const shown = 40
	for i, d := range differences {
		if i == shown {
			s.c.printf("… et %d autres\n", len(differences)-shown)
			break
		}
		s.c.printf("%s\n", d)
	}
	if len(differences) == 0 {
		s.c.printf("Toutes les bibliothèques ont les mêmes cartes.\n")
	}
}
