// Package pgtest gives every test a fresh PostgreSQL database on a real server.
//
// The server is the one HUB_TEST_POSTGRES names (`make test` starts one for the whole run), else one this package
// starts for the test process, in a temporary folder, from the PostgreSQL binaries installed on the machine.
// Only tests import it. It knows nothing of the hub: no schema, no migration, no table lives here.
package pgtest
