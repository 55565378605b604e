package main

import (
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/alecthomas/kong"
)

// settingsOfLine reads a command line as run does.
func settingsOfLine(t *testing.T, args ...string) (*Settings, error) {
	t.Helper()
	var cli commands
	parser, err := kong.New(&cli, kong.Name("hub"), kong.Vars{"version": version})
	if err != nil {
		t.Fatal(err)
	}
	resolver, err := loadSettings(parser, configFile(args))
	if err != nil {
		return nil, err
	}
	if err := kong.Resolvers(resolver).Apply(parser); err != nil {
		t.Fatal(err)
	}
	_, err = parser.Parse(args)
	return &cli.Settings, err
}

func writeFile(t *testing.T, name, content string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

func TestFlagsWinOverVariablesOverTheFile(t *testing.T) {
	file := writeFile(t, "hub.yaml", "code: du-fichier\ndomain: fichier.example.org\noai-page: 17\nftp-shared: true\nmax-document: 3MiB\n")
	t.Setenv("HUB_CONFIG", file)
	t.Setenv("HUB_DOMAIN", "variable.example.org")
	t.Setenv("HUB_OAI_PAGE", "18")
	t.Setenv("HUB_OAI_TOKEN_LIFE", "30m")
	s, err := settingsOfLine(t, "serve", "--oai-page=19")
	if err != nil {
		t.Fatal(err)
	}
	if s.Code != "du-fichier" || !s.FTPShared || s.MaxDocument != 3<<20 {
		t.Errorf("the file is not read: %+v", s)
	}
	if s.Domain != "variable.example.org" || s.OAITokenLife != 30*time.Minute {
		t.Errorf("a variable does not win over the file: %+v", s)
	}
	if s.OAIPage != 19 {
		t.Errorf("oai-page %d: the flag does not win", s.OAIPage)
	}
	if s.Listen != "127.0.0.1:8080" || s.Timezone != "Europe/Paris" {
		t.Errorf("a default is lost: %+v", s)
	}
}

func TestTheFileNamedByAFlagWinsOverTheVariable(t *testing.T) {
	t.Setenv("HUB_CONFIG", writeFile(t, "a.yaml", "code: a\n"))
	for _, line := range [][]string{
		{"serve", "--config", writeFile(t, "b.yaml", "code: b\n")},
		{"--config=" + writeFile(t, "b.yaml", "code: b\n"), "serve"},
	} {
		s, err := settingsOfLine(t, line...)
		if err != nil {
			t.Fatal(err)
		}
		if s.Code != "b" {
			t.Errorf("code %q from %v", s.Code, line)
		}
	}
}

func TestAWrongSettingIsNamed(t *testing.T) {
	t.Parallel()
	data := "--data=" + t.TempDir()
	for name, c := range map[string]struct {
		args   []string
		status int
		pieces []string
	}{
		"a key that is no setting": {
			[]string{"version", "--config=" + writeFile(t, "hub.yaml", "ecoute: 127.0.0.1:80\n")},
			exitUsage,
			[]string{"hub.yaml", "« ecoute »", "n’existe pas", "listen"},
		},
		"a file that is no YAML": {
			[]string{"version", "--config=" + writeFile(t, "hub.yaml", "code: [a\n")},
			exitUsage,
			[]string{"hub.yaml", "illisible"},
		},
		"a file that is not there": {[]string{"version", "--config=" + filepath.Join(t.TempDir(), "rien.yaml")}, exitUsage, []string{"rien.yaml", "illisible"}},
		"a size":                   {[]string{"version", "--max-document=3Mo"}, exitUsage, []string{"« 3Mo »", "MiB"}},
		"a size without its unit":  {[]string{"version", "--max-document=512"}, exitUsage, []string{"« 512 »", "1KiB au moins"}},
		"an unknown flag":          {[]string{"version", "--couleur=bleu"}, exitUsage, []string{"couleur"}},
		"an unknown command":       {[]string{"danser"}, exitUsage, []string{"danser"}},
		"a time zone":              {[]string{"migrate", data, "--timezone=Romans"}, exitError, []string{"HUB_TIMEZONE", "« Romans »", "Europe/Paris"}},
		"a database":               {[]string{"migrate", data, "--database=mysql://x"}, exitError, []string{"HUB_DATABASE", "sqlite:"}},
		"an FTP address":           {[]string{"serve", data, "--listen=127.0.0.1:0", "--ftp=gopher://x"}, exitError, []string{"HUB_FTP"}},
		"an SMTP address":          {[]string{"serve", data, "--listen=127.0.0.1:0", "--smtp=gopher://x"}, exitError, []string{"HUB_SMTP"}},
		"a page size":              {[]string{"serve", data, "--listen=127.0.0.1:0", "--oai-page=5001"}, exitError, []string{"HUB_OAI_PAGE"}},
	} {
		t.Run(name, func(t *testing.T) {
			command(t, "", c.args...).want(c.status, c.pieces...)
		})
	}
}

func TestTheFilesOfDeployAreRead(t *testing.T) {
	t.Parallel()
	s, err := settingsOfLine(t, "serve", "--config=../../deploy/hub.yaml")
	if err != nil {
		t.Fatal(err)
	}
	if s.Domain != "reseau.example.fr" || s.PublicURL != "https://reseau.example.fr" {
		t.Errorf("settings of deploy/hub.yaml: %+v", s)
	}

	// What is commented out shows the defaults: with all of it read, every
	// setting that has one keeps it.
	text, err := os.ReadFile("../../deploy/hub.yaml")
	if err != nil {
		t.Fatal(err)
	}
	shown, err := settingsOfLine(t, "serve", "--config="+writeFile(t, "hub.yaml", uncommented(string(text))))
	if err != nil {
		t.Fatal(err)
	}
	shown.Config, s.Config = "", ""
	if !reflect.DeepEqual(shown, s) {
		t.Errorf("the defaults shown in deploy/hub.yaml are not the program's:\n%+v\n%+v", shown, s)
	}
}

// uncommented takes the comment sign from the lines that show a default.
func uncommented(text string) string {
	var b strings.Builder
	for line := range strings.Lines(text) {
		rest, comment := strings.CutPrefix(line, "# ")
		name, _, isKey := strings.Cut(rest, ":")
		if comment && isKey && name != "" && strings.Trim(name, "abcdefghijklmnopqrstuvwxyz-") == "" {
			line = rest
		}
		b.WriteString(line)
	}
	return b.String()
}

func TestVersionAndHelp(t *testing.T) {
	t.Parallel()
	command(t, "", "version").want(exitOK, "hub "+version)
	command(t, "", "--help").want(exitOK, "serve", "demo", "library", "user", "import", "status", "migrate", "version")
	command(t, "", "library", "add", "--help").want(exitOK, "--key-file", "--oai-url", "--not-held")
	command(t, "", "-help").want(exitOK, "Utilisation : hub <commande>") // as other programs made with Go have it
	command(t, "", "library", "add", "-help").want(exitOK, "--key-file")
	command(t, "").want(exitUsage)
}
