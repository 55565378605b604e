package main

import (
	"context"
	"errors"
	"io/fs"
	"net"
	"strconv"
	"syscall"

	"github.com/carte-reseau/hub/internal/cards"
)

// listen binds the address of HUB_LISTEN, or says why not, and what to do.
func listen(ctx context.Context, address string) (net.Listener, error) {
	if !wellFormed(address) {
		return nil, cards.Errorf(cards.Invalid, "HUB_LISTEN « %s » : HÔTE:PORT est attendu (exemple : 127.0.0.1:8080)", address)
	}
	var on net.ListenConfig
	listener, err := on.Listen(ctx, "tcp", address)
	if err != nil {
		return nil, cards.WrapError(cards.Invalid, err, "impossible d’écouter sur %s (HUB_LISTEN)%s", address, whyDeaf(address, err))
	}
	return listener, nil
}

// wellFormed is whether an address ends in a port there can be. Services have names too.
func wellFormed(address string) bool {
	_, port, err := net.SplitHostPort(address)
	if err != nil {
		return false
	}
	const lastPort = 65535
	number, err := strconv.Atoi(port)
	return err != nil && port != "" || err == nil && number >= 0 && number <= lastPort
}

func whyDeaf(address string, err error) string {
	host, _, _ := net.SplitHostPort(address)
	switch {
	case errors.Is(err, syscall.EADDRINUSE):
		return " : un autre programme y écoute déjà, peut-être un autre concentrateur ; arrêtez-le, ou choisissez un autre port"
	case errors.Is(err, syscall.EADDRNOTAVAIL):
		return " : cette machine n’a pas l’adresse " + host
	case errors.Is(err, fs.ErrPermission):
		return " : le hub n’a pas droit à ce port ; choisissez-en un à partir de 1024"
	}
	return ""
}
