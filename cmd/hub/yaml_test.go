package main

import (
	"strings"
	"testing"
)

// What is wrong with a file somebody wrote is said in French, with the line as they count it and what to do.
func TestWhatIsWrongWithAFileOfLibrariesIsSaidInFrench(t *testing.T) {
	t.Parallel()
	const head = "libraries:\n  - code: a\n"
	for text, says := range map[string][]string{
		head + "    nom: b\n    naem: c\n":               {"ligne 3 : la clé « nom » n’existe pas ; clés possibles : code, key-file, preparing, name, ", "ligne 4 : la clé « naem »"},
		"code: reseau\n":                                 {"ligne 1 : la clé « code » n’existe pas ici", "« libraries: »"},
		head + "    name: [b]\n":                         {"ligne 3 : une liste", "un seul texte"},
		head + "    name: {b: c}\n":                      {"ligne 3 : des clés", "un seul texte"},
		head + "    preparing: oui\n":                    {"ligne 3 : « oui »", "true ou false"},
		head + "    width: {nom: x}\n":                   {"ligne 3 : « x »", "un nombre entier"},
		head + "    width: 30\n":                         {"ligne 3 : « 30 »", "{ nom: 30, prenom: 30 }"},
		head + "    serves: {a: b}\n":                    {"ligne 3 : des clés", "une liste, comme [a, b]"},
		head + "    code: b\n":                           {"ligne 3 : la clé « code » est déjà à la ligne 2"},
		"- code: a\n":                                    {"ligne 1 : une liste", "« libraries: » en tête"},
		"libraries: a\n":                                 {"ligne 1 : « a »", "« - code: »"},
		"libraries:\n  - a\n":                            {"ligne 2 : « a »", "« code: »"},
		"domain a\n":                                     {"ligne 1 : ", "« libraries: » en tête"},
		"libraries:\n":                                   {"n’en nomme aucune"},
		"":                                               {"n’en nomme aucune"},
		"# rien\n":                                       {"n’en nomme aucune"},
		head + "\tname: b\n":                             {"ligne 3 : une tabulation"},
		"libraries:\n\t- code: a\n":                      {"ligne 2 : une tabulation"},
		head + "    name: b\n  \temail: c":               {"ligne 4 : une tabulation"},
		head + "   name: b\n":                            {"ligne 2 : dans la liste qui commence ici, une ligne n’est pas alignée"},
		head + "  code: b\n":                             {"ligne 2 : dans la liste qui commence ici, une ligne n’est pas alignée"},
		head + "    name: b\n     email: c\n":            {"ligne 4 : « : »", "alignée"},
		head + "    name: b: c\n":                        {"ligne 3 : « : »", "entre guillemets"},
		head + "    name: \"b\n    email: x\n":           {"ligne 3 : un guillemet s’ouvre ici"},
		head + "    name: \"b\\c\"\n":                    {"ligne 3 : « \\ »"},
		head + "    harvest: */15 * * * *\n":             {"ligne 3 : ", "entre guillemets"},
		head + "    harvest: *nom\n":                     {"ligne 3 : la valeur « *nom »", "entre guillemets"},
		head + "    harvest: @every 10m\n":               {"ligne 3 : ", "entre guillemets"},
		"libraries:\n  - {code: a, name: b\n  - code: c": {"ligne 2 : ce que « { » ouvre ici"},
		"libraries:\n  - code: a\n    serves: [a\n":      {"ligne 3 : ce que « [ » ouvre ici"},
		"libraries: [":                                   {" : il manque une valeur"},
		head + "    name b\n    email: c\n":              {"ligne 3 : il manque « : »"},
		head + "    name: M\xe9diath\n":                  {"ligne 3 : un caractère n’est pas en UTF-8"},
		head + "---\nlibraries:\n  - code: b\n":          {"ligne 3 : un second document"},
	} {
		_, err := readLibraryFile(writeFile(t, "l.yaml", text))
		if err == nil {
			t.Errorf("%q is read", text)
			continue
		}
		told := err.Error()
		for _, piece := range append(says, "l.yaml n’est pas un fichier de bibliothèques") {
			if !strings.Contains(told, piece) {
				t.Errorf("%q:\n%s\nlacks %q", text, told, piece)
			}
		}
		for _, english := range []string{"yaml", "line ", "expected", "unmarshal", "main."} {
			if strings.Contains(strings.ReplaceAll(told, ".yaml", ""), english) {
				t.Errorf("%q:\n%s\nsays %q", text, told, english)
			}
		}
	}
}

func TestWhatIsWrongWithTheConfigurationIsSaidInFrench(t *testing.T) {
	t.Parallel()
	known := map[string]bool{"code": true, "domain": true, "timezone": true, "trusted-proxies": true, "config": true, "help": true}
	for text, says := range map[string]string{
		"code: a\necoute: b\n":                "ligne 2 : le réglage « ecoute » n’existe pas ; réglages possibles : code, domain, timezone",
		"config: b\n":                         "ligne 1 : le réglage « config » n’existe pas",
		"code: a\ndomain: b\ncode: c\n":       "ligne 3 : le réglage « code » est déjà à la ligne 1",
		"trusted-proxies: [a, b]\n":           "ligne 1 : le réglage « trusted-proxies » veut une seule valeur",
		"domain: a\ncode:\n  x: y\n":          "ligne 3 : le réglage « code » veut une seule valeur",
		"- code: a\n":                         "ligne 1 : des réglages de la forme",
		"code a\n":                            "ligne 1 : des réglages de la forme",
		"domain: a\n  code: b\n":              "ligne 2 : « : »",
		"domain: a\ncode b\n":                 "ligne 2 : il manque « : »",
		"domain: a\n\tcode: b\n":              "ligne 2 : une tabulation",
		"domain: a\n---\ncode: b\n":           "ligne 2 : un second document",
		"domain: a\ncode: [b\n":               "ligne 2 : ce que « [ » ouvre ici",
		"# é\ndomain: r\xe9seau.example.fr\n": "ligne 2 : un caractère n’est pas en UTF-8",
	} {
		_, err := readConfiguration(writeFile(t, "hub.yaml", text), nil, known)
		if err == nil || !strings.Contains(err.Error(), says) || !strings.Contains(err.Error(), "hub.yaml illisible") || strings.Contains(err.Error(), "yaml: ") {
			t.Errorf("%q: %v\nlacks %q", text, err, says)
		}
	}
}

// A setting without a value is not set, as a variable without one: an empty time zone would be UTC without a word. A code of digits
// keeps its zeros.
func TestSettingsAreTakenAsTheyAreWritten(t *testing.T) {
	t.Parallel()
	known := map[string]bool{"code": true, "domain": true, "timezone": true}
	for _, text := range []string{"timezone:\ncode: 007\n", "timezone: \"\"\ncode: '007'\n", "code: 007\n"} {
		values, err := readConfiguration(writeFile(t, "hub.yaml", text), nil, known)
		if _, set := values["timezone"]; err != nil || set || values["code"] != "007" {
			t.Errorf("%q: %v, %v", text, values, err)
		}
	}
	for _, text := range []string{"", "# rien\n", "---\n"} {
		if values, err := readConfiguration(writeFile(t, "hub.yaml", text), nil, known); err != nil || len(values) > 0 {
			t.Errorf("%q: %v, %v", text, values, err)
		}
	}
}
