// Package exchange is the XML language of the network: the documents cartes that libraries give and get, the element
// carte inside OAI-PMH, and the rapport that answers. The two schemas are files of this package.
//
// Here live reading and writing and every rule that can be told from one card alone, with its French sentence. What
// becomes of a card (merging, numbers given twice in a document, another person under one number) does not live here.
//
//	bytes -> NewReader -> Next ... -> cards.Item with all its faults
//	cards.Card -> AppendCarte -> stored, then copied into OAI responses and into push bodies by Writer
//	cards.Outcome -> AppendResult -> stored, then copied into the report by WriteReport
package exchange
