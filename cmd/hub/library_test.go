package main

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/carte-reseau/hub/internal/cards"
	"github.com/carte-reseau/hub/internal/exchange"
	"github.com/carte-reseau/hub/internal/store/storetest"
)

var printedKey = regexp.MustCompile(`(?m)^(?:Clé|Nouvelle clé) de \S+ \(elle ne sera plus jamais affichée\) : (\S{16,})$`)

// keyIn finds the one key a command printed.
func keyIn(t *testing.T, a answer) string {
	t.Helper()
	found := printedKey.FindAllStringSubmatch(a.out, -1)
	if len(found) != 1 {
		t.Fatalf("%d keys in:\n%s", len(found), a.out)
	}
	return found[0][1]
}

func (s *site) signsIn(code, key string) bool {
	s.t.Helper()
	_, err := s.foundation().store.Authenticate(context.Background(), code, key)
	if err != nil && cards.CodeOf(err) != cards.Unauthorized {
		s.t.Fatal(err)
	}
	return err == nil
}

func TestAKeyIsMadeAndPrintedOnce(t *testing.T) {
	t.Parallel()
	eachDatabase(t, func(t *testing.T, database string) {
		s := newSite(t, database)
		key := keyIn(t, s.hub("library", "add", "mours", "--name=Mours", "--email=mours@example.org").want(exitOK))
		if !s.signsIn("mours", key) || s.signsIn("mours", key+"x") {
			t.Error("the printed key is not the key")
		}
		for _, args := range [][]string{{"library", "list"}, {"library", "show", "mours"}, {"library", "list", "--json"}, {"library", "show", "mours", "--json"}, {"status"}} {
			if a := s.hub(args...).want(exitOK, "mours"); strings.Contains(a.out+a.err, key) {
				t.Errorf("%v shows the key", args)
			}
		}
		s.hub("library", "add", "mours", "--name=Mours", "--email=mours@example.org").want(exitError, "mours")
		if !s.signsIn("mours", key) {
			t.Error("a second add took the key away")
		}
	})
}

func TestAKeyIsReadFromAFileOrStandardInput(t *testing.T) {
	t.Parallel()
	s := newSite(t, storetest.SQLiteDatabase(t))
	add := []string{"library", "add", "mours", "--name=Mours", "--email=mours@example.org"}
	s.hubReading("trop-courte\n", append(add, "--key-file=-")...).want(exitError, "16 caractères")
	s.hub(append(add, "--key-file="+filepath.Join(t.TempDir(), "rien"))...).want(exitError, "impossible de lire")
	s.hub("library", "show", "mours").want(exitError)

	a := s.hubReading("une clé bien assez longue\n", append(add, "--key-file=-")...).want(exitOK)
	if strings.Contains(a.out, "clé") {
		t.Errorf("a key that was given is printed: %s", a.out)
	}
	if !s.signsIn("mours", "une clé bien assez longue") {
		t.Error("the key of standard input does not sign in")
	}
	s.hub("library", "change", "mours", "--key-file="+writeFile(t, "key", "une autre clé, longue aussi\r\n")).want(exitOK)
	if s.signsIn("mours", "une clé bien assez longue") || !s.signsIn("mours", "une autre clé, longue aussi") {
		t.Error("the new key did not replace the old one")
	}
	key := keyIn(t, s.hub("library", "change", "mours", "--new-key").want(exitOK))
	if s.signsIn("mours", "une autre clé, longue aussi") || !s.signsIn("mours", key) {
		t.Error("the made key did not replace the old one")
	}
}

// Both secrets of a library cannot come by standard input: the first would take all of it, and be kept as what it is not.
func TestStandardInputGivesOneSecret(t *testing.T) {
	t.Parallel()
	s := newSite(t, storetest.SQLiteDatabase(t))
	s.library("mours", "--ils-user=hub")
	secrets := []string{"--ils-user=hub", "--ils-password-file=-", "--key-file=-"}
	file := writeFile(t, "libraries.yaml", "libraries:\n  - code: peyrins\n    name: Peyrins\n    email: p@example.org\n    ils-password-file: '-'\n    key-file: '-'\n")
	for name, args := range map[string][]string{
		"add":    append([]string{"library", "add", "peyrins", "--name=Peyrins", "--email=p@example.org"}, secrets...),
		"change": append([]string{"library", "change", "mours"}, secrets...),
		"import": {"library", "import", file},
	} {
		t.Run(name, func(t *testing.T) {
			s.hubReading("la clé ou le mot de passe ?\n", args...).want(exitError, "ne donne qu’un secret")
		})
	}
}

func TestAChangeWhoseKeyIsRefusedChangesNothing(t *testing.T) {
	t.Parallel()
	s := newSite(t, storetest.SQLiteDatabase(t))
	s.library("mours")
	file := writeFile(t, "libraries.yaml", "libraries:\n  - code: mours\n    name: Ailleurs\n    key-file: rien\n")
	for name, args := range map[string][]string{
		"change": {"library", "change", "mours", "--name=Ailleurs", "--key-file=-"},
		"import": {"library", "import", file},
	} {
		t.Run(name, func(t *testing.T) {
			s.hubReading("courte\n", args...).want(exitError)
			if a := s.hub("library", "show", "mours").want(exitOK); strings.Contains(a.out, "Ailleurs") {
				t.Errorf("the command failed and was half done:\n%s", a.out)
			}
		})
	}
}

func TestALibraryThatCannotBeIsRefused(t *testing.T) {
	t.Parallel()
	s := newSite(t, storetest.SQLiteDatabase(t))
	for name, args := range map[string][]string{
		"capitals":         {"Mours", "--name=Mours", "--email=mours@example.org"},
		"33 characters":    {strings.Repeat("m", 33), "--name=Mours", "--email=mours@example.org"},
		"a path":           {"../mours", "--name=Mours", "--email=mours@example.org"},
		"no name":          {"mours", "--email=mours@example.org"},
		"no address":       {"mours", "--name=Mours"},
		"no such field":    {"mours", "--name=Mours", "--email=mours@example.org", "--not-held=pointure"},
		"no such width":    {"mours", "--name=Mours", "--email=mours@example.org", "--width=pointure=3"},
		"no schedule":      {"mours", "--name=Mours", "--email=mours@example.org", "--oai-url=http://x.example/oai", "--harvest=parfois"},
		"no password file": {"mours", "--name=Mours", "--email=mours@example.org", "--ils-user=x", "--ils-password-file=/nulle/part"},
	} {
		t.Run(name, func(t *testing.T) {
			if a := s.hub(append([]string{"library", "add"}, args...)...); a.status != exitError || a.err == "" || strings.Contains(a.out, "Clé") {
				t.Errorf("status %d, %q, %q", a.status, a.out, a.err)
			}
		})
	}
	if a := s.hub("library", "list").want(exitOK); strings.Contains(strings.ToLower(a.out), "mours") {
		t.Errorf("one was added:\n%s", a.out)
	}
	for _, verb := range []string{"show", "change", "pause", "resume", "remove"} {
		s.hub("library", verb, "inconnue").want(exitError, "« inconnue » n’existe pas dans le réseau")
	}
}

func TestALibraryIsListedShownChangedPausedAndResumed(t *testing.T) {
	t.Parallel()
	eachDatabase(t, func(t *testing.T, database string) {
		s := newSite(t, database)
		s.library("beauvoir", "--serves=beauvoir-jeunesse", "--oai-url=http://127.0.0.1:9/oai", "--oai-set=cartes", "--oai-prefix=carte",
			"--harvest=@every 1h", "--push-url=http://127.0.0.1:9/cartes", "--ils-user=reseau",
			"--ils-password-file="+writeFile(t, "password", "mot de passe du SIGB\n"), "--width=nom=30", "--width=prenom=20", "--not-held=portable")
		s.library("mours")
		list := s.hub("library", "list").want(exitOK)
		if !regexp.MustCompile(`(?m)^beauvoir .*moisson OAI, POST +envoi REST +active$`).MatchString(list.out) ||
			!regexp.MustCompile(`(?m)^mours .* POST +moissonnage du concentrateur +active$`).MatchString(list.out) {
			t.Errorf("list:\n%s", list.out)
		}
		shown := s.hub("library", "show", "beauvoir").want(exitOK, "beauvoir-jeunesse", "http://127.0.0.1:9/oai", "@every 1h", "nom=30, prenom=20", "portable")
		if strings.Contains(shown.out, "mot de passe du SIGB") || strings.Contains(shown.out, keyOf("beauvoir")) {
			t.Errorf("a secret is shown:\n%s", shown.out)
		}
		s.hub("library", "change", "beauvoir", "--name=Le Beau Voir").want(exitOK)
		s.hub("library", "change", "beauvoir", "--harvest=jamais").want(exitError)
		changed := s.hub("library", "show", "beauvoir").want(exitOK, "Le Beau Voir").out
		if want := strings.Replace(shown.out, "Bibliothèque de beauvoir", "Le Beau Voir", 1); changed != want {
			t.Errorf("a change of the name left:\n%s\nwant:\n%s", changed, want)
		}
		l, err := s.foundation().store.Library(t.Context(), "beauvoir")
		if err != nil || l.ILSPassword != "mot de passe du SIGB" {
			t.Errorf("the password was lost: %v", err)
		}

		s.hub("library", "pause", "mours", "--reason=déménagement").want(exitOK)
		s.hub("library", "list").want(exitOK, "suspendue : déménagement")
		s.hub("status").want(exitOK, "suspendue : déménagement")
		s.hub("library", "resume", "mours").want(exitOK)
		s.hub("status").want(exitOK, "aucun échange encore")

		var settings struct {
			Code   string
			Widths map[string]int
		}
		document := s.hub("library", "show", "beauvoir", "--json").want(exitOK).out
		if err := json.Unmarshal([]byte(document), &settings); err != nil || settings.Code != "beauvoir" || settings.Widths["nom"] != 30 {
			t.Errorf("%+v, %v", settings, err)
		}
		if lines := s.hub("library", "list", "--json").want(exitOK).out; strings.Count(lines, "\n") != 2 || !strings.Contains(lines, document) {
			t.Errorf("not a line for each:\n%s", lines)
		}
		s.hub("audit", "list", "--subject=bibliotheque mours").want(exitOK, "create-library", "pause-library", "resume-library")
		s.hub("audit", "list", "--subject=bibliothèque beauvoir").want(exitOK, "bibliothèque beauvoir", "create-library", "change-library")
	})
}

const twoLibraries = `libraries:
  - code: mours
    name: Bibliothèque de Mours
    email: mours@example.org
    key-file: mours.key
    width: { nom: 30 }
  - { code: peyrins, name: Bibliothèque de Peyrins, email: peyrins@example.org }
`

func TestAListOfLibrariesIsReadAgainWithoutHarm(t *testing.T) {
	t.Parallel()
	eachDatabase(t, func(t *testing.T, database string) {
		s := newSite(t, database)
		file := writeFile(t, "libraries.yaml", twoLibraries)
		if err := os.WriteFile(filepath.Join(filepath.Dir(file), "mours.key"), []byte("la clé de mours, assez longue\n"), 0o600); err != nil {
			t.Fatal(err)
		}
		key := keyIn(t, s.hub("library", "import", file).want(exitOK, "mours est dans le réseau", "peyrins est dans le réseau"))
		before := s.hub("library", "list").out + s.hub("library", "show", "mours").out + s.hub("library", "show", "peyrins").out
		again := s.hub("library", "import", file).want(exitOK, "mours : réglages à jour", "peyrins : réglages à jour")
		if strings.Contains(again.out, "Clé") || strings.Contains(again.out, "clé") {
			t.Errorf("the second time tells a key:\n%s", again.out)
		}
		after := s.hub("library", "list").out + s.hub("library", "show", "mours").out + s.hub("library", "show", "peyrins").out
		if before != after || !strings.Contains(after, "nom=30") {
			t.Errorf("before:\n%s\nafter:\n%s", before, after)
		}
		if !s.signsIn("peyrins", key) || !s.signsIn("mours", "la clé de mours, assez longue") {
			t.Error("a key changed")
		}

		mours, _, _ := strings.Cut(twoLibraries, "    key-file")
		changed := writeFile(t, "libraries.yaml", strings.Replace(mours, "Mours", "Mours-Saint-Eusèbe", 1))
		s.hub("library", "import", changed).want(exitOK)
		s.hub("library", "show", "mours").want(exitOK, "Mours-Saint-Eusèbe", "nom=30")
	})
}

func TestAListOfLibrariesThatCannotBeReadSaysWhy(t *testing.T) {
	t.Parallel()
	s := newSite(t, storetest.SQLiteDatabase(t))
	for name, text := range map[string]string{
		"a key nobody knows": "libraries:\n  - {code: mours, name: M, email: m@example.org, couleur: bleue}\n",
		"no YAML":            "libraries: [",
		"another file":       "code: reseau\n",
	} {
		t.Run(name, func(t *testing.T) {
			s.hub("library", "import", writeFile(t, "l.yaml", text)).want(exitError, "l.yaml", "n’est pas un fichier de bibliothèques")
		})
	}
}

// One entry copied and not quite changed would give a library the settings of another without a word; and nothing is done of a
// file that could only be done in part.
func TestALibraryStandsOnceInTheListUnderItsCode(t *testing.T) {
	t.Parallel()
	s := newSite(t, storetest.SQLiteDatabase(t))
	const mours = "libraries:\n  - {code: mours, name: Mours, email: mours@example.org}\n"
	for second, says := range map[string]string{
		"  - {code: mours, name: Peyrins, email: peyrins@example.org}\n": "la 2e bibliothèque porte le code mours, comme la 1re",
		"  - {name: Peyrins, email: peyrins@example.org}\n":              "la 2e bibliothèque n’a pas de code",
		"  - {code: Peyrins, name: Peyrins}\n":                           "la 2e bibliothèque : le code « Peyrins » n’est pas fait de 1 à 32 caractères parmi a-z, 0-9 et -",
	} {
		s.hub("library", "import", writeFile(t, "l.yaml", mours+second)).want(exitError, "l.yaml", says)
		s.hub("library", "show", "mours").want(exitError, "mours")
	}
}

func TestTheLibrariesOfDeployAreRead(t *testing.T) {
	t.Parallel()
	text, err := os.ReadFile("../../deploy/libraries.yaml")
	if err != nil {
		t.Fatal(err)
	}
	file := writeFile(t, "libraries.yaml", string(text))
	passwords := filepath.Join(filepath.Dir(file), "ils")
	if err := os.Mkdir(passwords, 0o700); err != nil {
		t.Fatal(err)
	}
	for _, code := range []string{"beauvoir", "monnaie"} {
		if err := os.WriteFile(filepath.Join(passwords, code), []byte("mot-de-passe\n"), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	s := newSite(t, storetest.SQLiteDatabase(t))
	if made := printedKey.FindAllString(s.hub("library", "import", file).want(exitOK).out, -1); len(made) != 8 {
		t.Errorf("%d keys were made, want 8", len(made))
	}
	s.hub("library", "show", "monnaie").want(exitOK, "monnaie-jeunesse", "nom=30, prenom=30", "portable", "en préparation", "https://sigb.monnaie.example.fr/cartes")
}

// openedWith is what commands work with, and one of the site's libraries.
func (s *site) openedWith(code string) (*foundation, *cards.Library) {
	s.t.Helper()
	f, err := open(s.t.Context(), &s.Settings, console{out: io.Discard, err: io.Discard})
	if err != nil {
		s.t.Fatal(err)
	}
	l, err := f.store.Library(s.t.Context(), code)
	if err != nil {
		s.t.Fatal(err)
	}
	return f, l
}

// Half an export would keep the next try from its file, and be taken for a whole one.
func TestAnExportThatBreaksOffLeavesNoFile(t *testing.T) {
	t.Parallel()
	s := newSite(t, "sqlite:hub.db")
	s.library("mours")
	f, mours := s.openedWith("mours")
	f.close() // the database is gone while the cards are written
	path := filepath.Join(t.TempDir(), "mours.xml")
	if _, err := f.export(t.Context(), mours, path); err == nil {
		t.Fatal("nothing went wrong")
	}
	if _, err := os.Stat(path); !os.IsNotExist(err) {
		t.Errorf("the file is left: %v", err)
	}
	s.hub("library", "remove", "mours", "--export="+path).want(exitOK)
}

// The export of a library that stays would keep the next try from its file.
func TestARemovalThatFailsDoesNotStandInTheWayOfTheNext(t *testing.T) {
	t.Parallel()
	eachDatabase(t, func(t *testing.T, database string) {
		s := newSite(t, database)
		s.library("mours")
		refuse, allow := "ALTER TABLE libraries ADD CONSTRAINT stays CHECK (removed = 0)", "ALTER TABLE libraries DROP CONSTRAINT stays"
		if strings.HasPrefix(database, "sqlite:") {
			refuse, allow = "CREATE TRIGGER stays BEFORE UPDATE OF removed ON libraries BEGIN SELECT RAISE(ABORT, 'stays'); END", "DROP TRIGGER stays"
		}
		path := filepath.Join(t.TempDir(), "mours.xml")
		s.execute(database, refuse)
		s.hub("library", "remove", "mours", "--export="+path).want(exitError)
		if _, err := os.Stat(path); !os.IsNotExist(err) {
			t.Errorf("the export of a library that stayed is left: %v", err)
		}
		s.execute(database, allow)
		s.hub("library", "remove", "mours", "--export="+path).want(exitOK)
	})
}

// Where the library is gone all the same, or nobody can tell, the export may be needed: it is kept, and said to be.
func TestTheExportOfALibraryThatMayBeGoneIsKept(t *testing.T) {
	t.Parallel()
	for name, lose := range map[string]func(f *foundation, l *cards.Library) error{
		"gone":    func(f *foundation, l *cards.Library) error { return f.store.RemoveLibrary(t.Context(), l.ID) },
		"unknown": func(f *foundation, _ *cards.Library) error { return f.store.Close() },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := newSite(t, "sqlite:hub.db")
			s.library("mours")
			f, mours := s.openedWith("mours")
			defer f.close()
			path := writeFile(t, "mours.xml", "<cartes/>")
			if err := lose(f, mours); err != nil {
				t.Fatal(err)
			}
			cause := cards.Errorf(cards.Unavailable, "La base de données ne répond pas.")
			err := f.notRemoved(t.Context(), mours, path, cause)
			if cards.CodeOf(err) != cards.Unavailable || !errors.Is(err, cause) || !strings.Contains(cards.MessageOf(err), path) {
				t.Errorf("%v", err)
			}
			if _, err := os.Stat(path); err != nil {
				t.Errorf("the export is not kept: %v", err)
			}
		})
	}
}

func TestRemovingALibraryExportsItsCardsFirst(t *testing.T) {
	t.Parallel()
	eachDatabase(t, func(t *testing.T, database string) {
		s := newSite(t, database)
		s.library("mours")
		s.library("peyrins")
		const count = 1203 // several pages of the export, and not a round number
		s.hub("import", writeFile(t, "m.xml", documentOf("mours", manyCards("M", count)...)), "--library=mours").want(exitOK)
		s.hub("import", writeFile(t, "p.xml", documentOf("peyrins", manyCards("P", 3)...)), "--library=peyrins").want(exitOK)

		taken := writeFile(t, "there.xml", "quelque chose de précieux")
		s.hub("library", "remove", "mours", "--export="+taken).want(exitError, "there.xml existe déjà", "--export")
		if text, err := os.ReadFile(taken); err != nil || string(text) != "quelque chose de précieux" {
			t.Errorf("the file was replaced: %q %v", text, err)
		}
		if !s.signsIn("mours", keyOf("mours")) {
			t.Fatal("the library was removed although its export failed")
		}

		export := filepath.Join(t.TempDir(), "mours.xml")
		s.hub("library", "remove", "mours", "--export="+export).want(exitOK, "1\u202f203 cartes", "ses cartes restent")
		if got := numbersIn(t, export); len(got) != count || !got["M000000"] || !got["M001202"] {
			t.Errorf("%d cards in the export, want %d", len(got), count)
		}
		if info, err := os.Stat(export); err != nil || info.Mode().Perm() != 0o600 {
			t.Errorf("the export's mode: %v %v", info.Mode(), err)
		}
		if s.signsIn("mours", keyOf("mours")) {
			t.Error("the key still signs in")
		}
		if list := s.hub("library", "list").out; strings.Contains(list, "mours") || !strings.Contains(list, "peyrins") {
			t.Errorf("list:\n%s", list)
		}
		left := 0
		for _, err := range s.foundation().store.Cards(t.Context(), "") {
			if err != nil {
				t.Fatal(err)
			}
			left++
		}
		if left != count+3 {
			t.Errorf("%d cards stay, want %d", left, count+3)
		}
	})
}

// numbersIn reads a document of the hub as the hub reads those of others.
func numbersIn(t *testing.T, path string) map[string]bool {
	t.Helper()
	file, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = file.Close() }()
	reader, err := exchange.NewReader(file, exchange.Options{})
	if err != nil {
		t.Fatal(err)
	}
	if reader.Envelope.Establishment != "reseau" {
		t.Errorf("the export is in the name of %q", reader.Envelope.Establishment)
	}
	numbers := map[string]bool{}
	for {
		item, err := reader.Next()
		if errors.Is(err, io.EOF) {
			return numbers
		}
		if err != nil {
			t.Fatal(err)
		}
		if len(item.Faults) > 0 {
			t.Errorf("a card of the export is faulty: %v", item.Faults)
		}
		numbers[item.Incoming.Number] = true
	}
}

// Who says how a library is to be harvested, and forgot where, is told: it would be taken, and nothing ever harvested.
func TestHowToHarvestIsRefusedWithoutWhere(t *testing.T) {
	t.Parallel()
	s := newSite(t, storetest.SQLiteDatabase(t))
	add := []string{"library", "add", "mours", "--name=Mours", "--email=mours@example.org"}
	for _, how := range []string{"--harvest=@every 1h", "--oai-set=reseau", "--oai-prefix=carte"} {
		s.hub(append(add, how)...).want(exitError, "oai-url", how[2:strings.IndexByte(how, '=')])
		s.hub("library", "show", "mours").want(exitError)
	}
	file := writeFile(t, "l.yaml", "libraries: [{code: mours, name: Mours, email: mours@example.org, harvest: '@every 1h'}]\n")
	s.hub("library", "import", file).want(exitError, "oai-url", "harvest")

	where := []string{"--oai-url=https://mours.example.org/oai", "--oai-prefix=carte", "--harvest=@every 1h"}
	s.hub(append(add, where...)...).want(exitOK)
	s.hub("library", "change", "mours", "--oai-url=", "--harvest=@every 2h").want(exitError, "oai-url", "harvest")
	s.hub("library", "change", "mours", "--oai-url=").want(exitOK)
	s.hub("library", "change", "mours", "--oai-set=reseau").want(exitError, "oai-url", "oai-set")
	s.hub("library", "change", "mours", "--oai-prefix=", "--harvest=", "--name=Mours-Saint-Eusèbe").want(exitOK)
}

// No way in is listed that the network has not.
func TestTheListNamesTheDropWhereThereIsOne(t *testing.T) {
	t.Parallel()
	s := newSite(t, storetest.SQLiteDatabase(t))
	s.library("mours")
	s.library("beauvoir", "--oai-url=https://beauvoir.example.org/oai", "--oai-prefix=carte")
	s.hub("library", "list").want(exitOK, "moisson OAI, POST  ").lacks("FTP")
	s.hub("library", "list", "--ftp=embedded://127.0.0.1:0").want(exitOK, "moisson OAI, POST, FTP", "  POST, FTP")
}
