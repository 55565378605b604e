// Package web is the door people use: the pages staff read the network's state on and decide in, served at /.
//
//	door, desk, visit    who may see what, and what is recorded of it; every page is laid out on the desk
//	session, signin      the cookie, the sign-in, the first account
//	render, texts        templates in both languages, the words of the pages
//	one file a page      network, library, cards, decide, statistics, system, …, each with the interface it needs
//
// Pages work without scripts: links and forms, answered by whole pages. Scripts only save reloading. A page that shows a
// person's data, and every action, is recorded before it happens (Audit): what cannot be recorded is not shown.
//
// What must not be here: rules about cards, SQL, JSON for programs (rest). No personal data in an address: a card is named
// by its opaque identifier, a search is a POST.
package web
