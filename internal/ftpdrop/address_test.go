package ftpdrop_test

import (
	"reflect"
	"strings"
	"testing"

	"github.com/carte-reseau/hub/internal/ftpdrop"
)

func TestParseAddress(t *testing.T) {
	good := map[string]ftpdrop.Address{
		"":                          {},
		"off":                       {},
		"embedded://127.0.0.1:2121": {Kind: ftpdrop.Embedded, Listen: "127.0.0.1:2121"},
		"embedded://:0/":            {Kind: ftpdrop.Embedded, Listen: ":0"},
		"ftp://hub@ftp.example":     {Kind: ftpdrop.Remote, Target: ftpdrop.Target{Host: "ftp.example:21", User: "hub"}},
		"ftpes://hub@ftp.example:2121/depots/carte/": {Kind: ftpdrop.Remote, Target: ftpdrop.Target{
			Host: "ftp.example:2121", User: "hub", Folder: "depots/carte", Explicit: true}},
		"ftp://hub%40ville@[::1]//srv/ftp": {Kind: ftpdrop.Remote, Target: ftpdrop.Target{Host: "[::1]:21", User: "hub@ville", Folder: "/srv/ftp"}},
	}
	for raw, want := range good {
		if got, err := ftpdrop.ParseAddress(raw); err != nil || !reflect.DeepEqual(got, want) {
			t.Errorf("%s: %+v, %v", raw, got, err)
		}
	}
	for _, raw := range []string{
		"ftp://ftp.example/x", "ftp://hub:secret@ftp.example", "sftp://hub@ftp.example", "ftp://hub@/x", "ftp://hub@h:0", "ftp://hub@h:70000",
		"embedded://127.0.0.1", "embedded://hub@127.0.0.1:1", "embedded://127.0.0.1:1/x", "ftp://hub@h/a%0d%0ab", "ftp://hub@h/?x=1", "ftp://hub@h/a#b", "ftp://u:sec ret@[h", "2121",
	} {
		got, err := ftpdrop.ParseAddress(raw)
		if err == nil {
			t.Errorf("%s is accepted as %+v", raw, got)
		} else if strings.Contains(err.Error(), "secret") || strings.Contains(err.Error(), "sec ret") {
			t.Errorf("%s: the error shows the password", raw)
		}
	}
}

func TestParsePortRange(t *testing.T) {
	for raw, want := range map[string]ftpdrop.PortRange{"": {}, "50000-50100": {First: 50000, Last: 50100}, "2122-65535": {First: 2122, Last: 65535}, "1-1": {First: 1, Last: 1}} {
		if got, err := ftpdrop.ParsePortRange(raw); err != nil || got != want {
			t.Errorf("%s: %+v, %v", raw, got, err)
		}
	}
	for _, raw := range []string{"50000", "50100-50000", "0-10", "1-65536", "a-b", "1-2-3", "-"} {
		if got, err := ftpdrop.ParsePortRange(raw); err == nil {
			t.Errorf("%s is accepted as %+v", raw, got)
		}
	}
}

func FuzzParseAddress(f *testing.F) {
	for _, seed := range []string{"off", "embedded://127.0.0.1:2121", "ftp://hub@h/p", "ftpes://hub@[::1]:21//abs", "ftp://u:p@h"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, raw string) {
		a, err := ftpdrop.ParseAddress(raw)
		if err == nil && a.Kind == ftpdrop.Remote && (a.Target.User == "" || strings.ContainsAny(a.Target.Folder+a.Target.User, "\r\n")) {
			t.Errorf("%q gives %+v", raw, a)
		}
	})
}
