package main

import (
	"context"
	"errors"
	"io"

	"github.com/carte-reseau/hub/internal/cards"
	"github.com/carte-reseau/hub/internal/intake"
)

type depositsReport struct {
	ID       int64 `arg:"" help:"Numéro du dépôt."`
	Rejected bool  `name:"rejected" help:"Seulement les cartes rejetées."`
	JSON     bool  `name:"json" help:"Le dépôt, puis ses cartes rejetées : un document JSON par ligne, comme dans /api/v1/deposits."`
}

// Run writes the report its library was or will be given.
func (a depositsReport) Run(ctx context.Context, s *Settings, c console) error {
	return withDeposit(ctx, s, c, "get-deposit-report", a.ID, func(f *foundation, d *cards.Deposit) error {
		if a.JSON {
			return tellInJSON(ctx, f, c, d)
		}
		return intake.New(f.store, intake.Options{}).WriteReport(ctx, d, a.Rejected, c.out)
	})
}

type depositsDocument struct {
	ID int64 `arg:"" help:"Numéro du dépôt."`
}

// Run writes the bytes as they came in.
func (a depositsDocument) Run(ctx context.Context, s *Settings, c console) error {
	return withDeposit(ctx, s, c, "get-deposit-document", a.ID, func(f *foundation, _ *cards.Deposit) error {
		stored, err := f.store.DocumentOf(ctx, a.ID)
		if err != nil {
			return err
		}
		_, err = io.Copy(c.out, stored)
		return errors.Join(err, stored.Close())
	})
}

// withDeposit shows what a deposit holds once it is recorded.
func withDeposit(ctx context.Context, s *Settings, c console, action string, id int64, show func(*foundation, *cards.Deposit) error) error {
	f, err := open(ctx, s, c)
	if err != nil {
		return err
	}
	defer f.close()
	d, err := f.store.Deposit(ctx, id)
	if err != nil {
		return err
	}
	return f.carryOut(ctx, action, cards.SubjectDeposit(id), "", func() error { return show(f, d) })
}
