package store

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/carte-reseau/hub/internal/cards"
	"gorm.io/gorm"
)

// What becomes of an erased card in each table of the schema:
//
//	clock, marks, mark_moves, handings, jobs' times, staff, secret, drifts, confirmations, deliveries: hold no card
//	activity, statistics, statistics_years, statistics_towns, statistics_gone, troubles, sessions, card_names_missing: neither
//	audit: cards stand there by their opaque identifiers
//	statistics_cards: the card is counted a last time, then its row goes; see countErased
//	cards, versions, sent, said, hand_again, corrected, notes, person_keys, likenesses, former_numbers, given_again,
//	told_ends, card_names: go with the card (ON DELETE CASCADE, in both databases)
//	deposits: a file's name that holds a number or a name goes, at the latest with the file, so does such a fault; see erase_deposits.go
//	deposit_pieces: those of finished documents that hold the card go; others when they end (holds_erased)
//	deposit_results: lines are masked, sources cut out
//	complete_cards: its rows go
//	held_pages, held_records: hold hashes of records, until their document was judged
//	harvests: the cursor of another server, as long as its harvest lasts
//	deleted_headers: identifiers with one of its numbers, or that its versions came under, go;
//	later ones are known by the hashes
//	known_faults: hashes over what was refused; those of its senders go, who are told a fault once more at most
//	runs, jobs, libraries, outbox's errors, hand_again's reasons for other cards: masked
//	outbox: sent mails are empty already; waiting ones go on without the card
//	erasures, erased_numbers, erasure_letters: a masked number and keyed hashes; what is searched for is sealed
//	while the search lasts
//
// A document that reaches the hub later and holds the card is known by the
// hashes as it is integrated, and loses its bytes when it ends.

// takeUpErasures finishes what Erase began, again after a crash.
func (s *Store) takeUpErasures(ctx context.Context) error {
	var rows []erasureRow
	if err := s.query(ctx).Where("finished = 0").Order("id").Find(&rows).Error; err != nil {
		return s.explain(err)
	}
	var failed []error
	for _, row := range rows {
		if err := s.finishErasure(ctx, row); err != nil {
			failed = append(failed, fmt.Errorf("erasure %d: %w", row.ID, err))
		}
	}
	return errors.Join(failed...)
}

func (s *Store) finishErasure(ctx context.Context, row erasureRow) error {
	text, err := s.unseal(row.Work, erasureSeal)
	if err != nil {
		return err
	}
	c := &cleaning{store: s, ctx: ctx}
	if err := fromJSON(text, &c.traces, "erasure"); err != nil {
		return err
	}
	for _, step := range []func() error{c.deposits, c.outbox, c.headers, c.texts, c.smallTables} {
		if err := step(); err != nil {
			return err
		}
	}
	if err := s.forgetPages(ctx); err != nil {
		return err
	}
	return s.write(ctx, func(tx *gorm.DB) error {
		return tx.Exec("UPDATE erasures SET finished = "+s.nowMicros()+", work = ? WHERE id = ?", []byte{}, row.ID).Error
	})
}

// forgetPages has an embedded database write its journal out: what was deleted
// lies there in clear. The file itself overwrites what it deletes. While
// somebody reads what the journal holds, it stays.
func (s *Store) forgetPages(ctx context.Context) error {
	if !s.dialect.single {
		return nil
	}
	var journal struct{ Busy int }
	if err := s.query(ctx).Raw("PRAGMA wal_checkpoint(TRUNCATE)").Scan(&journal).Error; err != nil {
		return s.explain(err)
	}
	if journal.Busy > 0 {
		return cards.Errorf(cards.Unavailable, "Le journal de la base de données, qui garde encore une carte effacée, n’a pas pu être vidé : elle est lue en ce moment.")
	}
	return nil
}

// cleaning is one erasure's search through what is kept.
type cleaning struct {
	traces
	store *Store
	ctx   context.Context //nolint:containedctx // it lives for one call of finishErasure
}

func (c *cleaning) exec(statement string, args ...any) error {
	return c.store.write(c.ctx, func(tx *gorm.DB) error { return tx.Exec(statement, args...).Error })
}

// headers drops the records of the card that a library's server called deleted.
func (c *cleaning) headers() error {
	type header struct {
		LibraryID  int64
		Identifier string
	}
	last, keys := header{}, make([]string, len(c.Identifiers))
	for i, identifier := range c.Identifiers {
		keys[i] = headerKey(identifier)
	}
	for {
		var rows []header
		err := c.store.query(c.ctx).Raw(`SELECT library_id, identifier FROM deleted_headers
			WHERE library_id > ? OR (library_id = ? AND identifier > ?) ORDER BY library_id, identifier LIMIT ?`,
			last.LibraryID, last.LibraryID, last.Identifier, rowsPerInsert).Scan(&rows).Error
		if err != nil {
			return c.store.explain(err)
		}
		for _, row := range rows {
			if last = row; !c.in([]byte(row.Identifier)) && !slices.Contains(keys, row.Identifier) {
				continue
			}
			if err := c.exec("DELETE FROM deleted_headers WHERE library_id = ? AND identifier = ?", row.LibraryID, row.Identifier); err != nil {
				return err
			}
		}
		if len(rows) < rowsPerInsert {
			return nil
		}
	}
}

// texts masks the sentences kept for staff: they may quote a library's system.
func (c *cleaning) texts() error {
	for _, kept := range []struct{ table, column string }{
		{"runs", "error"}, {"jobs", "last_error"}, {"libraries", "attention"}, {"libraries", "pause_reason"},
		{"outbox", "last_error"}, {"outbox", "subject"}, {"hand_again", "reason"}, {"deposits", "fault"},
	} {
		var texts []string
		err := c.store.query(c.ctx).Raw("SELECT DISTINCT " + kept.column + " FROM " + kept.table + " WHERE " + kept.column + " <> ''").Scan(&texts).Error
		if err != nil {
			return c.store.explain(err)
		}
		for _, text := range texts {
			said := cards.ParseSentence(text)
			if !c.in([]byte(said.String()), []byte(text)) {
				continue
			}
			masked := said.WithWords(c.maskText).Stored()
			if masked == text {
				continue
			}
			if err := c.exec("UPDATE "+kept.table+" SET "+kept.column+" = ? WHERE "+kept.column+" = ?", masked, text); err != nil {
				return err
			}
		}
	}
	return nil
}

func (c *cleaning) smallTables() error {
	if err := c.exec("DELETE FROM complete_cards WHERE number_key IN ?", c.Numbers); err != nil {
		return err
	}
	if len(c.Senders) == 0 {
		return nil
	}
	return c.exec("DELETE FROM known_faults WHERE library_id IN ?", c.Senders)
}
