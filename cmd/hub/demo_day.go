package main

import (
	"bytes"
	"context"
	"fmt"
	"math/rand/v2"
	"strings"
	"time"

	"github.com/carte-reseau/hub/internal/cards"
	"github.com/jlaffaye/ftp"
)

// The pace of the demo's day.
const (
	deskPause   = 2500 * time.Millisecond
	onlinePause = 4 * time.Second
	watchPause  = 5 * time.Second
	spoilAfter  = 8 * time.Second
)

// around is a time near d.
func around(rng *rand.Rand, d time.Duration) time.Duration {
	return d/2 + time.Duration(rng.Int64N(int64(d)))
}

// wait reports false when ctx ended first.
func wait(ctx context.Context, d time.Duration) bool {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-ctx.Done():
		return false
	case <-timer.C:
		return true
	}
}

// keepDesk has the library's staff do one thing after the other.
func (n *demoNetwork) keepDesk(ctx context.Context, l *simulated) {
	for wait(ctx, around(l.rng, deskPause)) {
		action, err := l.desk.Act(l.system)
		if err != nil {
			n.screen.say(l.code, "au guichet : %v", err)
			continue
		}
		n.screen.say(l.code, "%s (carte %s)", action.Kind, cards.MaskNumber(action.Number))
	}
}

// comeAndGo takes an intermittent library online now and then: it deposits,
// then harvests.
func (n *demoNetwork) comeAndGo(ctx context.Context, l *simulated, rng *rand.Rand) {
	for wait(ctx, around(rng, onlinePause)) {
		n.online(ctx, l)
	}
}

func (n *demoNetwork) online(ctx context.Context, l *simulated) {
	visit, err := l.client.Session(ctx)
	if err != nil {
		if ctx.Err() == nil {
			n.screen.say(l.code, "en ligne, sans succès : %v", err)
		}
		return
	}
	if visit.Deposit.Sent == 0 && visit.Harvest.Records == 0 {
		return
	}
	given := fmt.Sprintf("donne %d", visit.Deposit.Sent)
	switch {
	case l.byFTP && visit.Deposit.Sent > 0:
		given += " par FTP"
	case visit.Deposit.Report.Refused > 0:
		given += fmt.Sprintf(" (%d refusées)", visit.Deposit.Report.Refused)
	}
	n.screen.say(l.code, "en ligne : %s, reçoit %d", given, visit.Harvest.Records)
}

// watch shows how far each library is behind.
func (n *demoNetwork) watch(ctx context.Context) {
	for wait(ctx, watchPause) {
		list, err := n.hub.store.Status(ctx)
		if err != nil {
			if ctx.Err() == nil {
				n.screen.say("", "état du réseau illisible : %v", err)
			}
			continue
		}
		n.screen.behind(list)
	}
}

// spoilFile has one library drop a file whose transfer broke off: the network
// shrugs, and the library gets it back by mail.
func (n *demoNetwork) spoilFile(ctx context.Context) {
	if !wait(ctx, spoilAfter) {
		return
	}
	for _, l := range n.libraries {
		if !l.byFTP {
			continue
		}
		n.screen.say(l.code, "dépose un fichier tronqué par FTP")
		if err := dropTruncated(ctx, n.hub.parts.ftpServer.Addr(), l); err != nil && ctx.Err() == nil {
			n.screen.say(l.code, "dépôt FTP impossible : %v", err)
		}
		return
	}
}

func dropTruncated(ctx context.Context, addr string, l *simulated) error {
	const patience = 5 * time.Second
	conn, err := ftp.Dial(addr, ftp.DialWithContext(ctx), ftp.DialWithTimeout(patience))
	if err != nil {
		return err
	}
	defer func() { _ = conn.Quit() }()
	if err := conn.Login(l.code, l.key); err != nil {
		return err
	}
	text := strings.Join([]string{
		`<?xml version="1.0" encoding="UTF-8"?>`,
		`<cartes xmlns="urn:carte-reseau:1" etablissement="` + l.code + `">`,
		`<carte><numero>2600999999</numero><nom>Mar`,
	}, "\n")
	if err := conn.Stor("coupe.xml.tmp", bytes.NewBufferString(text)); err != nil {
		return err
	}
	return conn.Rename("coupe.xml.tmp", "coupe.xml")
}
