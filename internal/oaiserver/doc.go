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
// for all it needs, and only then the first byte is written: so that what fails
// is answered with a status, never with half a document.
//
// The mark of a library moves after the last page of a ListRecords was handed
// to the socket, flushed without error. The set is read by datestamp, not by
// mark, so a mark that stayed behind costs nothing but a card handed twice;
// one that ran ahead of a page that never left would count as known what the
// library has not seen, and the gap could not be noticed any more. The end of
// the response follows once the mark has moved, so a library that read its
// list to the end finds its mark there.
package oaiserver
