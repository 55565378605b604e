// Package oai is the vocabulary of OAI-PMH 2.0 that both sides of the hub
// speak: the server that libraries harvest and the client that harvests them.
//
// Here live the six verbs and their arguments, the protocol's errors, its
// datestamps and identifiers, a Writer that streams a response and a Reader
// that streams one in. What a card looks like inside a metadata element does
// not live here (that is exchange's), nor HTTP, sessions or resumption tokens'
// content, which are each door's own.
package oai
