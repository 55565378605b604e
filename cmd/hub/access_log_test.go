package main

import (
	"log/slog"
	"net/http"
	"strings"
	"testing"
)

// What somebody asks for by mistake may hold a name or a card number.
func TestTheAccessLogHoldsNoAddressAsTyped(t *testing.T) {
	t.Parallel()
	s := newSite(t, sqliteDatabase(t))
	s.LogLevel = slog.LevelDebug
	client := newCaller(t, "http://"+s.boot().listener.Addr().String(), "mours")
	for _, path := range []string{"/cartes/2610000012345", "/Lagneau/2610000012345", "/depots/2610000012345?nom=Lagneau", "/api/v1/Lagneau"} {
		if _, _, err := client.call(t.Context(), http.MethodGet, path, ""); err != nil {
			t.Fatal(err)
		}
	}
	log := s.log.String()
	if !strings.Contains(log, "msg=request") {
		t.Fatalf("no line for a request in the log:\n%s", log)
	}
	for _, private := range []string{"2610000012345", "Lagneau"} {
		if strings.Contains(log, private) {
			t.Errorf("the log holds %q:\n%s", private, log)
		}
	}
}
