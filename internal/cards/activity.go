package cards

// Activity is what went each way between the hub and one library on one of the
// network's days.
type Activity struct {
	LibraryID int64
	Library   string // code
	Day       string // YYYY-MM-DD

	// What it gave: documents that were ended that day, and their cards.
	Documents int64
	Received  int64
	Created   int64
	Modified  int64
	Rejected  int64 // by the hub

	// What it took: lists fetched to their end, and cards pushed to it or
	// fetched by it.
	Lists   int64
	Taken   int64
	Refused int64 // cards its system newly refused

	RunsOK     int64
	RunsFailed int64
}

// RefusedDays is over how many days, today included, refused cards are counted
// in a library's status.
const RefusedDays = 30
