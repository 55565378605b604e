package mail_test

import (
	"strings"
	"testing"

	"github.com/carte-reseau/hub/internal/mail"
)

func TestParseURL(t *testing.T) {
	good := map[string]mail.Settings{
		"":                               {},
		"off":                            {},
		"smtp://relay":                   {Host: "relay", Port: 25},
		"smtp://hub@relay.example:587":   {Host: "relay.example", Port: 587, User: "hub"},
		"smtps://hub%40ville.fr@relay/":  {Host: "relay", Port: 465, User: "hub@ville.fr", Implicit: true},
		"smtp://relay:65535":             {Host: "relay", Port: 65535},
		"smtp://relay:1":                 {Host: "relay", Port: 1},
		"smtp://[::1]:2525":              {Host: "::1", Port: 2525},
		"smtps://hub@relay.example:1465": {Host: "relay.example", Port: 1465, User: "hub", Implicit: true},
	}
	for raw, want := range good {
		if got, err := mail.ParseURL(raw); err != nil || got != want {
			t.Errorf("%s: %+v, %v", raw, got, err)
		}
	}
	for _, raw := range []string{"relay:25", "http://relay", "smtp://", "smtp://u:secret@relay", "smtp://relay/x", "smtp://relay:65536", "smtp://relay:0", "smtp://relay#x", "smtp://relay?x=1", "smtp://u:sec ret@[relay", "ON"} {
		got, err := mail.ParseURL(raw)
		if err == nil {
			t.Errorf("%s is accepted as %+v", raw, got)
		} else if strings.Contains(err.Error(), "secret") || strings.Contains(err.Error(), "sec ret") {
			t.Errorf("%s: the error shows the password", raw)
		}
	}
}

func FuzzParseURL(f *testing.F) {
	for _, seed := range []string{"off", "smtp://user@host:25", "smtps://h", "smtp://u:p@h", "::", "smtp://[::1%25eth0]:1"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, raw string) {
		s, err := mail.ParseURL(raw)
		if err == nil && s.Enabled() && (s.Port < 1 || s.Port > 65535 || s.Password != "") {
			t.Errorf("%q gives %+v", raw, s)
		}
	})
}
