package cards

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"unicode"
)

// formAt is where the functions that make sentences take the form. For a broken rule the pages have words of their own.
var formAt = map[string]int{"Say": 0, "Errorf": 1, "WrapError": 2}

// onlyInFrench are the places whose sentences reach no page: what libraries' systems and scripts are answered, and the
// terminal, to which belongs what is said while the hub starts; but for what a page or a job shows of it.
func onlyInFrench(path string) bool {
	path = strings.TrimPrefix(path, "../../")
	shown := []string{"first_account.go", "harvest_first.go", "library_flags.go", "record.go"}
	starting := []string{
		"internal/ftpdrop/address.go", "internal/ftpdrop/server.go", "internal/mail/settings.go",
		"internal/store/store.go", "internal/store/opening.go", "internal/store/schema.go", "internal/store/migrate.go", "internal/web/door.go",
	}
	switch filepath.Dir(path) {
	case "internal/rest":
		return true
	case "cmd/hub":
		return !slices.Contains(shown, filepath.Base(path))
	}
	return slices.Contains(starting, path)
}

// Every sentence that may be shown on a page is known in English, with the same put in; and no other is kept.
func TestEverySentenceIsKnownInEnglish(t *testing.T) {
	met := map[string]bool{}
	set := token.NewFileSet()
	for path, file := range sources(t, set) {
		forms(t, set, file, func(form string, at token.Position) {
			if wordless := strings.IndexFunc(verbs.Replace(form), unicode.IsLetter) < 0; wordless {
				return
			}
			english, known := inEnglish[form]
			switch {
			case !known && !onlyInFrench(path):
				t.Errorf("%s: not known in English: %q", at, form)
			case known && !slices.Equal(put(form), put(english)):
				t.Errorf("%q takes %v, in English %v", form, put(form), put(english))
			}
			met[form] = true
		})
	}
	for form := range inEnglish {
		if !met[form] {
			t.Errorf("nobody says %q", form)
		}
	}
}

func sources(t *testing.T, set *token.FileSet) map[string]*ast.File {
	t.Helper()
	files := map[string]*ast.File{}
	for _, root := range []string{"../../internal", "../../cmd/hub"} {
		err := filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
			if err != nil || d.IsDir() || !strings.HasSuffix(path, ".go") || strings.HasSuffix(path, "_test.go") {
				return err
			}
			files[path], err = parser.ParseFile(set, path, nil, parser.SkipObjectResolution)
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	return files
}

// forms calls found with each form a sentence is made of. A form that is put together when the program runs could not be
// looked up.
func forms(t *testing.T, set *token.FileSet, file *ast.File, found func(form string, at token.Position)) {
	t.Helper()
	ast.Inspect(file, func(n ast.Node) bool {
		call, is := n.(*ast.CallExpr)
		if !is {
			return true
		}
		index, says := formAt[nameOf(call.Fun, file.Name.Name)]
		if !says || len(call.Args) <= index {
			return true
		}
		at := set.Position(call.Pos())
		form, constant := constantText(call.Args[index])
		if passedOn := filepath.Base(at.Filename) == "errors.go" && file.Name.Name == "cards"; !constant && passedOn {
			return true
		}
		if !constant {
			t.Errorf("%s: a form is a constant", at)
			return true
		}
		found(form, at)
		return true
	})
}

// nameOf is the name of a function of this package, as it is called from a package.
func nameOf(fun ast.Expr, from string) string {
	switch fun := fun.(type) {
	case *ast.Ident:
		if from == "cards" {
			return fun.Name
		}
	case *ast.SelectorExpr:
		if x, is := fun.X.(*ast.Ident); is && x.Name == "cards" {
			return fun.Sel.Name
		}
	}
	return ""
}

func constantText(e ast.Expr) (string, bool) {
	switch e := e.(type) {
	case *ast.BasicLit:
		text, err := strconv.Unquote(e.Value)
		return text, err == nil
	case *ast.BinaryExpr:
		left, ok := constantText(e.X)
		right, also := constantText(e.Y)
		return left + right, ok && also && e.Op == token.ADD
	}
	return "", false
}

var verb = regexp.MustCompile(`%(?:\[\d\])?.`)

// put lists the verbs of a form, in the order of what is put in.
func put(form string) []string {
	list := verb.FindAllString(form, -1)
	ordered := make([]string, len(list))
	for i, v := range list {
		if strings.HasPrefix(v, "%[") {
			i = int(v[2] - '1')
		}
		ordered[i] = v[len(v)-1:]
	}
	return ordered
}
