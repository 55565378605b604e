package mail

import (
	netmail "net/mail"
	"strings"

	"golang.org/x/net/idna"
)

// onTheWire is an address as every server knows it: a domain with accents has a
// name in ASCII, while few servers take the accents.
func onTheWire(address string) string {
	parsed, err := netmail.ParseAddress(address)
	if err != nil {
		return address // whoever uses it says so
	}
	at := strings.LastIndexByte(parsed.Address, '@')
	local, domain := parsed.Address[:at], parsed.Address[at+1:]
	ascii, err := idna.Lookup.ToASCII(domain)
	if err != nil || strings.EqualFold(ascii, domain) {
		return address
	}
	parsed.Address = local + "@" + ascii
	return parsed.String()
}
