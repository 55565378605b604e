// Package cards is the ground of the hub: the network card, the library, what
// a library says of a card, the rules that merge the two, and the words the
// other floors use to speak of deposits, harvests, pushes and mail.
//
// It does no input or output of any kind: no SQL, no XML, no request, and it
// never asks what time it is. It imports the standard library and
// golang.org/x/text only, and nothing of the hub, so that the laws of the network
// can be read and tested alone.
package cards
