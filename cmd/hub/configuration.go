package main

import (
	"os"
	"slices"
	"strconv"
	"strings"

	"github.com/carte-reseau/hub/internal/cards"
	"github.com/knadh/koanf/parsers/yaml"
	"github.com/knadh/koanf/providers/env/v2"
	"github.com/knadh/koanf/providers/file"
	"github.com/knadh/koanf/v2"
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
		if err := k.Load(file.Provider(path), yaml.Parser()); err != nil {
			return nil, cards.WrapError(cards.Invalid, err, "fichier de configuration %s illisible", path)
		}
		for _, key := range k.Keys() {
			if !known[key] || key == "config" {
				return nil, cards.Errorf(cards.Invalid, "%s : le réglage « %s » n’existe pas ; réglages possibles : %s", path, key, listed(known))
			}
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
