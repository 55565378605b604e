package main

import (
	"strings"

	"github.com/carte-reseau/hub/internal/cards"
	"github.com/carte-reseau/hub/internal/jobs"
)

// libraryFlags are the settings of a library, on the command line and in a
// YAML file alike. What is nil was not given.
type libraryFlags struct {
	Name            *string        `name:"name" yaml:"name" placeholder:"NOM" help:"Nom affiché."`
	Email           *string        `name:"email" yaml:"email" placeholder:"ADRESSE" help:"Reçoit les fichiers refusés."`
	Serves          repeated       `name:"serves" yaml:"serves" placeholder:"CODE" help:"Autres établissements de la même base (répétable)."`
	OAIURL          *string        `name:"oai-url" yaml:"oai-url" placeholder:"URL" help:"Serveur OAI-PMH du SIGB, que le concentrateur moissonne."`
	OAISet          *string        `name:"oai-set" yaml:"oai-set" placeholder:"SET" help:"Ensemble à moissonner."`
	OAIPrefix       *string        `name:"oai-prefix" yaml:"oai-prefix" placeholder:"PRÉFIXE" help:"Préfixe de métadonnées du SIGB."`
	Harvest         *string        `name:"harvest" yaml:"harvest" placeholder:"CRON" help:"Cadence : expression cron en UTC ou @every."`
	PushURL         *string        `name:"push-url" yaml:"push-url" placeholder:"URL" help:"Service REST du SIGB, que le concentrateur appelle."`
	ILSUser         *string        `name:"ils-user" yaml:"ils-user" placeholder:"NOM" help:"Compte sur les serveurs du SIGB."`
	ILSPasswordFile *string        `name:"ils-password-file" yaml:"ils-password-file" placeholder:"FICHIER" help:"Mot de passe de ce compte (- : entrée standard)."`
	Width           map[string]int `name:"width" yaml:"width" placeholder:"CHAMP=N" help:"Longueur à laquelle le SIGB coupe un champ (répétable)."`
	NotHeld         repeated       `name:"not-held" yaml:"not-held" placeholder:"CHAMP" help:"Champ que le SIGB n’a pas (répétable)."`
}

// repeated is an option that may be given several times, or once with commas;
// given without a value it is an empty list. Of a plain []string the command
// line could not tell that from one that was not given, and of a pointer to one
// it would keep the last value only.
type repeated []string

// UnmarshalText adds the values of one occurrence.
func (r *repeated) UnmarshalText(text []byte) error { //nolint:unparam // encoding.TextUnmarshaler has one
	if *r == nil {
		*r = repeated{}
	}
	for value := range strings.SplitSeq(string(text), ",") {
		if value = strings.TrimSpace(value); value != "" {
			*r = append(*r, value)
		}
	}
	return nil
}

// password is the one that was given, nil where none was. It is read before the
// settings it goes with: somebody may be typing it for minutes.
func (a libraryFlags) password(c console, keyFile string) (*string, error) {
	if a.ILSPasswordFile == nil {
		return nil, nil
	}
	if err := oneSecret(*a.ILSPasswordFile, keyFile); err != nil {
		return nil, err
	}
	typed, err := readSecretText(c, *a.ILSPasswordFile)
	return &typed, err
}

// givenLibrary are settings with the secrets that go with them.
type givenLibrary struct {
	libraryFlags
	password *string // nil: none was given
	key      string  // empty: the one there is stays
	made     bool
}

// read reads the secrets, all before anything is done: one may be refused.
func (a libraryFlags) read(c console, keyFile string, wantsKey bool) (g givenLibrary, err error) {
	g.libraryFlags = a
	if g.password, err = a.password(c, keyFile); err == nil && wantsKey {
		g.key, g.made, err = newKey(c, keyFile)
	}
	return g, err
}

// apply lays what was given over a library.
func (a libraryFlags) apply(l *cards.Library, password *string) error {
	for value, into := range map[*string]*string{
		a.Name: &l.Name, a.Email: &l.Email, a.OAIURL: &l.OAIURL, a.OAISet: &l.OAISet, a.OAIPrefix: &l.OAIPrefix,
		a.Harvest: &l.Harvest, a.PushURL: &l.PushURL, a.ILSUser: &l.ILSUser,
	} {
		if value != nil {
			*into = *value
		}
	}
	if a.Serves != nil {
		l.Serves = a.Serves
	}
	if password != nil {
		l.ILSPassword = *password
	}
	if err := a.harvestsSomething(l); err != nil {
		return err
	}
	return a.applyFields(l)
}

func (a libraryFlags) applyFields(l *cards.Library) error {
	if a.Width != nil {
		l.Widths = map[cards.Field]int{}
		for name, width := range a.Width {
			field, err := cards.ParseField(name)
			if err != nil {
				return err
			}
			l.Widths[field] = width
		}
	}
	if a.NotHeld == nil {
		return nil
	}
	l.NotHeld = 0
	for _, name := range a.NotHeld {
		field, err := cards.ParseField(name)
		if err != nil {
			return err
		}
		l.NotHeld = l.NotHeld.With(field)
	}
	return nil
}

// checkLibrary refuses, before it is stored, what the store cannot judge: a
// schedule that cannot be read, and the hub's own code, which reports and
// provenance would no longer tell from the library's.
func (f *foundation) checkLibrary(l *cards.Library) error {
	if l.Speaks(f.settings.Code) {
		return cards.Errorf(cards.Conflict, "le code %s est celui du concentrateur (HUB_CODE)", f.settings.Code)
	}
	if l.Harvest == "" {
		return nil
	}
	_, err := jobs.ParseSchedule(l.Harvest)
	return err
}
