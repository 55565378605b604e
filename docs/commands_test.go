package docs_test

import (
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/labstack/echo/v4"

	"github.com/carte-reseau/hub/docs"
	"github.com/carte-reseau/hub/internal/cards"
	"github.com/carte-reseau/hub/internal/intake"
	"github.com/carte-reseau/hub/internal/oaiserver"
	"github.com/carte-reseau/hub/internal/rest"
	"github.com/carte-reseau/hub/internal/store"
)

// The commands are run as they stand by a shell. Only the block that sets the address, code and key is another one, and
// curl says how each request ended.
func TestTheCommandsWorkAsWritten(t *testing.T) {
	for _, program := range []string{"sh", "curl", "gzip"} {
		if _, err := exec.LookPath(program); err != nil {
			t.Skipf("the commands need %s: %v", program, err)
		}
	}
	const key = "la-cle-remise-par-l-administrateur"
	address := hub(t, key)
	dir := t.TempDir()
	examples := blocks(t, "xml")
	write(t, filepath.Join(dir, "cartes.xml"), examples[0])
	write(t, filepath.Join(dir, "rapport.xml"), confirmation(t, examples))

	commands := blocks(t, "sh")
	if !strings.Contains(commands[0], "HUB=http://127.0.0.1:8080\nCODE=mours\nCLE="+key+"\n") {
		t.Fatalf("the first block sets other variables than the test knows:\n%s", commands[0])
	}
	commands[0] = strings.Replace(commands[0], "http://127.0.0.1:8080", address, 1)
	shell := exec.CommandContext(t.Context(), "sh", "-eu")
	shell.Dir = dir
	shell.Stdin = strings.NewReader("curl() { command curl -w '\\nHTTP %{http_code}\\n' \"$@\"; }\n" + strings.Join(commands, "\n"))
	output, err := shell.CombinedOutput()
	if err != nil {
		t.Fatalf("%v\n%s", err, output)
	}
	statuses := regexp.MustCompile(`(?m)^HTTP (\d+)$`).FindAllStringSubmatch(string(output), -1)
	asked := strings.Count(strings.Join(commands, "\n"), `"$HUB/`)
	if len(statuses) != asked {
		t.Errorf("%d answers to %d requests", len(statuses), asked)
	}
	for i, status := range statuses {
		if status[1] != "200" && status[1] != "204" {
			t.Errorf("request %d: HTTP status %s", i+1, status[1])
		}
	}
	for _, piece := range []string{`statut="simulation"`, `statut="integre"`, `creees="2"`, `inchangees="2"`, "<OAI-PMH"} {
		if !strings.Contains(string(output), piece) {
			t.Errorf("no answer holds %s", piece)
		}
	}
	if t.Failed() {
		t.Logf("%s", output)
	}
}

// confirmation is the report of the part on harvesting.
func confirmation(t *testing.T, examples []string) string {
	t.Helper()
	for _, example := range examples {
		if strings.Contains(example, "<rapport") && strings.Contains(example, `etablissement="mours"`) {
			return example
		}
	}
	t.Fatal("no example of a confirmation")
	return ""
}

// hub serves what a library's system talks to, and knows the library of the guide, and another.
func hub(t *testing.T, key string) string {
	t.Helper()
	db, err := store.Open(t.Context(), store.Options{Database: "sqlite:" + filepath.Join(t.TempDir(), "hub.db"), Secret: make([]byte, 32)})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := db.Close(); err != nil {
			t.Error(err)
		}
	})
	for code, key := range map[string]string{"mours": key, "peyrins": "la-cle-de-l-autre-bibliotheque"} {
		if _, err := db.AddLibrary(t.Context(), cards.Library{Code: code, Name: "Médiathèque de " + code, Email: code + "@example.org"}, key); err != nil {
			t.Fatal(err)
		}
	}
	e, limiter := echo.New(), rest.NewSignInLimiter(nil)
	const maxDocument = 1 << 20
	door, err := rest.New(t.Context(), rest.Options{
		Keys: db, Limiter: limiter, Deposits: db, Confirmations: db, Overview: db, Audit: db, Readiness: db,
		Inbox: intake.New(db, intake.Options{MaxDocument: maxDocument}), MaxDocument: maxDocument, Guide: docs.Guide,
	})
	if err != nil {
		t.Fatal(err)
	}
	if err := door.Register(e); err != nil {
		t.Fatal(err)
	}
	server := httptest.NewServer(e)
	t.Cleanup(server.Close)
	oai, err := oaiserver.New(db, oaiserver.Options{
		PublicURL: server.URL, HubCode: "reseau", Domain: "example.org", AdminEmail: "reseau@example.org",
		Key: make([]byte, 32), Limiter: limiter,
	})
	if err != nil {
		t.Fatal(err)
	}
	oai.Register(e) // before the first request
	return server.URL
}

func write(t *testing.T, path, content string) {
	t.Helper()
	if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
		t.Fatal(err)
	}
}
