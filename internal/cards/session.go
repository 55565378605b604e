package cards

import "time"

// Session is one sign-in of a person to the pages.
type Session struct {
	User *User
	// CSRF is what every form of the session must bring back.
	CSRF    string
	Created time.Time
	Seen    time.Time // to the minute
	Expires time.Time // whatever the person does
}

// How long a session lasts: unused, and at all.
const (
	SessionIdle = 12 * time.Hour
	SessionLife = 7 * 24 * time.Hour
)
