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
	password := writeFile(t, "ftp", "mot de passe")
	for name, wrong := range map[string]struct{ flag, says string }{
		"a code no document may bear":             {"--code=Bad Code", "HUB_CODE"},
		"a page of nothing":                       {"--oai-page=0", "HUB_OAI_PAGE"},
		"a schedule nobody can read":              {"--ftp-schedule=parfois", "HUB_FTP_SCHEDULE"},
		"tokens that die under the harvester":     {"--oai-token-life=9m", "HUB_OAI_TOKEN_LIFE"},
		"tokens that live no time at all":         {"--oai-token-life=0", "HUB_OAI_TOKEN_LIFE"},
		"a password the service would wait for":   {"--ftp-password-file=-", "entrée standard"},
		"an account without its password":         {"--ftp-password-file=", "HUB_FTP_PASSWORD_FILE"},
		"a sender without its password":           {"--smtp=smtp://hub@127.0.0.1:1", "HUB_SMTP_PASSWORD_FILE"},
		"a server of no known kind":               {"--smtp=smtp.example.org", "commence par smtp://"},
		"a port where an address is due":          {"--listen=8080", "HUB_LISTEN « 8080 » : HÔTE:PORT"},
		"a port that no machine has":              {"--listen=127.0.0.1:99999", "HUB_LISTEN « 127.0.0.1:99999 » : HÔTE:PORT"},
		"an address of another machine":           {"--listen=192.0.2.1:8080", "cette machine n’a pas l’adresse 192.0.2.1"},
		"links below a path":                      {"--public-url=https://example.org/hub", "HUB_PUBLIC_URL"},
		"links with a question":                   {"--public-url=https://example.org?a=b", "HUB_PUBLIC_URL"},
		"links without a scheme":                  {"--public-url=reseau.example.org", "HUB_PUBLIC_URL"},
		"days meant, and months written":          {"--keep-months=1095", "HUB_KEEP_MONTHS"},
		"a card that goes before its end is told": {"--keep-months=1", "HUB_KEEP_MONTHS"},
	} {
		t.Run(name, func(t *testing.T) {
			ctx, cancel := context.WithTimeout(t.Context(), time.Minute) // of a service that would not refuse
			defer cancel()
			var out, errs bytes.Buffer
			status := run(ctx, console{in: strings.NewReader("secret"), out: &out, err: &errs},
				[]string{"serve", "--data=" + t.TempDir(), "--listen=127.0.0.1:0", "--ftp=ftp://hub@127.0.0.1:1/", "--ftp-password-file=" + password, wrong.flag})
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

// A name that is mistyped is no setting nobody has given.
func TestAVariableThatIsNoSettingIsRefused(t *testing.T) {
	known := map[string]bool{"domain": true, "ftp-key": true, "config": true, "help": true}
	for _, wrong := range []string{"HUB_DOMIAN=example.org", "HUB_FTPKEY=a.pem", "HUB_HELP=1"} {
		name, _, _ := strings.Cut(wrong, "=")
		_, err := readConfiguration("", []string{"HUB_DOMAIN=example.org", wrong}, known)
		if err == nil || !strings.Contains(err.Error(), name+" ") || !strings.Contains(err.Error(), "HUB_CONFIG, HUB_DOMAIN, HUB_FTP_KEY") {
			t.Errorf("%s: %v", wrong, err)
		}
	}
	for _, others := range []string{
		"HUB_TEST_POSTGRES=postgres://x", "HUB_PROVE=1", "HUB_PEERS=1", "HUB_PROFILE=a", "HUB_PROOF_RUNS=3", "HUB_DOMIAN=", "HUBDOMIAN=x", "HUB_CONFIG=hub.yaml",
		"HUB_SERVICE_HOST=10.0.0.1", "HUB_SERVICE_PORT=8080", "HUB_SERVICE_PORT_HTTP=8080", "HUB_PORT=tcp://10.0.0.1:8080",
		"HUB_PORT_8080_TCP=tcp://10.0.0.1:8080", "HUB_PORT_8080_TCP_ADDR=10.0.0.1", "HUB_POSTGRES_SERVICE_HOST=10.0.0.2", "HUB_POSTGRES_PORT_5432_TCP_PROTO=tcp",
	} {
		if _, err := readConfiguration("", []string{others}, known); err != nil {
			t.Errorf("%s: %v", others, err)
		}
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
