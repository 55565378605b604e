package cards_test

import (
	"testing"

	"github.com/carte-reseau/hub/internal/cards"
)

func TestOneSubscriberIsOneCaller(t *testing.T) {
	for address, want := range map[string]string{
		"192.0.2.7": "192.0.2.7", "::ffff:192.0.2.7": "192.0.2.7", "2001:db8:1:2::3": "2001:db8:1:2::/64",
		"2001:db8:1:2:ffff:ffff:ffff:ffff": "2001:db8:1:2::/64", "2001:db8:1:3::3": "2001:db8:1:3::/64", "fe80::1%eth0": "fe80::/64",
		"nobody": "nobody", "": "",
	} {
		if got := cards.CallerOf(address); got != want {
			t.Errorf("%s: %s, want %s", address, got, want)
		}
	}
}
