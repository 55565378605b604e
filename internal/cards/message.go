package cards

import "time"

// Message is a mail in the outbox.
type Message struct {
	ID          int64
	To          string
	Subject     string
	Body        string // plain text, UTF-8
	Attachments []Attachment
	// Key makes the message unique: a second one with the same key is not
	// queued. Empty for none.
	Key string

	Queued   time.Time
	Attempts int
	DueAt    time.Time
	LastErr  Sentence
	// Lightened says why the message leaves without its attachments; nothing where
	// it leaves with what it has.
	Lightened Sentence
}

// What the keys of letters to the network's staff begin with; all other letters
// are to a library.
const (
	TroubleLetter     = "probleme"
	SuspensionLetter  = "suspendu"
	UnknownFileLetter = "ftp-inconnu"
)

// Attachment is one file of a message.
type Attachment struct {
	Name        string
	ContentType string
	Data        []byte
}
