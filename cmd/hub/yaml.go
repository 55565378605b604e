package main

import (
	"bytes"
	"errors"
	"io"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/carte-reseau/hub/internal/cards"
	"go.yaml.in/yaml/v3"
)

// decodeYAML reads the one document of a file, and refuses keys that are not in the structure. Of an empty file nothing is read.
func decodeYAML(text []byte, into any) error {
	decoder := yaml.NewDecoder(bytes.NewReader(text))
	decoder.KnownFields(true)
	err := decoder.Decode(into)
	if errors.Is(err, io.EOF) {
		return nil
	}
	if err != nil {
		return wrongYAML(text, err)
	}
	var second yaml.Node
	if err := decoder.Decode(&second); err == nil {
		return lineFault(second.Line, "un second document commence ici (« --- ») ; un seul est lu : réunissez-les, ou retirez cette ligne")
	} else if !errors.Is(err, io.EOF) {
		return wrongYAML(text, err)
	}
	return nil
}

func lineFault(line int, said string) error {
	return cards.Errorf(cards.Invalid, "ligne %d : %s", line, said)
}

// wrongYAML says in French what the library says in English, with the lines as people count them.
func wrongYAML(text []byte, err error) error {
	if wrong, is := errors.AsType[*yaml.TypeError](err); is {
		said := make([]string, 0, len(wrong.Errors))
		for _, one := range wrong.Errors {
			said = append(said, inFrench(one, wrongValues))
		}
		return cards.Errorf(cards.Invalid, "%s", strings.Join(said, "\n  "))
	}
	if line := notUTF8(text); line > 0 {
		return lineFault(line, "un caractère n’est pas en UTF-8 ; enregistrez le fichier en UTF-8")
	}
	return wrongSyntax(text, err)
}

// notUTF8 is the first line that is not; 0 where all is, or where a byte order mark says that it is something else.
func notUTF8(text []byte) int {
	if utf8.Valid(text) || bytes.HasPrefix(text, []byte("\xff\xfe")) || bytes.HasPrefix(text, []byte("\xfe\xff")) {
		return 0
	}
	for n, line := range bytes.Split(text, []byte("\n")) {
		if !utf8.Valid(line) {
			return n + 1
		}
	}
	return 0
}

// wrongValues are what may be wrong with what a line holds.
var wrongValues = wordings(
	`^line (\d+): `, `ligne $1 : `,
	`mapping key "(.*)" already defined at line (\d+)`, `la clé « $1 » est déjà à la ligne $2 ; gardez-en une`,
	`field (.*) not found in type main\.libraryEntry`, `la clé « $1 » n’existe pas ; clés possibles : `+strings.Join(keysOf(libraryEntry{}), ", "),
	`field (.*) not found in type main\.libraryFile`, `la clé « $1 » n’existe pas ici ; en tête est attendu « libraries: », et sous lui chaque bibliothèque`,
	`cannot unmarshal !!seq into (.*)`, `une liste n’est pas ce qui est attendu ; écrivez $1`,
	`cannot unmarshal !!map into (.*)`, `des clés ne sont pas ce qui est attendu ; écrivez $1`,
	"cannot unmarshal !!\\w+ `(.*)` into (.*)", `« $1 » n’est pas ce qui est attendu ; écrivez $2`,
	`écrivez string$`, `un seul texte, entre guillemets s’il le faut`,
	`écrivez int$`, `un nombre entier`,
	`écrivez bool$`, `true ou false`,
	`écrivez main\.repeated$`, `une liste, comme [a, b]`,
	`écrivez map\[string\]int$`, `des champs et leurs longueurs, comme { nom: 30, prenom: 30 }`,
	`écrivez \[\]main\.libraryEntry$`, `une liste, dont chaque bibliothèque commence par « - code: »`,
	`écrivez main\.libraryEntry$`, `les clés d’une bibliothèque, dont la première est « code: »`,
	`écrivez main\.libraryFile$`, `« libraries: » en tête, et sous lui chaque bibliothèque`,
)

// syntaxFault is what the library says of a file that is no YAML. Where it only saw later that something was wrong, it names the
// line above the one at which that begins.
type syntaxFault struct {
	english *regexp.Regexp
	begins  bool
	french  string
}

const quoteIt = "mettez la valeur entre guillemets, comme \"*/15 * * * *\""

var syntaxFaults = []syntaxFault{
	{regexp.MustCompile(`found a tab character`), false, "une tabulation décale le texte ; remplacez-la par des espaces"},
	{regexp.MustCompile(`cannot start any token`), false, "la valeur commence par un signe réservé à YAML (@, %, ` …) ; " + quoteIt},
	{regexp.MustCompile(`expected alphabetic or numeric character`), false, "une valeur qui commence par * ou & veut dire autre chose en YAML ; " + quoteIt},
	{regexp.MustCompile(`mapping values are not allowed`), false, "« : » ne peut être là : la ligne n’est pas alignée avec celle d’avant, ou la valeur, qui contient « : », est à mettre entre guillemets"},
	{regexp.MustCompile(`expected ':'`), false, "il manque « : » entre une clé et sa valeur"},
	{regexp.MustCompile(`unexpected end of stream`), false, "un guillemet s’ouvre ici et n’est pas fermé"},
	{regexp.MustCompile(`unknown escape character`), false, "« \\ » veut dire autre chose entre guillemets doubles ; employez des guillemets simples"},
	{regexp.MustCompile(`sequence entries are not allowed`), false, "« - » ne peut être là : il commence une ligne, sous la clé dont c’est la liste"},
	{regexp.MustCompile(`expected '-' indicator`), true, "dans la liste qui commence ici, une ligne n’est pas alignée ; chaque « - » se place sous le précédent, chaque clé sous la clé d’avant"},
	{regexp.MustCompile(`expected key`), true, "parmi les clés qui commencent ici, une ligne n’est pas alignée ; chaque clé se place sous celle d’avant"},
	{regexp.MustCompile(`expected ',' or '\]'`), true, "ce que « [ » ouvre ici n’est pas fermé ; il y manque « ] » ou une virgule"},
	{regexp.MustCompile(`expected ',' or '\}'`), true, "ce que « { » ouvre ici n’est pas fermé ; il y manque « } » ou une virgule"},
	{regexp.MustCompile(`expected node content`), true, "il manque une valeur, ou il y a une virgule de trop"},
}

var unknownAnchor = regexp.MustCompile(`unknown anchor '(.*)'`)

var atLine = regexp.MustCompile(`^yaml: (?:line (\d+): )?`)

func wrongSyntax(text []byte, err error) error {
	line := 0
	if at := atLine.FindStringSubmatch(err.Error()); at != nil {
		line, _ = strconv.Atoi(at[1]) // digits, or nothing for the first line
	}
	if tab := tabbed(text); tab > 0 {
		return lineFault(tab, "une tabulation commence la ligne ; YAML n’y accepte que des espaces")
	}
	for _, f := range syntaxFaults {
		if !f.english.MatchString(err.Error()) {
			continue
		}
		if f.begins || line == 0 {
			line++
		}
		return lineFault(line, f.french)
	}
	if name := unknownAnchor.FindStringSubmatch(err.Error()); name != nil {
		line = 1 + bytes.Count(text[:max(0, bytes.Index(text, []byte("*"+name[1])))], []byte("\n"))
		return lineFault(line, "la valeur « *"+name[1]+" » commence par *, qui veut dire autre chose en YAML ; "+quoteIt)
	}
	return cards.WrapError(cards.Invalid, err, "ce n’est pas du YAML bien formé")
}

var tabFirst = regexp.MustCompile(`^ *\t`)

// tabbed is the first line that begins with a tab: whatever else seems wrong then comes of it.
func tabbed(text []byte) int {
	return 1 + slices.IndexFunc(bytes.Split(text, []byte("\n")), tabFirst.Match)
}
