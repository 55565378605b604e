package main

import (
	"bytes"
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"

	"github.com/alecthomas/kong"
)

// wording is what the parser of command lines says, in English only, and what it is in French.
type wording struct {
	english *regexp.Regexp
	french  string
}

func wordings(pairs ...string) []wording {
	var all []wording
	for i := 0; i+1 < len(pairs); i += 2 {
		all = append(all, wording{regexp.MustCompile(pairs[i]), pairs[i+1]})
	}
	return all
}

// mistakes are what may be wrong with a command line. Each stands for a part of what is said, so that the option it is about,
// and what was meant perhaps, stay around it.
var mistakes = wordings(
	`unexpected argument (.+?)(, did you mean|$)`, `argument inattendu : « $1 »$2`,
	`unknown flag `, `option inconnue : `,
	`, did you mean one of (.+)\?$`, ` ; une de celles-ci, peut-être : $1`,
	`, did you mean (.+)\?$`, ` ; peut-être $1`,
	`^missing flags: `, `il manque : `,
	`, \.\.\.$`, `…`,
	`^expected one of `, `il manque la suite : `,
	`^expected "(<[^"]*)"$`, `il manque : $1`,
	`^missing positional arguments `, `il manque : `,
	`^(--\S+) and (--\S+) can't be used together`, `$1 et $2 ne vont pas ensemble`,
	`^(\S+) must be one of (?:"",)?(.+) but got "(.*)"$`, `$1 : « $3 » n’existe pas ; possibles : $2`,
	`slog: level string "(.*)": unknown name`, `« $1 » n’existe pas ; possibles : debug, info, warn, error`,
	`","`, `", "`,
	`^(--\S+|<[^>]+>): `, `$1 : `,
	`; perhaps try (\S+)\?$`, ``, // a value that begins with a dash: there is none
	`expected \S+ value but got "EOL" \(<EOL>\)`, `la valeur manque`,
	`expected \S+ value but got "(.*?)" \([^)]*\)`, `la valeur manque avant « $1 »`,
	`expected a valid \d+ bit u?int but got "(.*)"`, `« $1 » n’est pas un nombre entier`,
	`bool value must be true, 1, yes, false, 0 or no but got "(.*)"`, `« $1 » n’est ni true ni false`,
	`expected duration but got "(.*?)".*`, `« $1 » n’est pas une durée, comme 90s, 10m ou 24h`,
	`expected "<key>=<value>" but got "(.*)"`, `« $1 » n’est pas de la forme CHAMP=N`,
	`invalid map value "(.*)"`, `« $1 » n’est pas un nombre entier`,
	`unexpected flag argument "(.*)"`, `« $1 » est de trop : cette option ne prend pas de valeur`,
	`"([^"]*)"`, `« $1 »`,
)

// headings are what stands around the help of our own.
var headings = wordings(
	`^Usage: `, `Utilisation : `,
	`<command>`, `<commande>`,
	`\[flags\]$`, `[options]`,
	`^Flags:$`, `Options :`,
	`^Arguments:$`, `Arguments :`,
	`^Commands:$`, `Commandes :`,
	`^Run "(.*) <commande> --help" for more information on a command\.$`, `« $1 <commande> --help » en dit plus sur une commande.`,
	`^Run "(.*)" for more information\.$`, `« $1 » en dit plus.`,
)

func inFrench(text string, known []wording) string {
	for _, w := range known {
		text = w.english.ReplaceAllString(text, w.french)
	}
	return text
}

// mistaken says what is wrong with a command line, and where to read how it goes.
func mistaken(err error) error {
	parse, is := errors.AsType[*kong.ParseError](err)
	if !is {
		return err
	}
	command := "hub"
	if selected := parse.Context.Selected(); selected != nil {
		command = strings.TrimSpace(selected.FullPath())
	}
	return fmt.Errorf("%s ; voyez « %s --help »", inFrench(err.Error(), mistakes), command)
}

// withHelp takes -help, which other programs have, for --help: letter by letter it would be refused as -e.
func withHelp(args []string) []string {
	args = slices.Clone(args)
	for i, arg := range args {
		if arg == "-help" {
			args[i] = "--help"
		}
	}
	return args
}

// helpInFrench prints the help kong makes.
func helpInFrench(options kong.HelpOptions, ctx *kong.Context) error {
	out := ctx.Stdout
	defer func() { ctx.Stdout = out }()
	var page bytes.Buffer
	ctx.Stdout = &page
	if err := kong.DefaultHelpPrinter(options, ctx); err != nil {
		return err
	}
	for line := range strings.Lines(page.String()) {
		if _, err := fmt.Fprintln(out, letting.Replace(inFrench(strings.TrimSuffix(line, "\n"), headings))); err != nil {
			return err
		}
	}
	return nil
}
