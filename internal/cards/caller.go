package cards

import "net/netip"

// CallerOf is who counts as one caller, by the address a request came from: whoever has an IPv6 address has 2^64 of them at
// least. What is no address counts as it is written.
func CallerOf(address string) string {
	const subscriber = 64
	ip, err := netip.ParseAddr(address)
	if err != nil {
		return address
	}
	if ip = ip.Unmap().WithZone(""); ip.Is4() {
		return ip.String()
	}
	return netip.PrefixFrom(ip, subscriber).Masked().String()
}
