package main

import (
	"context"
	"strings"

	"github.com/carte-reseau/hub/internal/cards"
	"github.com/carte-reseau/hub/internal/store"
)

type migrateCommand struct {
	NewSecret bool `name:"new-secret" help:"Seulement si le fichier du secret est perdu : continuer avec un autre. Les mots de passe des SIGB seront à redonner."`
	Yes       bool `name:"yes" help:"Avec --new-secret : ne pas demander de confirmation."`
	answers
}

// Run brings the database up to date, as every command does, and says so.
func (a migrateCommand) Run(ctx context.Context, s *Settings, c console) error {
	lost := new(store.LostSecret)
	if a.NewSecret {
		var err error
		if lost, err = a.replaceSecret(ctx, s, c); err != nil {
			return err
		}
	}
	f, err := open(ctx, s, c)
	if err != nil {
		return err
	}
	defer f.close()
	schema, err := f.store.SchemaVersion(ctx)
	if err != nil {
		return err
	}
	done := programDone{Schema: schema, Passwords: lost.Passwords, Erasures: lost.Erasures}
	return a.tell(c, done, "%sLa base de données est à jour (version %d).\n", a.told(lost), schema)
}

// replaceSecret has the database go on with the secret of the file, or a new one
// where there is none. What is lost by it is said before.
func (a migrateCommand) replaceSecret(ctx context.Context, s *Settings, c console) (*store.LostSecret, error) {
	f, err := newFoundation(s, c)
	if err != nil {
		return nil, err
	}
	if !a.Yes {
		const question = `Ne continuez que si le fichier du secret est perdu. Arrêtez d’abord tous les concentrateurs de cette base de données.
- Les mots de passe des SIGB seront oubliés : ils seront à redonner.
- Les cartes effacées jusqu’ici ne seront plus reconnues : un vieux fichier pourra les ramener.
- Les moissons que des bibliothèques ont en cours chez le concentrateur seront à recommencer.
Tapez « oui » pour continuer : `
		if err := c.confirm(c.lines(), question, "rien n’a été changé"); err != nil {
			return nil, err
		}
	}
	entry := cards.AuditEntry{Actor: systemAccount(), Door: cards.AuditCommand, Action: "replace-secret"}
	return store.ReplaceSecret(ctx, f.storeOptions(), entry)
}

// told says what is to be done now.
func (a migrateCommand) told(lost *store.LostSecret) string {
	if !a.NewSecret {
		return ""
	}
	text := "Le secret est remplacé : gardez-en une copie, à part de la base de données.\n"
	if len(lost.Passwords) > 0 {
		text += "Mots de passe des SIGB à redonner (hub library change CODE --ils-password-file FICHIER) : " + strings.Join(lost.Passwords, ", ") + "\n"
	}
	if n := len(lost.Erasures); n > 0 {
		text += counted(n, "effacement n’a pas pu être achevé", "effacements n’ont pas pu être achevés") +
			" : les documents conservés qui portent encore la carte partiront à la fin de leur conservation.\n"
	}
	return text
}
