package web

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"maps"
	"os"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"go.yaml.in/yaml/v3"

	"github.com/carte-reseau/hub/internal/cards"
)

// Each text the pages name is written in both languages, with the same values put in, and none is written for nothing.
func TestEveryTextIsInBothLanguagesAndUsed(t *testing.T) {
	french, english := textsOf(t, "fr"), textsOf(t, "en")
	for name, text := range french {
		other, there := english[name]
		if !there {
			t.Errorf("%s is not in English", name)
			continue
		}
		if !slices.Equal(placeholders(text), placeholders(other)) {
			t.Errorf("%s: French puts in %v, English %v", name, placeholders(text), placeholders(other))
		}
	}
	for name := range english {
		if _, there := french[name]; !there {
			t.Errorf("%s is not in French", name)
		}
	}
	used, families := namedTexts(t)
	for name := range used {
		if _, there := french[name]; !there {
			t.Errorf("%s is named and not written", name)
		}
	}
	for name := range french {
		if !used[name] && !slices.ContainsFunc(families, func(f string) bool { return strings.HasPrefix(name, f) }) {
			t.Errorf("%s is written and never named", name)
		}
	}
}

// A field and a door are named on the pages as in letters.
func TestFieldsAndDoorsAreNamedAlikeEverywhere(t *testing.T) {
	for _, language := range []string{cards.French, cards.English} {
		named := 0
		for name, text := range textsOf(t, language) {
			var elsewhere string
			if path, of := strings.CutPrefix(name, "champ."); of {
				elsewhere = capital(cards.FieldWords(path, language))
			} else if door, of := strings.CutPrefix(name, "porte."); of {
				elsewhere = capital(cards.Door(door).Words(language))
			} else {
				continue
			}
			if named++; text != elsewhere {
				t.Errorf("%s is “%s” on the pages and “%s” in letters", name, text, elsewhere)
			}
		}
		if named < len(cards.AllFields()) {
			t.Errorf("%d fields and doors have words", named)
		}
	}
}

// A piece of work is named on the pages as in letters and on the console.
func TestWorkIsNamedAlikeEverywhere(t *testing.T) {
	named := 0
	for name, text := range textsOf(t, "fr") {
		if kind, of := strings.CutPrefix(name, "travail."); of {
			named++
			if elsewhere := capital(cards.JobKind(kind).French()); text != elsewhere {
				t.Errorf("%s is “%s” on the pages and “%s” elsewhere", kind, text, elsewhere)
			}
		}
	}
	if named == 0 {
		t.Error("no work is named")
	}
}

func TestSizesAreSaidInTheirNumber(t *testing.T) {
	r, err := newRenderer(time.UTC, time.Now)
	if err != nil {
		t.Fatal(err)
	}
	for size, want := range map[int64][2]string{
		0: {"0\u00a0octet", "0\u00a0bytes"}, 1: {"1\u00a0octet", "1\u00a0byte"}, 2: {"2\u00a0octets", "2\u00a0bytes"}, 999: {"999\u00a0octets", "999\u00a0bytes"}, 1500: {"1,5\u00a0ko", "1.5\u00a0kB"},
	} {
		if got := [2]string{r.formatSize("fr", size), r.formatSize("en", size)}; got != want {
			t.Errorf("%d: %q, want %q", size, got, want)
		}
	}
}

// What stands between words is a word too: a space before a colon, and «n°», are French.
func TestTemplatesPunctuateInNoLanguage(t *testing.T) {
	files, err := fs.Glob(templateFiles, "templates/*.html")
	if err != nil || len(files) == 0 {
		t.Fatal(files, err)
	}
	for _, file := range files {
		text, err := templateFiles.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		for _, french := range []string{" : ", " ; ", "n°"} {
			if strings.Contains(string(text), french) {
				t.Errorf("%s holds %q", file, french)
			}
		}
	}
}

// A text that counts is there for every number, one and none among them, also where all numbers have the same.
func TestATextThatCountsIsThereForEveryNumber(t *testing.T) {
	all, err := loadTexts()
	if err != nil {
		t.Fatal(err)
	}
	counting := 0
	for _, lang := range []string{"fr", "en"} {
		for name, text := range textsOf(t, lang) {
			if !slices.Contains(placeholders(text), countKey) {
				continue
			}
			counting++
			for _, n := range []int{0, 1, 2, 1234} {
				if written := all.text(lang, name, countKey, n); written == name || !strings.Contains(written, formatNumber(lang, n)) && n > 1 {
					t.Errorf("%s in %s, for %d: %q", name, lang, n, written)
				}
			}
		}
	}
	if counting == 0 {
		t.Error("no text counts")
	}
}

// textsOf flattens a file of texts: a text that counts is one text.
func textsOf(t *testing.T, lang string) map[string]string {
	t.Helper()
	content, err := fs.ReadFile(textFiles, "texts/"+lang+".yaml")
	if err != nil {
		t.Fatal(err)
	}
	var tree map[string]any
	if err := yaml.Unmarshal(content, &tree); err != nil {
		t.Fatal(err)
	}
	flat := map[string]string{}
	flatten(t, "", tree, flat)
	return flat
}

func flatten(t *testing.T, prefix string, tree map[string]any, into map[string]string) {
	t.Helper()
	if several, ok := tree["other"].(string); ok {
		if _, ok := tree["one"].(string); !ok {
			t.Errorf("%s has no text for one", prefix)
		}
		into[strings.TrimSuffix(prefix, ".")] = several
		return
	}
	for name, v := range tree {
		switch v := v.(type) {
		case string:
			into[prefix+name] = v
		case map[string]any:
			flatten(t, prefix+name+".", v, into)
		default:
			t.Errorf("%s%s is no text: %v", prefix, name, v)
		}
	}
}

var placeholder = regexp.MustCompile(`\{\{\s*\.([\w-]+)\s*\}\}`)

func placeholders(text string) []string {
	names := map[string]bool{}
	for _, m := range placeholder.FindAllStringSubmatch(text, -1) {
		names[m[1]] = true
	}
	return slices.Sorted(maps.Keys(names))
}

var (
	inTemplate = regexp.MustCompile(`[({ ]t "([^"]+)"`)
	family     = regexp.MustCompile(`[({ ]t \(print "([^"]+\.[^"]*)"`)
)

// namedTexts finds the names in templates and code; families are beginnings of names that are put together.
func namedTexts(t *testing.T) (used map[string]bool, families []string) {
	t.Helper()
	used, families = map[string]bool{}, []string{"fait.", "age."}
	for _, name := range filesOf(t, "templates", ".html") {
		content, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range inTemplate.FindAllStringSubmatch(string(content), -1) {
			used[m[1]] = true
		}
		for _, m := range family.FindAllStringSubmatch(string(content), -1) {
			families = append(families, m[1])
		}
	}
	for _, name := range filesOf(t, ".", ".go") {
		if !strings.HasSuffix(name, "_test.go") {
			families = append(families, namedInCode(t, name, used)...)
		}
	}
	return used, families
}

func filesOf(t *testing.T, dir, ending string) []string {
	t.Helper()
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, e := range entries {
		if strings.HasSuffix(e.Name(), ending) {
			names = append(names, dir+"/"+e.Name())
		}
	}
	return names
}

// takeNames are the functions that are handed a name, and behind how many arguments at least; a language may come first.
var takeNames = map[string]int{"text": 0, "known": 0, "words": 0, "refuse": 1, "refuseFor": 2}

// namedInCode finds the first texts handed to a function that takes one.
func namedInCode(t *testing.T, name string, used map[string]bool) (families []string) {
	t.Helper()
	file, err := parser.ParseFile(token.NewFileSet(), name, nil, 0)
	if err != nil {
		t.Fatal(err)
	}
	ast.Inspect(file, func(n ast.Node) bool {
		call, ok := n.(*ast.CallExpr)
		if !ok {
			return true
		}
		f, ok := call.Fun.(*ast.SelectorExpr)
		if !ok {
			return true
		}
		first, takes := takeNames[f.Sel.Name]
		if !takes || len(call.Args) <= first {
			return true
		}
		for _, argument := range call.Args[first:min(first+2, len(call.Args))] {
			switch argument := argument.(type) {
			case *ast.BasicLit:
				if text, err := strconv.Unquote(argument.Value); err == nil {
					used[text] = true
					return true
				}
			case *ast.BinaryExpr:
				if left, ok := argument.X.(*ast.BasicLit); ok {
					if text, err := strconv.Unquote(left.Value); err == nil {
						families = append(families, text)
					}
				}
			}
		}
		return true
	})
	return families
}
