package main

import (
	"regexp"
	"strings"
	"testing"
)

// Whoever mistypes a command reads what is wrong, and where the right one stands, in the language of all the rest. The phrases are
// the parser's: where a newer one says something else, this fails.
func TestAMistypedCommandIsExplainedInFrench(t *testing.T) {
	t.Parallel()
	for line, said := range map[string]string{
		"":                                      "il manque la suite : « serve », « demo », « library », « user », « import »… ; voyez « hub --help »",
		"statu":                                 "argument inattendu : « statu » ; peut-être « status » ; voyez « hub --help »",
		"library":                               "il manque la suite : « add », « import », « list », « show », « refused »… ; voyez « hub library --help »",
		"library re":                            "argument inattendu : « re » ; une de celles-ci, peut-être : « refused », « resume », « remove » ; voyez « hub library --help »",
		"library add":                           "il manque : <code> ; voyez « hub library add --help »",
		"library add mours deux mots":           "argument inattendu : « deux » ; voyez « hub library add --help »",
		"library add mours --nme x":             "option inconnue : --nme ; peut-être « --name » ; voyez « hub library add --help »",
		"library change mours --name":           "--name : la valeur manque ; voyez « hub library change --help »",
		"library change mours --name --email x": "--name : la valeur manque avant « --email » ; voyez « hub library change --help »",
		"library change mours --width nom":      "--width : « nom » n’est pas de la forme CHAMP=N ; voyez « hub library change --help »",
		"library change mours --width nom=x":    "--width : « x » n’est pas un nombre entier ; voyez « hub library change --help »",
		"user add camille":                      "il manque : --role=RÔLE ; voyez « hub user add --help »",
		"user add camille --role chef":          "--role : « chef » n’existe pas ; possibles : « reader », « operator », « administrator » ; voyez « hub user add --help »",
		"deposits accept douze":                 "<id> : « douze » n’est pas un nombre entier ; voyez « hub deposits accept --help »",
		"status --json=oui":                     "--json : « oui » n’est ni true ni false ; voyez « hub status --help »",
		"demo --for dix":                        "--for : « dix » n’est pas une durée, comme 90s, 10m ou 24h ; voyez « hub demo --help »",
		"runs --limit":                          "--limit : la valeur manque ; voyez « hub runs --help »",
		"status --log-level fort":               "--log-level : « fort » n’existe pas ; possibles : debug, info, warn, error ; voyez « hub status --help »",
		"statistics --year 2024 --from 2024":    "--year et --from ne vont pas ensemble ; voyez « hub statistics --help »",
	} {
		if got := command(t, "", strings.Fields(line)...).want(exitUsage).err; got != "hub : "+said+"\n" {
			t.Errorf("hub %s:\n got %s want hub : %s", line, got, said)
		}
	}
}

// The help of every command is French, what the parser adds to it too.
func TestTheHelpIsFrench(t *testing.T) {
	t.Parallel()
	pages := 0
	var look func(path ...string)
	look = func(path ...string) {
		pages++
		page := command(t, "", append(path, "--help")...).want(exitOK, "Utilisation : hub", "Montrer cette aide.").out
		for _, english := range []string{"Usage", "lags", "Run ", "Show ", "Commands", "<command>", "Arguments:", "UINT"} {
			if strings.Contains(page, english) {
				t.Errorf("hub %s --help holds %q:\n%s", strings.Join(path, " "), english, page)
			}
		}
		if len(path) > 1 { // commands are two words at most
			return
		}
		_, listed, _ := strings.Cut(page, "\nCommandes :\n")
		for line := range strings.Lines(listed) {
			if strings.TrimSpace(line) == "" {
				break
			}
			if line, is := strings.CutPrefix(line, "  "); is && !strings.HasPrefix(line, " ") {
				look(strings.Fields(line)[:len(path)+1]...)
			}
		}
	}
	look()
	const several = 30
	if pages < several {
		t.Errorf("%d pages of help were found", pages)
	}
}

// No line of the help begins with a mark that belongs to the line above it, however wide the terminal is.
func TestNoLineOfTheHelpBeginsWithAMark(t *testing.T) {
	stray := regexp.MustCompile(`(?m)^.*(\s{3}[:;!?»]|«$).*$`)
	for _, columns := range []string{"60", "70", "80", "100"} {
		t.Setenv("COLUMNS", columns)
		for _, of := range []string{"", "serve", "library add", "library change", "user add", "user change", "runs", "statistics", "audit list"} {
			page := command(t, "", append(strings.Fields(of), "--help")...).want(exitOK).out
			if found := stray.FindString(page); found != "" {
				t.Errorf("at %s columns, %s --help: %q", columns, of, found)
			}
			if strings.Contains(page, held) {
				t.Errorf("%s --help holds what no font shows", of)
			}
		}
	}
	command(t, "", "library", "add", "--help").want(exitOK, "Cadence\u00a0: expression cron")
}
