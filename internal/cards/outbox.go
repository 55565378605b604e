package cards

import (
	"strings"
	"time"
)

// MailState says how far a message of the outbox has got.
type MailState string

// The states of a message.
const (
	MailWaiting MailState = "en-attente"
	MailFailed  MailState = "abandonne" // given up: a person is asked
	MailSent    MailState = "envoye"
)

// OutboxMail is a message as staff see it. Body and attachments are there only
// where one message was asked for, and not yet sent: what it carried goes then.
type OutboxMail struct {
	Message
	State  MailState
	Sent   time.Time
	Failed time.Time // when it was given up
	// Erasure is set where it asks a library to erase a card: it can be tried
	// again, not dropped.
	Erasure bool
}

// OutboxQuery selects messages, newest first.
type OutboxQuery struct {
	State  MailState // empty for all
	Before int64     // messages with a lower ID; 0 from the newest
	Limit  int
}

// PublicSubject is a message's subject without the name of a file it quotes:
// libraries name files as they please, after readers too.
func (m *OutboxMail) PublicSubject() string {
	before, quoted, found := strings.Cut(m.Subject, "«")
	if !found {
		return m.Subject
	}
	behind := ""
	if at := strings.LastIndex(quoted, "»"); at >= 0 { // a name may hold one itself
		behind = quoted[at+len("»"):]
	}
	return before + "« … »" + behind
}
