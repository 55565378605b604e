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
// While a page is applied the next one is fetched and read (ahead.go). The cards of a page that makes one batch are kept
// from that first reading; a larger page is read again, batch by batch.
//
// A page that stays malformed because of single records loses only those (salvage.go): they are refused like any bad card.
// What a script printed around it is left out (around.go).
//
// Nor does a list that came to its end have to be whole: one that falls short of what it announced is read once more (run.go),
// and of datestamps that may be days no more is believed than the day (window.go).
//
// A harvest may take several runs: what is left of it is in [cards.Harvest], saved with each page. Nothing else counts: a
// page that was fetched and not applied is asked for again.
//
// Order: a page's cards are taken as made when the page was asked for. The datestamps of the records are those of the
// other system's clock; they order only among themselves, and that clock is never compared with ours.
//
// A harvest that would modify too many cards is not applied from the page on that crosses the bounds: the pages are put
// into a deposit of their own, and the harvest goes on to its end. There their dry run is filed, and a person decides.
// hold.go puts pages by, replay.go reads them as if they had just come, heldrecords.go keeps the same records from coming
// in by the next harvest, resume.go does what was decided.
//
// What must not be here: SQL, mail transport, the schedule, the merging of cards.
package oaiclient
