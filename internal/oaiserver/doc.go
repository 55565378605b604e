// Package oaiserver is the door through which libraries fetch their cards: an
// OAI-PMH 2.0 repository with one set per library, readable by that library
// alone.
//
// Here live the protocol's answers, the sign-in before them, the resumption
// tokens and the moment at which a library counts as having been handed a
// list. What a library's set holds does not live here: that is the store's
// feed; nor the form of cards and responses, which are exchange's and oai's.
//
// A request goes: method, sign-in, arguments, then the second is closed (its
// value is the responseDate of whatever follows), then the verb asks the store
// for all it needs but the cards of a page, and only then the first byte is
// written: what fails until then is answered with a status.
//
// The cards of a page are spelled as the database gives them and leave beside
// that, or the database, the hub and the client would wait for each other. What
// fails after the first of them has left breaks the connection: the client sees
// that it has half a page, as where the network failed, and asks for it again.
// The reading never waits for the client.
//
// The mark of a library moves after the last page of a ListRecords was handed
// to the socket, flushed without error. The set is read by datestamp, not by
// mark, so a mark that stayed behind costs nothing but a card handed twice;
// one that ran ahead of a page that never left would count as known what the
// library has not seen, and the gap could not be noticed any more. The end of
// the response follows once the mark has moved, so a library that read its
// list to the end finds its mark there.
package oaiserver
