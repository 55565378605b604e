package store

import (
	"strings"

	"github.com/carte-reseau/hub/internal/cards"
)

// outbox takes the card out of the mails that wait, and of those given up. The
// letters that ask for its erasure are left: they go when they are sent.
func (c *cleaning) outbox() error {
	last := int64(0)
	for {
		var rows []mailRow
		err := c.store.query(c.ctx).Where("id > ? AND sent = 0 AND (unique_key IS NULL OR unique_key NOT LIKE ?)", last, letterKey+"%").
			Order("id").Limit(1).Find(&rows).Error
		if err != nil || len(rows) == 0 {
			return c.store.explain(err)
		}
		last = rows[0].ID
		if err := c.mail(rows[0]); err != nil {
			return err
		}
	}
}

func (c *cleaning) mail(row mailRow) error {
	m, err := row.message()
	if err != nil || !c.inMail(&m) {
		return err
	}
	m.Body = c.maskText(m.Body)
	var kept []cards.Attachment
	for _, a := range m.Attachments {
		if c.cleanAttachment(&a) {
			kept = append(kept, a)
			continue
		}
		m.Body += "\nUne pièce jointe a été retirée : elle contenait une carte effacée à la demande du lecteur.\n"
	}
	return c.exec("UPDATE outbox SET subject = ?, body = ?, attachments = ? WHERE id = ? AND sent = 0",
		c.maskText(m.Subject), m.Body, deflate([]byte(toJSON(kept))), row.ID)
}

func (c *cleaning) inMail(m *cards.Message) bool {
	texts := [][]byte{[]byte(m.Subject), []byte(m.Body)}
	for _, a := range m.Attachments {
		texts = append(texts, []byte(a.Name), a.Data)
	}
	return c.in(texts...)
}

// cleanAttachment takes the card out of a report or a list of cards; false
// where that does not rid the file of it.
func (c *cleaning) cleanAttachment(a *cards.Attachment) bool {
	a.Name = c.maskText(a.Name)
	if strings.Contains(string(a.Data), "<rapport") {
		a.Data = c.maskLines(a.Data)
	} else {
		a.Data = c.blankCards(a.Data, "")
	}
	return !c.in([]byte(a.Name), a.Data)
}
