// Package oaiclient is the door through which the hub fetches the cards of the libraries that are always online: it
// harvests their OAI-PMH servers.
//
// The servers belong to others, are of every make and age, and keep the protocol as they can. So only ListRecords is
// assumed, and whatever is daily life there is met here: pages cut off, HTML in place of XML, wrong encodings, tokens
// that expire, repeat or lead nowhere, servers that ask to wait or fall silent.
//
// One call of [Harvester.Harvest] is one run. What it has to survive is a crash at any moment, so a page goes this way:
//
//	fetch ──> spool (a nameless file) ──> read to its end ──> store its bytes in the run's deposit
//	                                        │                        │
//	                       cut, HTML, ...: fetch again      apply its cards; the cursor moves with the last of them
//
// A page that stays malformed because of single records loses only those (salvage.go): they are refused like any bad card.
//
// A harvest may take several runs: what is left of it is in [cards.Harvest], saved with each page. Between pages nothing
// is held but that.
//
// Order: a page's cards are taken as made when the page was asked for. The datestamps of the records are those of the
// other system's clock; they order only among themselves, and that clock is never compared with ours.
//
// What must not be here: SQL, mail transport, the schedule, the merging of cards. Holding back a harvest that would
// modify too many cards (suspension) belongs in intoBatches of apply.go, the one place a page's cards pass on their way
// to the store: by then the page's bytes are safe in the deposit.
package oaiclient
