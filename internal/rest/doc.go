// Package rest is the door libraries and staff knock at over plain HTTP: POST /cartes and GET /depots/{id} for the cards
// a library gives, POST /rapports for what it took, the schemas, the JSON interface under /api/v1 for staff, and the three
// addresses the operator's tools read (/healthz, /readyz, /metrics).
//
// A handler here checks who asks and what, hands the work to an interface of contract.go, and translates the result into
// a status and a document. No rule about cards lives here, no SQL, no OAI-PMH (oaiserver), no page for people (web).
package rest
