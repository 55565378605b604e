package mail_test

import (
	"strings"
	"testing"
	"unicode"

	"github.com/emersion/go-smtp"

	"github.com/carte-reseau/hub/internal/mail"
)

// A library under a name with accents is written to over any server: its name in the network's own writing is ASCII.
func TestADomainWithAccents(t *testing.T) {
	server, o := &mta{}, newOutbox()
	startMTA(t, server, "127.0.0.1:0", false, func(s *smtp.Server) { s.EnableSMTPUTF8 = false })
	e := o.queue(message("contact@Médiathèque-Mours.fr"))
	sender, err := mail.New(o, mail.Options{Settings: settings(t, "smtp", server.addr), From: "Réseau <hub@réseau.example>", Now: o.clock})
	if err != nil {
		t.Fatal(err)
	}
	if err := sender.SendDue(t.Context()); err != nil || !e.sent {
		t.Fatalf("%v, %s", err, e.LastErr)
	}
	got := server.mails()[0]
	header, _ := parse(t, got.raw)
	written := got.to + header.Get("From") + header.Get("To") + header.Get("Message-Id")
	if got.to != "contact@xn--mdiathque-mours-zmbl.fr" || strings.Count(written, "xn--") != 4 || strings.ContainsFunc(written, func(r rune) bool { return r > unicode.MaxASCII }) {
		t.Errorf("written to %s, headers %v", got.to, header)
	}
}
