package main

import (
	"bytes"
	"context"
	"strings"
	"testing"
	"time"
)

// What is wrong with a setting is said before anything runs.
func TestServeRefusesSettingsThatCannotBeMeant(t *testing.T) {
	for name, wrong := range map[string]struct{ flag, says string }{
		"a code no document may bear":           {"--code=Bad Code", "HUB_CODE"},
		"a page of nothing":                     {"--oai-page=0", "HUB_OAI_PAGE"},
		"a schedule nobody can read":            {"--ftp-schedule=parfois", "HUB_FTP_SCHEDULE"},
		"tokens that die under the harvester":   {"--oai-token-life=9m", "HUB_OAI_TOKEN_LIFE"},
		"a password the service would wait for": {"--ftp-password-file=-", "entrée standard"},
	} {
		t.Run(name, func(t *testing.T) {
			ctx, cancel := context.WithTimeout(t.Context(), time.Minute) // of a service that would not refuse
			defer cancel()
			var out, errs bytes.Buffer
			status := run(ctx, console{in: strings.NewReader("secret"), out: &out, err: &errs},
				[]string{"serve", "--data=" + t.TempDir(), "--listen=127.0.0.1:0", "--ftp=ftp://hub@127.0.0.1:1/", wrong.flag})
			if status != exitError || !strings.Contains(errs.String(), wrong.says) {
				t.Errorf("status %d, said %q; want %d and %q", status, errs.String(), exitError, wrong.says)
			}
		})
	}
}

// Compose files pass on variables nobody has set as empty ones.
func TestAnEmptyVariableIsNotASetting(t *testing.T) {
	values, err := readConfiguration("", []string{"HUB_TIMEZONE=", "HUB_CODE=romans"}, map[string]bool{"timezone": true, "code": true})
	if err != nil {
		t.Fatal(err)
	}
	if given, ok := values["timezone"]; ok {
		t.Errorf("timezone is %q, want the default", given)
	}
	if values["code"] != "romans" {
		t.Errorf("code is %q", values["code"])
	}
}

type brokenWriter struct{}

func (brokenWriter) Write([]byte) (int, error) { panic("out of order") }

// A command that panics must not look like one that went well.
func TestAPanicIsNotSwallowed(t *testing.T) {
	defer func() {
		if recover() == nil {
			t.Error("the panic was swallowed")
		}
	}()
	run(t.Context(), console{in: strings.NewReader(""), out: brokenWriter{}, err: brokenWriter{}}, []string{"version"})
}

// The hub's own code is nobody else's: reports and provenance would name both.
func TestALibraryCannotTakeTheHubsCode(t *testing.T) {
	var out, errs bytes.Buffer
	status := run(t.Context(), console{in: strings.NewReader("0123456789abcdef"), out: &out, err: &errs},
		[]string{"library", "add", "mours", "--name=Mours", "--email=mours@example.org", "--serves=reseau", "--key-file=-", "--data=" + t.TempDir()})
	if status != exitError || !strings.Contains(errs.String(), "reseau") {
		t.Errorf("status %d, said %q", status, errs.String())
	}
}
