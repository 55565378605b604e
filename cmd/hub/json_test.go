package main

import (
	"encoding/json"
	"fmt"
	"io"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/alecthomas/kong"

	"github.com/carte-reseau/hub/internal/store/storetest"
)

// withoutJSON are the commands that answer nobody, with the reason.
var withoutJSON = map[string]string{
	"serve": "lives until it is told to stop; its state is asked for by hub status --json, its log is a log",
	"demo":  "a show for somebody at a terminal",

	"deposits document": "it writes bytes as they came in",
}

func TestEveryCommandCanAnswerInJSON(t *testing.T) {
	t.Parallel()
	parser, err := kong.New(&commands{}, kong.Vars{"version": version})
	if err != nil {
		t.Fatal(err)
	}
	found := 0
	for _, leaf := range parser.Model.Leaves(false) {
		found++
		name := strings.TrimPrefix(leaf.FullPath(), parser.Model.Name+" ")
		has := slices.ContainsFunc(leaf.Flags, func(flag *kong.Flag) bool { return flag.Name == "json" })
		if _, excused := withoutJSON[name]; has == excused {
			t.Errorf("hub %s: --json is there: %t, excused: %t", name, has, excused)
		}
	}
	if found < len(withoutJSON)+30 {
		t.Errorf("the walk met %d commands", found)
	}
}

// documents are what a command wrote: one document a line and nothing else.
func (a answer) documents() []map[string]any {
	a.t.Helper()
	var list []map[string]any
	decoder := json.NewDecoder(strings.NewReader(a.out))
	for {
		var one map[string]any
		err := decoder.Decode(&one)
		if err == io.EOF {
			break
		}
		if err != nil {
			a.t.Fatalf("%v in:\n%s", err, a.out)
		}
		list = append(list, one)
	}
	if lines := strings.Count(a.out, "\n"); lines != len(list) {
		a.t.Errorf("%d documents on %d lines:\n%s", len(list), lines, a.out)
	}
	return list
}

// document is the only one.
func (a answer) document() map[string]any {
	a.t.Helper()
	list := a.documents()
	if len(list) != 1 {
		a.t.Fatalf("%d documents in:\n%s", len(list), a.out)
	}
	return list[0]
}

func TestWhatIsDoneToLibrariesIsToldInJSON(t *testing.T) {
	t.Parallel()
	s := newSite(t, storetest.SQLiteDatabase(t))
	told := func(args ...string) map[string]any {
		t.Helper()
		return s.hub(append(args, "--json")...).want(exitOK).document()
	}
	settings := func(document map[string]any) map[string]any {
		t.Helper()
		library, _ := document["library"].(map[string]any)
		if library["code"] != "mours" {
			t.Fatalf("not of mours: %v", document)
		}
		return library
	}
	added := told("library", "add", "mours", "--name=Mours", "--email=mours@example.org", "--preparing")
	key, _ := added["key"].(string)
	if settings(added)["preparing"] != true || !s.signsIn("mours", key) {
		t.Errorf("added: %v", added)
	}
	changed := told("library", "change", "mours", "--name=Mours B", "--new-key")
	fresh, _ := changed["key"].(string)
	if settings(changed)["name"] != "Mours B" || fresh == key || !s.signsIn("mours", fresh) {
		t.Errorf("changed: %v", changed)
	}
	if kept := told("library", "change", "mours", "--name=Mours C"); kept["key"] != nil || settings(kept)["name"] != "Mours C" {
		t.Errorf("changed without a key: %v", kept)
	}
	if opened := told("library", "open", "mours"); settings(opened)["preparing"] != false {
		t.Errorf("opened: %v", opened)
	}
	if none := s.hub("library", "open", "--all", "--json").want(exitOK).documents(); len(none) != 0 {
		t.Errorf("opened where none was in preparation: %v", none)
	}
	if paused := told("library", "pause", "mours", "--reason=essai"); settings(paused)["pause_reason"] != "essai" {
		t.Errorf("paused: %v", paused)
	}
	if resumed := told("library", "resume", "mours"); settings(resumed)["paused"] != false {
		t.Errorf("resumed: %v", resumed)
	}
	list := writeFile(t, "l.yaml", "libraries:\n- {code: mours, name: Mours D}\n- {code: peyrins, name: Peyrins, email: p@example.org}\n")
	if all := s.hub("library", "import", list, "--json").want(exitOK).documents(); len(all) != 2 || settings(all[0])["name"] != "Mours D" || all[1]["key"] == nil {
		t.Errorf("imported: %v", all)
	}
	s.hub("import", writeFile(t, "m.xml", documentOf("mours", manyCards("M", 3)...)), "--library=mours").want(exitOK)
	if again := told("library", "deliver", "mours"); again["cards"] != 3.0 {
		t.Errorf("delivered again: %v", again)
	}
	file := filepath.Join(t.TempDir(), "mours.xml")
	if gone := told("library", "remove", "mours", "--export="+file); gone["cards"] != 3.0 || gone["file"] != file {
		t.Errorf("removed: %v", gone)
	}
}

func TestWhatIsDoneToAccountsIsToldInJSON(t *testing.T) {
	t.Parallel()
	s := newSite(t, storetest.SQLiteDatabase(t))
	told := func(args ...string) map[string]any {
		t.Helper()
		document := s.hubReading("un mot de passe assez long\n", append(args, "--json")...).want(exitOK).document()
		if document["name"] != "camille" {
			t.Errorf("%v: %v", args, document)
		}
		return document
	}
	s.hubReading("un mot de passe assez long\n", "user", "add", "chef", "--role=administrator", "--password-file=-", "--no-key").want(exitOK)
	added := told("user", "add", "camille", "--role=reader")
	renewed := told("user", "key", "camille")
	if added["key"] == nil || renewed["key"] == nil || added["key"] == renewed["key"] {
		t.Errorf("keys: %v, then %v", added, renewed)
	}
	if dropped := told("user", "key", "camille", "--drop"); dropped["has_key"] != false || dropped["key"] != nil {
		t.Errorf("dropped: %v", dropped)
	}
	if secret := told("user", "password", "camille", "--password-file=-"); secret["has_password"] != true {
		t.Errorf("password: %v", secret)
	}
	if changed := told("user", "change", "camille", "--role=operator"); changed["role"] != "operator" {
		t.Errorf("changed: %v", changed)
	}
	told("user", "remove", "camille")
}

func TestImportTellsItsRefusedCardsInJSON(t *testing.T) {
	t.Parallel()
	s := newSite(t, storetest.SQLiteDatabase(t))
	s.library("mours")
	file := func(body string) string { return writeFile(t, "x.xml", body) }
	good := s.hub("import", file(documentOf("mours", manyCards("M", 3)...)), "--library=mours", "--json").want(exitOK).document()
	if counts, _ := good["counts"].(map[string]any); counts["created"] != 3.0 || good["status"] != "integre" {
		t.Errorf("integrated: %v", good)
	}
	const noNumber = "<carte><nom>Dupré</nom>" + validEnrolment + "</carte>"
	partly := s.hub("import", file(documentOf("mours", noNumber, testCard{number: "M9"}.String())), "--library=mours", "--json").want(exitError).documents()
	if len(partly) != 2 || partly[0]["status"] != "partiel" || !strings.Contains(fmt.Sprint(partly[1]["reasons"]), "obligatoire") {
		t.Errorf("in part: %v", partly)
	}
	broken := s.hub("import", file(documentHead("mours")), "--library=mours", "--json").want(exitError).documents()
	if len(broken) != 1 || broken[0]["status"] != "refuse" || !strings.Contains(fmt.Sprint(broken[0]), "tronque") {
		t.Errorf("broken: %v", broken)
	}
}

func TestTheProgramItselfIsToldInJSON(t *testing.T) {
	t.Parallel()
	s := newSite(t, storetest.SQLiteDatabase(t))
	if told := s.hub("version", "--json").want(exitOK).document(); told["version"] != version {
		t.Errorf("version: %v", told)
	}
	if told := s.hub("migrate", "--json").want(exitOK).document(); told["schema"] == nil {
		t.Errorf("migrate: %v", told)
	}
}

func TestDecisionsAreToldInJSON(t *testing.T) {
	t.Parallel()
	s := newSite(t, storetest.SQLiteDatabase(t))
	s.library("mours")
	s.library("peyrins")
	give := func(code, body string) {
		t.Helper()
		s.hub("import", writeFile(t, code+".xml", body), "--library="+code).want(exitOK)
	}
	give("mours", documentOf("mours", testCard{number: "M1", phone: "0475000001"}, testCard{number: "M2", phone: "0475000002"}))
	give("peyrins", documentOf("peyrins", testCard{number: "M1", phone: "0475000003"}, testCard{number: "M2", phone: "0475000004"}))
	open := s.hub("conflicts", "list", "--json").want(exitOK).documents()
	if len(open) != 2 {
		t.Fatalf("conflicts: %v", open)
	}
	for i, decision := range []string{"keep", "choose"} {
		id := open[i]["id"]
		told := s.hub("conflicts", decision, strconv.Itoa(int(id.(float64))), "--json").want(exitOK).document()
		if told["id"] != id || told["verdict"] == nil {
			t.Errorf("%s: %v", decision, told)
		}
	}
	erased := s.hub("card", "erase", "M1", "--yes", "--json").want(exitOK).document()
	if erased["id"] != 1.0 || erased["finished_at"] == nil {
		t.Errorf("erased: %v", erased)
	}
}

func TestSuspendedImportsAreToldInJSON(t *testing.T) {
	t.Parallel()
	s := newSite(t, storetest.SQLiteDatabase(t))
	s.library("mours")
	s.hub("import", writeFile(t, "0.xml", renumbered("mours", 0)), "--library=mours").want(exitOK)
	for _, decision := range [][]string{{"refuse", "--reason=essai"}, {"accept"}} {
		held := s.hub("import", writeFile(t, "1.xml", renumbered("mours", 1)), "--library=mours", "--json").want(exitError).document()
		number := strconv.Itoa(int(held["id"].(float64)))
		told := s.hub(append([]string{"deposits", decision[0], number, "--json"}, decision[1:]...)...).want(exitOK).document()
		if told["id"] != held["id"] || told["accepted"] != (decision[0] == "accept") || told["judged_at"] == nil {
			t.Errorf("%s: %v", decision[0], told)
		}
	}
}

func TestDuplicatesAreToldInJSON(t *testing.T) {
	t.Parallel()
	s := newSite(t, storetest.SQLiteDatabase(t))
	s.library("peyrins")
	s.hub("import", writeFile(t, "p.xml", documentOf("peyrins", testCard{number: "B1"}, testCard{number: "B2"}, testCard{number: "B3"})), "--library=peyrins").want(exitOK)
	if _, err := s.foundation().store.FindLikenesses(t.Context()); err != nil {
		t.Fatal(err)
	}
	if told := s.hub("duplicates", "different", "B1", "B3", "--json").want(exitOK).document(); told["same_person"] != false {
		t.Errorf("two persons: %v", told)
	}
	if told := s.hub("duplicates", "same", "B1", "B2", "--json").want(exitOK).document(); told["same_person"] != true || told["number"] != "B1" {
		t.Errorf("one person: %v", told)
	}
}

func TestAnImportIsInTheAuditLog(t *testing.T) {
	t.Parallel()
	s := newSite(t, storetest.SQLiteDatabase(t))
	s.library("mours")
	s.hub("import", writeFile(t, "m.xml", documentOf("mours", testCard{number: "M1"})), "--library=mours", "--simulate").want(exitOK)
	s.hub("audit", "list", "--action=upload-deposit").want(exitOK, "bibliothèque mours", "simulation")
}
