package main

import (
	"context"

	"github.com/carte-reseau/hub/internal/cards"
)

type userCommand struct {
	Add userAdd `cmd:"" help:"Créer un compte ; sa clé personnelle est affichée une fois."`
}

type userAdd struct {
	Name    string `arg:"" help:"Nom du compte."`
	Role    string `name:"role" required:"" enum:"reader,operator,administrator" help:"reader, operator ou administrator."`
	KeyFile string `name:"key-file" placeholder:"FICHIER" help:"Clé choisie, 16 caractères ou plus (- : entrée standard)."`
}

// Run makes the account and prints its key if one was made.
func (a userAdd) Run(ctx context.Context, s *Settings, c console) error {
	f, err := open(ctx, s, c)
	if err != nil {
		return err
	}
	defer f.close()
	key, made, err := newKey(c, a.KeyFile)
	if err != nil {
		return err
	}
	if _, err := f.store.AddUser(ctx, cards.User{Name: a.Name, Role: cards.Role(a.Role)}, key); err != nil {
		return err
	}
	c.printf("Compte %s créé (%s).\n", a.Name, a.Role)
	if made {
		c.printf("Clé de %s (elle ne sera plus jamais affichée) : %s\n", a.Name, key)
	}
	return nil
}
