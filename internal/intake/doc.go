// Package intake takes documents of cards in, whatever door they came by: it stores the bytes as they arrive, and once
// they are safe, integrates them.
//
// A deposit is read twice. The first reading goes to the end and changes nothing: a document that is not well-formed, or
// speaks for another library, is refused as a whole. It looks at single cards only as long as the document may still have
// to wait for a person, because it modifies too many. The second applies the cards in batches, each with the deposit's
// progress in one transaction, so that whoever takes the deposit up after a crash goes on behind the last card applied.
//
//	Receive ─→ stored ─→ Integrate: read whole ─→ refused
//	                                          └─→ apply 500, apply 500, … ─→ integrated | partial | simulated
//
// What is posted goes both ways in one call, Take: a document of one piece is stored with the right to work on it, and read
// from memory instead of the store. One that is a single batch, as when a desk changes a card, is read first: where it can be
// applied as it is, it is stored, applied and ended in one transaction, and its sender answered behind it. Where it cannot,
// nothing was changed, and it goes the other way.
//
// Nothing here depends on the size of a document: bytes are kept in pieces, cards in batches. Rules about cards live in
// cards, the XML in exchange, SQL in store; who may give what by which protocol is the doors' business.
package intake
