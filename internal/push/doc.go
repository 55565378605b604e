// Package push is the door by which the hub calls a permanent library: it
// sends the library's feed to the REST service of its system in documents of
// cards, reads the report card by card, and moves the library's push mark only
// on what the report says.
//
// What went wrong decides what happens next, and nothing is ever lost by it:
// the mark stays where it was until a report moves it.
//
//	report, card rejected      the card is handed again later, alone; the rest counts as delivered
//	document refused (4xx)     split in halves until the culprit is alone, which is then refused
//	every card refused alone   16 in a row and none taken, others by chance neither: come back later
//	address wrong, unavailable nothing is blamed on a card: come back later (Retry-After honoured)
//	401, 403                   the library is paused: only a person can help
//	500, cut, silence,         come back later; after three times on the same cards, split them to find
//	no report, wrong count     the one the system chokes on, while it takes others
//
// Schedules, leases and the wake after a change do not belong here, nor does
// SQL; Push is called by one caller at a time per library.
package push
