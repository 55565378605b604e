package mail

import (
	"bytes"
	"fmt"
	"path"
	"strings"
	"time"
	"unicode"

	gomail "github.com/wneessen/go-mail"

	"github.com/carte-reseau/hub/internal/cards"
)

// compose turns an outbox message into a mail. It fails only for a message that
// can never be sent, such as one without a usable address.
func compose(from, domain string, m cards.Message, now time.Time) (*gomail.Msg, error) {
	msg := gomail.NewMsg(gomail.WithCharset(gomail.CharsetUTF8))
	if err := msg.From(from); err != nil {
		return nil, fmt.Errorf("adresse d’expédition inutilisable (HUB_MAIL_FROM) : %w", err)
	}
	if err := msg.To(onTheWire(m.To)); err != nil {
		return nil, fmt.Errorf("adresse du destinataire inutilisable")
	}
	date := m.Queued
	if date.IsZero() {
		date = now
	}
	msg.Subject(oneLine(m.Subject))
	msg.SetDateWithValue(date)
	msg.SetMessageIDWithValue(messageID(m, domain))
	// Tells vacation responders to keep quiet (RFC 3834).
	msg.SetGenHeader("Auto-Submitted", "auto-generated")
	msg.SetBodyString(gomail.TypeTextPlain, m.Body)
	for _, a := range m.Attachments {
		msg.AttachReadSeeker(attachmentName(a.Name), bytes.NewReader(a.Data),
			gomail.WithFileContentType(gomail.ContentType(contentType(a.ContentType))))
	}
	return msg, nil
}

// messageID is the same however often the message is sent, and differs from
// that of another database which counts its messages from one as well.
func messageID(m cards.Message, domain string) string {
	return fmt.Sprintf("carte-reseau.%d.%d@%s", m.ID, m.Queued.Unix(), domain)
}

func contentType(declared string) string {
	if declared == "" {
		return "application/octet-stream"
	}
	return oneLine(declared)
}

// attachmentName keeps a file's free name from being a path or a header.
func attachmentName(name string) string {
	name = strings.Map(func(r rune) rune {
		if r == '/' || r == '\\' || r == '"' {
			return '_'
		}
		return r
	}, oneLine(name))
	if name == "" {
		return "document"
	}
	return shortened(name)
}

// longestName is in bytes, each of which may take three characters in a header,
// which then has one line of 998 at most.
const longestName = 240

func shortened(name string) string {
	if len(name) <= longestName {
		return name
	}
	ext := path.Ext(name)
	if len(ext) > longestName/2 {
		ext = ""
	}
	return strings.ToValidUTF8(name[:longestName-len(ext)], "") + ext
}

// oneLine keeps text from outside from starting a header of its own.
func oneLine(s string) string {
	return strings.TrimSpace(strings.Map(func(r rune) rune {
		if unicode.IsControl(r) {
			return ' '
		}
		return r
	}, s))
}
