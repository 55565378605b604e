// Package sigb simulates whole library systems (ILS, in French SIGB) for the demo and for the tests of the hub's doors.
//
// It is written from the published exchange format alone, as a maker of such a system would write it, and meets the hub
// only over real sockets: HTTP and FTP. It therefore imports nothing of the hub. A mistake in the hub's own reader or
// writer cannot hide here behind the same mistake.
//
//	System     one library's database: patrons, the desk, the integration of cards from the network
//	Profile    how this maker's system rewrites what it stores
//	Server     what a permanent system offers: its OAI-PMH set and its REST service, with Faults to order
//	Client     what an intermittent system does when it comes online: deposit, then harvest
//	Generator  invented readers and a stream of desk actions
//	Diff       do two databases hold the same network cards, up to their rewriting
//
// What must not be here: anything the hub needs to do its work, and any import of the hub's packages.
package sigb
