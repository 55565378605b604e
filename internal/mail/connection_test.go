package mail_test

import (
	"net"
	"strings"
	"testing"

	"github.com/carte-reseau/hub/internal/cards"
	"github.com/carte-reseau/hub/internal/mail"
)

// Staff read why no mail leaves in their own language; a library's and the system's English is no detail of it.
func TestWhyThereIsNoConnectionIsSaidInPeoplesWords(t *testing.T) {
	closed, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	if err := closed.Close(); err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct{ scheme, address, want, english string }{
		"nobody listens":    {"smtp", closed.Addr().String(), "refuse la connexion", "refuses the connection"},
		"no such name":      {"smtp", "courriel.invalid:25", "le nom du serveur de courriel est inconnu", "name is unknown"},
		"no TLS behind 465": {"smtps", script(t, nil), "répond sans chiffrement", "without encryption"},
	} {
		t.Run(name, func(t *testing.T) {
			o := newOutbox()
			e := o.queue(message("bib@bib.example"))
			sender, err := mail.New(o, mail.Options{Settings: settings(t, c.scheme, c.address), From: from, Now: o.clock})
			if err != nil {
				t.Fatal(err)
			}
			if err := sender.SendDue(t.Context()); cards.CodeOf(err) != cards.Unavailable {
				t.Fatalf("got %v", err)
			}
			said := e.LastErr.String()
			contains(t, said, c.want)
			for _, foreign := range []string{"dial", "lookup", "tcp", "record", "tls:"} {
				if strings.Contains(said, foreign) {
					t.Errorf("%q is English: %s", foreign, said)
				}
			}
			english, spoken := e.LastErr.In(cards.English)
			if spoken != cards.English || !strings.Contains(english, c.english) {
				t.Errorf("in English: %s", english)
			}
		})
	}
}
