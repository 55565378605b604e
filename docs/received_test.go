package docs_test

import (
	"io"
	"net/http"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// What the guide shows as received is what the hub hands the other library of the cards the guide has it given.
func TestAReceivedCardIsAsWritten(t *testing.T) {
	const key, others = "la-cle-remise-par-l-administrateur", "la-cle-de-l-autre-bibliotheque"
	address := hub(t, key)
	ask(t, http.MethodPost, address+"/cartes", "mours", key, lasting(blocks(t, "xml")[0]))
	list := ask(t, http.MethodGet, address+"/oai?verb=ListRecords&metadataPrefix=carte", "peyrins", others, "")
	handed := regexp.MustCompile(`(?s)<carte .*?</carte>`).FindAllString(list, -1)
	if len(handed) != 2 {
		t.Fatalf("%d cards were handed, want 2:\n%s", len(handed), list)
	}
	shown := slices.DeleteFunc(blocks(t, "xml"), func(block string) bool { return !strings.Contains(block, " origine=") })
	if len(shown) != 1 || oneLine(lasting(shown[0])) != handed[0] {
		t.Errorf("the guide shows %q, the hub writes\n%s", shown, handed[0])
	}
}

// lasting moves the ends of the cards away: one that is over is handed to nobody.
func lasting(xml string) string { return strings.ReplaceAll(xml, "<fin>2027", "<fin>2099") }

// oneLine takes out what the guide puts between elements, for people.
func oneLine(xml string) string {
	return regexp.MustCompile(`>\s+<`).ReplaceAllString(strings.TrimSpace(xml), "><")
}

// The hub serves the guide to whoever has its address.
func TestTheGuideIsServed(t *testing.T) {
	if got := ask(t, http.MethodGet, hub(t, "la-cle-remise-par-l-administrateur")+"/guide/sigb.md", "", "", ""); got != guide(t) {
		t.Errorf("%.200q", got)
	}
}

// ask is a request that is to end well, signed in where a code is given.
func ask(t *testing.T, method, address, code, key, body string) string {
	t.Helper()
	request, err := http.NewRequestWithContext(t.Context(), method, address, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	request.Header.Set("Content-Type", "application/xml")
	if code != "" {
		request.SetBasicAuth(code, key)
	}
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = response.Body.Close() }()
	answer, err := io.ReadAll(response.Body)
	if err != nil || response.StatusCode != http.StatusOK {
		t.Fatalf("HTTP status %d, %v\n%s", response.StatusCode, err, answer)
	}
	return string(answer)
}

// A vendor who leaves a guardian out and no more is answered "inchangee": the guide shows how one is taken out, and it works.
func TestAGuardianIsTakenOutAsWritten(t *testing.T) {
	const key, others = "la-cle-remise-par-l-administrateur", "la-cle-de-l-autre-bibliotheque"
	address := hub(t, key)
	ask(t, http.MethodPost, address+"/cartes", "mours", key, lasting(blocks(t, "xml")[0]))
	shown := slices.DeleteFunc(blocks(t, "xml"), func(block string) bool {
		return !strings.Contains(block, "<responsable-legal/>") || strings.Contains(block, " origine=")
	})
	if len(shown) != 1 {
		t.Fatalf("the guide shows %q", shown)
	}
	sent := `<cartes xmlns="urn:carte-reseau:1" etablissement="mours">` + lasting(shown[0]) + `</cartes>`
	if report := ask(t, http.MethodPost, address+"/cartes", "mours", key, sent); !strings.Contains(report, `modifiees="1"`) {
		t.Error(report)
	}
	list := ask(t, http.MethodGet, address+"/oai?verb=ListRecords&metadataPrefix=carte", "peyrins", others, "")
	guardians := regexp.MustCompile(`<responsable-legal><.*?</responsable-legal>`).FindAllString(list, -1)
	if len(guardians) != 1 || !strings.Contains(guardians[0], "<nom>Martin</nom>") {
		t.Errorf("handed %q", guardians)
	}
}
