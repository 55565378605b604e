package main

import (
	"errors"
	"os"
	"slices"
	"strconv"
	"strings"

	"github.com/carte-reseau/hub/internal/cards"
	"github.com/knadh/koanf/providers/env/v2"
	"github.com/knadh/koanf/providers/file"
	"github.com/knadh/koanf/v2"
	"go.yaml.in/yaml/v3"
)

const envPrefix = "HUB_"

// configFile finds the YAML file before the command line is parsed: --config,
// else HUB_CONFIG, else none.
func configFile(args []string) string {
	for i, arg := range args {
		if value, ok := strings.CutPrefix(arg, "--config="); ok {
			return value
		}
		if arg == "--config" && i+1 < len(args) {
			return args[i+1]
		}
	}
	return os.Getenv(envPrefix + "CONFIG")
}

// readConfiguration lays the HUB_* variables over the YAML file. Keys are the
// flags' names; what is no setting is an error in both.
func readConfiguration(path string, environ []string, known map[string]bool) (map[string]string, error) {
	k := koanf.New(".")
	if path != "" {
		if err := k.Load(file.Provider(path), settingsFile{known}); err != nil {
			return nil, cards.WrapError(cards.Invalid, err, "fichier de configuration %s illisible", path)
		}
	}
	if err := checkVariables(environ, known); err != nil {
		return nil, err
	}
	variables := env.Provider(".", env.Opt{
		Prefix:      envPrefix,
		EnvironFunc: func() []string { return environ },
		TransformFunc: func(name, value string) (string, any) {
			if value == "" {
				return "", nil // compose files pass on what nobody has set
			}
			return settingOf(name), value
		},
	})
	if err := k.Load(variables, nil); err != nil {
		return nil, cards.WrapError(cards.Invalid, err, "variables d’environnement HUB_* illisibles")
	}
	values := map[string]string{}
	for name := range known {
		if k.Exists(name) {
			values[name] = k.String(name)
		}
	}
	return values, nil
}

// nothing is what YAML reads where no value stands.
const nothing = "!!null"

// settingsFile reads the configuration file: settings and their values, as they are written. One without a value was not set, as
// an empty variable.
type settingsFile struct{ known map[string]bool }

// Unmarshal reads the file.
func (f settingsFile) Unmarshal(text []byte) (map[string]any, error) {
	var document yaml.Node
	if err := decodeYAML(text, &document); err != nil || document.IsZero() {
		return nil, err
	}
	root := document.Content[0]
	if root.Tag == nothing {
		return nil, nil
	}
	if root.Kind != yaml.MappingNode {
		return nil, lineFault(root.Line, "des réglages de la forme « code: reseau » sont attendus, un par ligne")
	}
	values, lines := map[string]any{}, map[string]int{}
	for i := 0; i+1 < len(root.Content); i += 2 {
		key, value := root.Content[i], root.Content[i+1]
		switch before := lines[key.Value]; {
		case !f.known[key.Value] || key.Value == "config" || key.Value == "help":
			return nil, lineFault(key.Line, "le réglage « "+key.Value+" » n’existe pas ; réglages possibles : "+listed(f.known))
		case before > 0:
			return nil, lineFault(key.Line, "le réglage « "+key.Value+" » est déjà à la ligne "+strconv.Itoa(before)+" ; gardez-en un")
		case value.Kind != yaml.ScalarNode:
			return nil, lineFault(value.Line, "le réglage « "+key.Value+" » veut une seule valeur sur sa ligne, ni liste ni clés")
		}
		if lines[key.Value] = key.Line; value.Tag != nothing && value.Value != "" {
			values[key.Value] = value.Value
		}
	}
	return values, nil
}

// Marshal is what a parser of koanf's has besides; nothing is written.
func (settingsFile) Marshal(map[string]any) ([]byte, error) { return nil, errors.ErrUnsupported }

func listed(known map[string]bool) string {
	var names []string
	for name := range known {
		if name != "config" && name != "help" {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	return strings.Join(names, ", ")
}

func parsePositive(text string) (int64, error) {
	n, err := strconv.ParseInt(text, 10, 64)
	if err != nil {
		return 0, err
	}
	if n <= 0 {
		return 0, strconv.ErrRange
	}
	return n, nil
}
