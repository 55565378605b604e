package main

import (
	"net"
	"net/http"
	"strings"

	"github.com/carte-reseau/hub/internal/cards"
	"github.com/labstack/echo/v4"
)

// callers tells the doors whose request it is, as they count failed sign-ins.
func (s *Settings) callers() (echo.IPExtractor, error) {
	proxies, err := s.proxies()
	if err != nil {
		return nil, err
	}
	address := echo.ExtractIPFromXFFHeader(proxies...)
	return func(r *http.Request) string { return cards.CallerOf(address(r)) }, nil
}

// proxies lists who may say whose request it is. Failed sign-ins are counted by
// the caller's address: behind a proxy that is not trusted all callers have
// one, and whoever tries keys locks the libraries out; with one trusted for
// nothing, whoever tries keys makes addresses up. A proxy on this machine is
// always trusted.
func (s *Settings) proxies() ([]echo.TrustOption, error) {
	trusted := []echo.TrustOption{echo.TrustLoopback(true), echo.TrustLinkLocal(false), echo.TrustPrivateNet(false)}
	for text := range strings.SplitSeq(s.TrustedProxies, ",") {
		if text = strings.TrimSpace(text); text == "" {
			continue
		}
		_, addresses, err := net.ParseCIDR(text)
		if err != nil {
			return nil, cards.Errorf(cards.Invalid,
				"HUB_TRUSTED_PROXIES : « %s » n’est pas une plage d’adresses (exemple : 172.16.0.0/12, ou 192.0.2.7/32 pour une seule)", text)
		}
		trusted = append(trusted, echo.TrustIPRange(addresses))
	}
	return trusted, nil
}
