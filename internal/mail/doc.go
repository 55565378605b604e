// Package mail empties the outbox: it takes the messages that are due from the
// store and hands them to an SMTP server, one connection for several messages,
// again and again until they are accepted or five days have passed, for a day at
// least. A server may take minutes over a letter, and who does not wait sends it
// twice: such a letter is left to itself with its connection while the others go
// on over another (round.go).
//
// A message is marked as sent after the server has accepted it. A crash between
// the two makes the hub send it a second time, never lose it; both copies carry
// the same Message-ID, so that a mailbox can tell.
//
// The letters themselves are written by the doors that have something to say
// (cards.Message); no text meant for a library lives here, but for the line that
// says why a letter comes without its attachments. Nothing is logged of
// a message but its number: no address, no subject, no content.
package mail
