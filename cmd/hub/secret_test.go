package main

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
)

func TestTheSecretIsMadeOnceAndForItsOwnerOnly(t *testing.T) {
	t.Parallel()
	s := newSite(t, "sqlite:hub.db")
	s.hub("migrate").want(exitOK)
	path := filepath.Join(s.Data, "secret")
	made, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if len(made) != secretLength || bytes.Equal(made, make([]byte, secretLength)) {
		t.Errorf("the secret is %d bytes: %x", len(made), made)
	}
	info, err := os.Stat(path)
	if err != nil {
		t.Fatal(err)
	}
	if mode := info.Mode().Perm(); mode != 0o600 {
		t.Errorf("the secret's mode is %o", mode)
	}
	s.hub("migrate").want(exitOK)
	if again, err := os.ReadFile(path); err != nil || !bytes.Equal(made, again) {
		t.Errorf("the secret changed: %v", err)
	}
	if left, err := filepath.Glob(filepath.Join(s.Data, ".secret-*")); err != nil || len(left) > 0 {
		t.Errorf("left behind: %v %v", left, err)
	}
}

func TestASecretOfAnotherLengthIsRefused(t *testing.T) {
	t.Parallel()
	s := newSite(t, "sqlite:hub.db")
	file := writeFile(t, "secret", "trop court")
	s.hub("migrate", "--secret-file="+file).want(exitError, "10 octets", "32", "HUB_SECRET_FILE")
	if text, err := os.ReadFile(file); err != nil || string(text) != "trop court" {
		t.Errorf("the file was touched: %q %v", text, err)
	}
	s.hub("migrate", "--secret-file="+t.TempDir()).want(exitError, "impossible de lire le secret")
}

func TestHubsThatStartTogetherAgreeOnOneSecret(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "folder", "secret")
	const hubs = 8
	secrets := make([][]byte, hubs)
	var group sync.WaitGroup
	for i := range secrets {
		group.Go(func() {
			var err error
			if secrets[i], err = readSecret(path, true); err != nil {
				t.Error(err)
			}
		})
	}
	group.Wait()
	for _, secret := range secrets {
		if !bytes.Equal(secret, secrets[0]) {
			t.Errorf("%x and %x", secret, secrets[0])
		}
	}
}

// A file written on another system begins with a mark nobody sees, or is not what it seems: as it stands, nobody would ever be
// signed in with what is in it, and nothing would say why.
func TestAPasswordIsReadAsItWasTyped(t *testing.T) {
	t.Parallel()
	const typed = "une clé assez longue"
	for _, content := range []string{typed, typed + "\n", typed + "\r\n", "\ufeff" + typed, "\ufeff" + typed + "\r\n"} {
		for _, c := range []struct {
			console
			path string
		}{{console{}, writeFile(t, "key", content)}, {console{in: strings.NewReader(content)}, "-"}} {
			if read, err := readSecretText(c.console, c.path); err != nil || read != typed {
				t.Errorf("%q is read as %q, %v", content, read, err)
			}
		}
	}
	for content, says := range map[string]string{
		typed + "\n" + typed:             "plusieurs lignes",
		"# mot de passe\r\n" + typed:     "plusieurs lignes",
		"\xff\xfeu\x00n\x00e\x00":        "UTF-8",
		"\xfe\xff\x00u\x00n\x00e":        "UTF-8",
		"u\x00n\x00e\x00":                "UTF-8",
		strings.Repeat("x", 4097):        "4096",
		strings.Repeat("x", 5000) + "\n": "4096",
	} {
		for _, c := range []struct {
			console
			path string
		}{{console{}, writeFile(t, "key", content)}, {console{in: strings.NewReader(content)}, "-"}} {
			if _, err := readSecretText(c.console, c.path); err == nil || !strings.Contains(err.Error(), says) || strings.Contains(err.Error(), typed) {
				t.Errorf("%.40q: %v", content, err)
			}
		}
	}
}
