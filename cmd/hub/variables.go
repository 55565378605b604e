package main

import (
	"regexp"
	"slices"
	"strings"

	"github.com/carte-reseau/hub/internal/cards"
)

// variableOf is the variable that gives a setting.
func variableOf(name string) string {
	return envPrefix + strings.ToUpper(strings.ReplaceAll(name, "-", "_"))
}

// settingOf is the setting a variable gives.
func settingOf(variable string) string {
	return strings.ReplaceAll(strings.ToLower(strings.TrimPrefix(variable, envPrefix)), "_", "-")
}

// othersVariables are those that are called like settings and are none: what
// steers the project's own tests and tools, and what Kubernetes and Docker tell
// every container of a service that is called hub, or hub-something.
var othersVariables = regexp.MustCompile(`^HUB_(TEST_.*|PROVE|PROOF_.*|PEERS|SCREENSHOTS|SPEC|PROFILE|` +
	`NAME|(.*_)?ENV_.*|(.*_)?SERVICE_(HOST|PORT)(_.*)?|(.*_)?PORT(_\d+_(TCP|UDP|SCTP)(_(ADDR|PORT|PROTO))?)?)$`)

// checkVariables refuses a variable that is no setting, as the YAML file's keys
// are: with its name mistyped a domain, say, would silently be another one.
func checkVariables(environ []string, known map[string]bool) error {
	for _, entry := range environ {
		name, value, _ := strings.Cut(entry, "=")
		if !strings.HasPrefix(name, envPrefix) || value == "" || othersVariables.MatchString(name) {
			continue
		}
		if setting := settingOf(name); !known[setting] || setting == "help" {
			return cards.Errorf(cards.Invalid, "la variable d’environnement %s n’est pas un réglage ; réglages possibles : %s", name, listedVariables(known))
		}
	}
	return nil
}

func listedVariables(known map[string]bool) string {
	var names []string
	for name := range known {
		if name != "help" {
			names = append(names, variableOf(name))
		}
	}
	slices.Sort(names)
	return strings.Join(names, ", ")
}
