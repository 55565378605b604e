// Command bench measures the hub against the limits of what it stands on:
//
//	make bench
//	make bench BENCH='-rows list -quick'
//
// It builds the real program, runs it as a process of its own over real sockets on a PostgreSQL that keeps what it is
// given (and on SQLite beside it), and holds each figure against another one measured in the same run, the two taking
// turns, because figures of two runs or of two machines say nothing of each other. It prints a table and can write it
// as JSON.
//
//	rows.go      the rows of the table, with what each has to reach
//	row_*.go     how they are measured
//	rounds.go    rounds that take turns, and what is made of them
//	table.go     the table as text, json.go as JSON, with machine.go what it was measured on
//	hub.go       the measured program as a process
//	networks.go  databases with libraries and cards in them
//	engine.go    the two kinds of database, postgres.go and sqlite.go
//	meter.go     what some work costs a database
//	document.go  invented cards, giver.go and reader.go who give and fetch them, receivers.go who are sent them
//
// What must not be here: anything the hub needs, and any figure that was not measured.
package main
