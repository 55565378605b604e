// Package proof holds tests that look for a counter-example to the ten laws: a model of the whole network, played by
// chance over the real code and both databases.
//
//	network   some libraries of both kinds, drawn with all their habits, and the steps chance makes them take
//	ledger    what the desks typed, when it reached the hub, and what it must have come to in the end
//	mutants   the real code with one of its rules broken: the model must notice every one
//
// Nothing of the hub is imitated. The libraries are the systems of sigb; what they say goes through the real doors to the
// real inbox and store. Only sockets and the passing of time are left out: requests are handed to the doors in memory, and
// the database's clock is moved (store.Options.Ahead), so that a run of a week takes a fraction of a second and goes the
// same way twice.
//
// It stands beside the house: nothing imports it, and it may import everything. What must not be here: anything the hub
// needs to do its work.
package proof
