package main

import (
	"bytes"
	"context"
	"encoding/json"
	"encoding/xml"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/carte-reseau/hub/internal/exchange"
)

// peerQuestion is one OAI-PMH request; of lists, always the reader's set.
type peerQuestion struct {
	verb, identifier, from, until string
}

// peerRecord is a record as a client understood it. Card is the carte element
// as a tree (see peerTree), nil where only a header came.
type peerRecord struct {
	Identifier string   `json:"identifier"`
	Datestamp  string   `json:"datestamp"`
	Sets       []string `json:"sets"`
	Card       any      `json:"card"`
}

// peerClient is a harvester made by others.
type peerClient struct {
	name string
	// ask harvests the whole list, page by page.
	ask func(t *testing.T, at peerAddress, q peerQuestion) []peerRecord
	// headerSets: it tells the sets of a header that has no record.
	headerSets bool
	// describe tells in a line what the client understood of the verbs it can.
	describe  func(t *testing.T, at peerAddress, verb string) string
	describes []string
}

func peerClients(t *testing.T) []peerClient {
	t.Helper()
	node := func(post bool) peerNode {
		script := filepath.Join(t.TempDir(), "harvest.js")
		if err := os.WriteFile(script, []byte(peerScript), 0o600); err != nil {
			t.Fatal(err)
		}
		return peerNode{script: script, post: post}
	}
	described := []string{"Identify", "ListMetadataFormats"}
	return []peerClient{
		{name: "oai_pmh", ask: peerPerl, headerSets: true, describe: peerPerlFormats, describes: described[1:]},
		{name: "catmandu", ask: peerCatmandu, describe: peerCatmanduDescribe, describes: append(described, "ListSets")},
		{name: "npm", ask: node(false).ask, headerSets: true, describe: node(false).describe, describes: described},
		{name: "npm by POST", ask: node(true).ask, headerSets: true, describe: node(true).describe, describes: described},
	}
}

// peerRun runs a client and gives what it printed.
func peerRun(t *testing.T, folder string, env []string, program string, args ...string) []byte {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 5*time.Minute)
	defer cancel()
	cmd := exec.CommandContext(ctx, program, args...)
	cmd.Dir = folder
	cmd.Env = append(os.Environ(), "NO_PROXY=127.0.0.1", "no_proxy=127.0.0.1")
	cmd.Env = append(cmd.Env, env...)
	var out, complaints bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &complaints
	if err := cmd.Run(); err != nil {
		t.Fatalf("%s: %v\n%.2000s", program, err, complaints.Bytes())
	}
	if complaints.Len() > 0 {
		t.Errorf("%s complains: %.2000s", program, complaints.Bytes())
	}
	return out.Bytes()
}

// Debian's oai_pmh (libhttp-oai-perl) signs in with what stands in the URL. It
// prints headers, an empty line, XML and a form feed for each record, in UTF-8
// only where Perl is told to.
func peerPerl(t *testing.T, at peerAddress, q peerQuestion) []peerRecord {
	t.Helper()
	args := []string{"--metadataPrefix", "carte"}
	if q.identifier == "" {
		args = append(args, "--set", peerReader)
	}
	for option, value := range map[string]string{"--identifier": q.identifier, "--from": q.from, "--until": q.until} {
		if value != "" {
			args = append(args, option, value)
		}
	}
	var records []peerRecord
	for _, text := range peerPerlRun(t, at, q.verb, args...) {
		head, body, _ := strings.Cut(text, "\n\n")
		var record peerRecord
		for line := range strings.Lines(head) {
			name, value, _ := strings.Cut(strings.TrimSpace(line), ": ")
			switch name {
			case "identifier":
				record.Identifier = value
			case "datestamp":
				record.Datestamp = value
			case "setSpec":
				record.Sets = append(record.Sets, value)
			}
		}
		if body != "" {
			record.Card = peerMustTree(t, body)
		}
		records = append(records, record)
	}
	return records
}

func peerPerlFormats(t *testing.T, at peerAddress, verb string) string {
	t.Helper()
	text := strings.Join(peerPerlRun(t, at, verb), "")
	return strings.Join(strings.Fields(strings.NewReplacer("metadataPrefix:", "", "schema:", "", "metadataNamespace:", "").Replace(text)), " ")
}

func peerPerlRun(t *testing.T, at peerAddress, verb string, args ...string) []string {
	t.Helper()
	args = append(append([]string{"-X", verb}, args...), at.signed())
	texts := strings.Split(string(peerRun(t, "", []string{"PERL_UNICODE=O"}, "oai_pmh", args...)), "\f")
	if last := len(texts) - 1; texts[last] != "" {
		t.Fatalf("oai_pmh printed half a record: %.300s", texts[last])
	}
	return texts[:len(texts)-1]
}

// Debian's catmandu (libcatmandu-oai-perl) takes name, key and realm from a
// file, waits to be asked for them, and then sends them.
func peerCatmandu(t *testing.T, at peerAddress, q peerQuestion) []peerRecord {
	t.Helper()
	options := map[string]string{"from": q.from, "until": q.until}
	switch q.verb {
	case "ListIdentifiers":
		options["listIdentifiers"], options["set"] = "1", peerReader
	case "GetRecord":
		options["getRecord"], options["identifier"] = "1", q.identifier
	default:
		options["set"] = peerReader
	}
	type line struct {
		ID        string   `json:"_id"`
		Datestamp string   `json:"_datestamp"`
		Sets      []string `json:"_setSpec"`
		Metadata  string   `json:"_metadata"`
	}
	var records []peerRecord
	for _, l := range peerCatmanduRun[line](t, at, options) {
		record := peerRecord{Identifier: l.ID, Datestamp: l.Datestamp, Sets: l.Sets}
		if l.Metadata != "" {
			record.Card = peerMustTree(t, l.Metadata)
		}
		records = append(records, record)
	}
	return records
}

func peerCatmanduDescribe(t *testing.T, at peerAddress, verb string) string {
	t.Helper()
	lines := peerCatmanduRun[map[string]any](t, at, map[string]string{strings.ToLower(verb[:1]) + verb[1:]: "1"})
	if len(lines) != 1 {
		t.Fatalf("catmandu found %d", len(lines))
	}
	names := map[string][]string{
		"Identify":            {"baseURL", "protocolVersion", "deletedRecord", "granularity"},
		"ListMetadataFormats": {"metadataPrefix", "schema", "metadataNamespace"},
		"ListSets":            {"setSpec"},
	}
	return peerLine(lines[0], names[verb])
}

func peerCatmanduRun[T any](t *testing.T, at peerAddress, options map[string]string) []T {
	t.Helper()
	folder := t.TempDir()
	all := map[string]string{
		"url": at.plain(), "username": peerReader, "password": peerKeyOf(peerReader), "realm": "carte-reseau",
		"metadataPrefix": "carte", "handler": "raw",
	}
	for name, value := range options {
		if value != "" {
			all[name] = value
		}
	}
	config, err := json.Marshal(map[string]any{"importer": map[string]any{"hub": map[string]any{"package": "OAI", "options": all}}})
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(folder, "catmandu.json"), config, 0o600); err != nil {
		t.Fatal(err)
	}
	return peerJSON[T](t, peerRun(t, folder, nil, "catmandu", "convert", "hub", "to", "JSON", "--line_delimited", "1"))
}

// peerScript drives npm's oai-pmh, which signs in with what stands in the URL.
// The library itself only ever asks by GET; by POST, its paging and its reading
// stay its own.
const peerScript = `
const { OaiPmh } = require('oai-pmh')
const { url, verb, identifier, post, options } = JSON.parse(require('fs').readFileSync(0))
const client = new OaiPmh(url)
if (post) {
  const plain = client.request.bind(client)
  client.request = ({ url, qs }) => plain({ url, method: 'POST', form: qs, gzip: true })
}
const print = value => process.stdout.write(JSON.stringify(value) + '\n')
const record = (header, card) => print({
  identifier: header.identifier, datestamp: header.datestamp, sets: [].concat(header.setSpec), card
})
async function main () {
  switch (verb) {
    case 'ListRecords':
      for await (const r of client.listRecords(options)) record(r.header, r.metadata.carte)
      return
    case 'ListIdentifiers':
      for await (const h of client.listIdentifiers(options)) record(h)
      return
    case 'GetRecord': {
      const r = await client.getRecord(identifier, options.metadataPrefix)
      return record(r.header, r.metadata.carte)
    }
    case 'Identify':
      return print(await client.identify())
    case 'ListMetadataFormats':
      return print(await client.listMetadataFormats())
  }
}
main().catch(err => {
  if (err.code !== 'noRecordsMatch') throw err
})
`

type peerNode struct {
	script string
	post   bool
}

func (n peerNode) ask(t *testing.T, at peerAddress, q peerQuestion) []peerRecord {
	t.Helper()
	options := map[string]string{"metadataPrefix": "carte"}
	for name, value := range map[string]string{"from": q.from, "until": q.until} {
		if value != "" {
			options[name] = value
		}
	}
	if q.identifier == "" {
		options["set"] = peerReader
	}
	records := peerJSON[peerRecord](t, n.run(t, at, q.verb, q.identifier, options))
	for i := range records {
		if records[i].Card != nil {
			peerTakeNamespace(t, records[i].Card)
		}
	}
	return records
}

func (n peerNode) describe(t *testing.T, at peerAddress, verb string) string {
	t.Helper()
	lines := peerJSON[map[string]any](t, n.run(t, at, verb, "", nil))
	names := map[string][]string{
		"Identify":            {"baseURL", "protocolVersion", "deletedRecord", "granularity"},
		"ListMetadataFormats": {"metadataPrefix", "schema", "metadataNamespace"},
	}
	return peerLine(lines[0], names[verb])
}

func (n peerNode) run(t *testing.T, at peerAddress, verb, identifier string, options map[string]string) []byte {
	t.Helper()
	task, err := json.Marshal(map[string]any{"url": at.signed(), "verb": verb, "identifier": identifier, "post": n.post, "options": options})
	if err != nil {
		t.Fatal(err)
	}
	input := filepath.Join(t.TempDir(), "task.json")
	if err := os.WriteFile(input, task, 0o600); err != nil {
		t.Fatal(err)
	}
	return peerRun(t, "", nil, "sh", "-c", `exec node "$0" < "$1"`, n.script, input)
}

// peerTakeNamespace checks the namespace of a card as npm's client shows it,
// as an attribute, and takes it away: peerTree has none either.
func peerTakeNamespace(t *testing.T, card any) {
	t.Helper()
	root, _ := card.(map[string]any)
	attributes, _ := root["$"].(map[string]any)
	if attributes["xmlns"] != exchange.Namespace {
		t.Fatalf("a card has the namespace %v", attributes["xmlns"])
	}
	delete(attributes, "xmlns")
}

// peerLine joins what a client understood under these names.
func peerLine(object map[string]any, names []string) string {
	values := make([]string, len(names))
	for i, name := range names {
		values[i] = fmt.Sprint(object[name])
	}
	return strings.Join(values, " ")
}

// peerJSON reads an object a line.
func peerJSON[T any](t *testing.T, lines []byte) []T {
	t.Helper()
	var all []T
	for line := range bytes.Lines(lines) {
		var one T
		if err := json.Unmarshal(line, &one); err != nil {
			t.Fatalf("%v: %.300s", err, line)
		}
		all = append(all, one)
	}
	return all
}

func peerMustTree(t *testing.T, document string) any {
	t.Helper()
	tree, err := peerTree([]byte(document))
	if err != nil {
		t.Fatalf("%v: %.300s", err, document)
	}
	return tree
}

// peerTree turns the carte element of a document into what npm's client makes
// of it, so that all clients can be compared: an element is its text, or a map
// of its children, with "$" for its attributes; one that repeats is a list.
// Every element must be of the exchange's namespace.
func peerTree(document []byte) (any, error) {
	decoder := xml.NewDecoder(bytes.NewReader(document))
	for {
		token, err := decoder.Token()
		if err != nil {
			return nil, err
		}
		if start, ok := token.(xml.StartElement); ok && start.Name.Local == "carte" {
			return peerElement(decoder, start)
		}
	}
}

func peerElement(decoder *xml.Decoder, start xml.StartElement) (any, error) {
	if start.Name.Space != exchange.Namespace {
		return nil, errors.New("an element of another namespace: " + start.Name.Local)
	}
	node, text := map[string]any{}, strings.Builder{}
	attributes := map[string]any{}
	for _, a := range start.Attr {
		if a.Name.Local != "xmlns" {
			attributes[a.Name.Local] = a.Value
		}
	}
	if len(attributes) > 0 {
		node["$"] = attributes
	}
	for {
		token, err := decoder.Token()
		if err != nil {
			return nil, err
		}
		switch token := token.(type) {
		case xml.StartElement:
			child, err := peerElement(decoder, token)
			if err != nil {
				return nil, err
			}
			peerAdd(node, token.Name.Local, child)
		case xml.CharData:
			text.Write(token)
		case xml.EndElement:
			return peerValue(node, strings.TrimSpace(text.String())), nil
		}
	}
}

func peerAdd(node map[string]any, name string, child any) {
	switch before := node[name].(type) {
	case nil:
		node[name] = child
	case []any:
		node[name] = append(before, child)
	default:
		node[name] = []any{before, child}
	}
}

func peerValue(node map[string]any, text string) any {
	if len(node) == 0 {
		return text
	}
	if text != "" {
		node["_"] = text
	}
	return node
}
