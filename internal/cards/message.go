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
	LastErr  string
}

// Attachment is one file of a message.
type Attachment struct {
	Name        string
	ContentType string
	Data        []byte
}

// Role says what a staff account may do.
type Role string

// The roles, each including those before it.
const (
	RoleReader        Role = "reader"
	RoleOperator      Role = "operator"
	RoleAdministrator Role = "administrator"
)

// User is a member of staff with a personal bearer key.
type User struct {
	ID      int64
	Name    string
	Role    Role
	Created time.Time
}

// May reports whether the user has at least the role wanted.
func (u *User) May(wanted Role) bool { return rank(u.Role) >= rank(wanted) }

func rank(r Role) int {
	switch r {
	case RoleAdministrator:
		return 3
	case RoleOperator:
		return 2
	case RoleReader:
		return 1
	}
	return 0
}
