package store

import (
	"io"
	"slices"

	"github.com/carte-reseau/hub/internal/cards"
	"gorm.io/gorm"
)

// deposits goes through all kept documents, of all libraries, one piece in
// memory at a time.
func (c *cleaning) deposits() error {
	last := int64(0)
	for {
		var rows []depositRow
		err := c.store.query(c.ctx).Raw(`SELECT id, door, name, file_gone, status, finished FROM deposits d WHERE id > ?
			AND (name <> '' OR EXISTS (SELECT 1 FROM deposit_pieces p WHERE p.deposit_id = d.id)
				OR EXISTS (SELECT 1 FROM deposit_results r WHERE r.deposit_id = d.id)) ORDER BY id LIMIT ?`, last, rowsPerInsert).Scan(&rows).Error
		if err != nil {
			return c.store.explain(err)
		}
		for i := range rows {
			last = rows[i].ID
			if err := c.deposit(&rows[i]); err != nil {
				return err
			}
		}
		if len(rows) < rowsPerInsert {
			return nil
		}
	}
}

func (c *cleaning) deposit(d *depositRow) error {
	if err := c.results(d.ID); err != nil {
		return err
	}
	holds := slices.Contains(c.Deposits, d.ID)
	if !holds {
		var err error
		if holds, err = c.inPieces(d.ID); err != nil {
			return err
		}
	}
	if err := c.fileName(d, holds); err != nil || !holds {
		return err
	}
	return c.store.write(c.ctx, func(tx *gorm.DB) error { return dropBytes(tx, d.ID) })
}

// dropBytes drops those of a finished document. Others hold cards that are
// still to be integrated: they go when the document ends.
func dropBytes(tx *gorm.DB, deposit int64) error {
	if err := tx.Exec("UPDATE deposits SET holds_erased = ? WHERE id = ?", true, deposit).Error; err != nil {
		return err
	}
	return dropTainted(tx, deposit)
}

// dropTainted drops the bytes of a document that holds an erased card, if it
// has come to its end.
func dropTainted(tx *gorm.DB, deposit int64) error {
	return tx.Exec(`DELETE FROM deposit_pieces WHERE deposit_id = ? AND EXISTS (
		SELECT 1 FROM deposits d WHERE d.id = deposit_id AND d.holds_erased AND d.finished > 0 AND d.status <> ?)`, deposit, cards.Suspended).Error
}

func (c *cleaning) inPieces(deposit int64) (bool, error) {
	bytes, err := c.store.OpenDeposit(c.ctx, deposit)
	if err != nil {
		return false, err
	}
	defer func() { _ = bytes.Close() }() // it holds memory only
	finder := newNumberFinder(c.Numbers)
	for !finder.found {
		const glance = 64 << 10
		n, err := io.CopyN(finder, bytes, glance)
		if err != nil && n < glance {
			finder.end()
			if err != io.EOF { //nolint:errorlint // CopyN returns it bare
				return false, err
			}
			break
		}
	}
	return finder.found, nil
}

// fileName forgets the name of a file that names the reader. While the file
// lies on the server, its name is needed to take it away: FileGone forgets it.
func (c *cleaning) fileName(d *depositRow, holds bool) error {
	telling := c.in([]byte(d.Name)) || holds && c.maskText(d.Name) != d.Name
	if d.Name == "" || !telling {
		return nil
	}
	return c.store.write(c.ctx, func(tx *gorm.DB) error {
		if err := maskQuoted(tx, d.Name); err != nil {
			return err
		}
		return tx.Exec("UPDATE deposits SET name = CASE WHEN door <> ? OR file_gone THEN '' ELSE name END, holds_erased = CASE WHEN door <> ? OR file_gone THEN holds_erased ELSE ? END WHERE id = ?",
			cards.DoorFTP, cards.DoorFTP, true, d.ID).Error
	})
}

// maskQuoted takes a file's name out of the letters about it, together with the
// name itself, by which alone they are found. Those that were sent keep their
// subject.
func maskQuoted(tx *gorm.DB, name string) error {
	return tx.Exec(`UPDATE outbox SET subject = replace(subject, @quoted, @masked), body = replace(body, @quoted, @masked)
		WHERE replace(subject, @quoted, @masked) <> subject OR replace(body, @quoted, @masked) <> body`,
		map[string]any{"quoted": "« " + name + " »", "masked": "« ••• »"}).Error
}

// results masks the card's lines in a document's report, and cuts it out of
// what was refused.
func (c *cleaning) results(deposit int64) error {
	last := int64(-1)
	for {
		var rows []resultRow
		err := c.store.query(c.ctx).Where("deposit_id = ? AND n > ?", deposit, last).Order("n").Limit(1).Find(&rows).Error
		if err != nil || len(rows) == 0 {
			return c.store.explain(err)
		}
		last = rows[0].N
		if err := c.result(rows[0]); err != nil {
			return err
		}
	}
}

func (c *cleaning) result(row resultRow) error {
	results, err := inflate(row.Results)
	if err != nil {
		return err
	}
	rejects, err := inflate(row.Rejects)
	if err != nil {
		return err
	}
	sources, err := inflate(row.Sources)
	if err != nil || !c.in(results, rejects, sources) {
		return err
	}
	return c.exec("UPDATE deposit_results SET results = ?, rejects = ?, sources = ? WHERE deposit_id = ? AND n = ?",
		deflate(c.maskLines(results)), deflate(c.maskLines(rejects)), deflate(c.blankCards(sources, blankSource)), row.DepositID, row.N)
}
