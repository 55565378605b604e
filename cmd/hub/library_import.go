package main

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"reflect"

	"github.com/carte-reseau/hub/internal/cards"
)

type libraryImport struct {
	File string `arg:"" help:"Fichier YAML."`
	answers
}

// libraryFile is what stands in the YAML file.
type libraryFile struct {
	Libraries []libraryEntry `yaml:"libraries"`
}

type libraryEntry struct {
	Code         string  `yaml:"code"`
	KeyFile      *string `yaml:"key-file"`
	Preparing    bool    `yaml:"preparing"` // of a library that is added; what is open stays open
	libraryFlags `yaml:",inline"`
}

// keysOf are the keys a structure takes from a file.
func keysOf(structure any) (keys []string) {
	for _, field := range reflect.VisibleFields(reflect.TypeOf(structure)) {
		if key := field.Tag.Get("yaml"); !field.Anonymous {
			keys = append(keys, key)
		}
	}
	return keys
}

// Run adds the libraries that are not there, and brings the others' settings to
// what the file says; run again, it changes nothing.
func (a libraryImport) Run(ctx context.Context, s *Settings, c console) error {
	list, err := readLibraryFile(a.File)
	if err != nil {
		return err
	}
	f, err := open(ctx, s, c)
	if err != nil {
		return err
	}
	defer f.close()
	for _, entry := range list.Libraries {
		if err := f.importLibrary(ctx, c, a.answers, entry); err != nil {
			return err
		}
	}
	return nil
}

func readLibraryFile(path string) (libraryFile, error) {
	var list libraryFile
	text, err := os.ReadFile(path)
	if err != nil {
		return list, cards.WrapError(cards.Invalid, err, "impossible de lire %s", path)
	}
	if err := decodeYAML(text, &list); err != nil {
		return list, cards.WrapError(cards.Invalid, err, "%s n’est pas un fichier de bibliothèques (voir deploy/libraries.yaml)", path)
	}
	if len(list.Libraries) == 0 {
		return list, cards.Errorf(cards.Invalid, "%s n’est pas un fichier de bibliothèques (voir deploy/libraries.yaml) : il n’en nomme aucune", path)
	}
	if err := list.check(); err != nil {
		return list, cards.WrapError(cards.Invalid, err, "%s", path)
	}
	for i := range list.Libraries {
		list.Libraries[i].relativeTo(filepath.Dir(path))
	}
	return list, nil
}

// check finds, before anything is done, what would give one library the settings of another.
func (f libraryFile) check() error {
	first := map[string]string{}
	for i, entry := range f.Libraries {
		place := fmt.Sprintf("%de", i+1)
		if i == 0 {
			place = "1re"
		}
		switch before, again := first[entry.Code]; {
		case entry.Code == "":
			return cards.Errorf(cards.Invalid, "la %s bibliothèque n’a pas de code", place)
		case !cards.ValidCode(entry.Code):
			return cards.Errorf(cards.Invalid, "la %s bibliothèque : le code « %s » n’est pas fait de 1 à 32 caractères parmi a-z, 0-9 et -", place, entry.Code)
		case again:
			return cards.Errorf(cards.Invalid, "la %s bibliothèque porte le code %s, comme la %s", place, entry.Code, before)
		}
		first[entry.Code] = place
	}
	return nil
}

// relativeTo reads file names as they stand beside the YAML file.
func (e *libraryEntry) relativeTo(dir string) {
	for _, file := range []*string{e.KeyFile, e.ILSPasswordFile} {
		if file != nil && *file != "-" && !filepath.IsAbs(*file) {
			*file = filepath.Join(dir, *file)
		}
	}
}

func (f *foundation) importLibrary(ctx context.Context, c console, a answers, e libraryEntry) error {
	keyFile := ""
	if e.KeyFile != nil {
		keyFile = *e.KeyFile
	}
	l, err := f.store.Library(ctx, e.Code)
	if cards.CodeOf(err) == cards.NotFound {
		password, err := e.password(c, keyFile)
		if err != nil {
			return err
		}
		fresh := cards.Library{Code: e.Code, Preparing: e.Preparing}
		if err := e.apply(&fresh, password); err != nil {
			return err
		}
		return f.addLibrary(ctx, c, a, fresh, keyFile)
	}
	if err != nil {
		return err
	}
	given, err := e.read(c, keyFile, e.KeyFile != nil)
	if err != nil {
		return err
	}
	return f.changeLibrary(ctx, c, a, l, given, l.Code+" : réglages à jour.\n")
}
