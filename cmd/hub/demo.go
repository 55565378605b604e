package main

import (
	"context"
	"crypto/rand"
	"errors"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/carte-reseau/hub/internal/cards"
	"golang.org/x/sync/errgroup"
)

type demoCommand struct {
	For  time.Duration `name:"for" placeholder:"DURÉE" help:"Finir après cette durée, comparer les bibliothèques et afficher le bilan ; sans elle, jusqu’à Ctrl-C."`
	Seed uint64        `name:"seed" placeholder:"NOMBRE" help:"Graine du hasard, pour rejouer une journée (défaut : au hasard)."`
}

// Run shows a whole network living on this machine: the hub with its FTP
// server, a mail sink, and eight simulated library systems, over real sockets.
// Nothing of an installed hub is touched.
func (d demoCommand) Run(ctx context.Context, s *Settings, c console) error {
	folder, err := os.MkdirTemp("", "hub-demo-")
	if err != nil {
		return err
	}
	defer func() { _ = os.RemoveAll(folder) }()
	database, drop, err := demoDatabase(ctx, s, folder)
	if err != nil {
		return err
	}
	defer drop()
	sink, err := startMailSink(ctx)
	if err != nil {
		return err
	}
	h, err := newHub(ctx, demoSettings(s, folder, database, sink.addr()), c)
	if err != nil {
		return errors.Join(err, sink.close())
	}
	return d.live(ctx, c, h, sink)
}

// live runs the hub beside the network until the demo is over, and stops both
// in order.
func (d demoCommand) live(ctx context.Context, c console, h *hub, sink *mailSink) error {
	hubCtx, stopHub := context.WithCancel(context.WithoutCancel(ctx))
	defer stopHub()
	group, hubCtx := errgroup.WithContext(hubCtx)
	group.Go(func() error { return h.run(hubCtx) })
	group.Go(func() error { return sink.serve() })

	err := d.network(ctx, hubCtx, c, h, sink)
	stopHub()
	err = errors.Join(err, sink.close(), group.Wait())
	h.close()
	return err
}

func (d demoCommand) network(ctx, hubCtx context.Context, c console, h *hub, sink *mailSink) error {
	n, err := newDemoNetwork(ctx, h, sink, newScreen(c, h.place), d.seed())
	if err != nil {
		return err
	}
	password, err := demoAccount(ctx, h)
	if err != nil {
		return err
	}
	defer n.close()
	day, cancel := context.WithCancel(ctx)
	defer cancel()
	if d.For > 0 {
		day, cancel = context.WithTimeout(ctx, d.For)
		defer cancel()
	}
	// A hub that fails ends the day too.
	stop := context.AfterFunc(hubCtx, cancel)
	defer stop()
	n.screen.opening(h, n, d, password)
	n.live(day)
	if hubCtx.Err() != nil {
		return context.Cause(hubCtx)
	}
	if ctx.Err() != nil || d.For == 0 {
		n.screen.say("", "la démonstration s’arrête")
		return nil
	}
	return n.evening(ctx)
}

func (d demoCommand) seed() uint64 {
	if d.Seed != 0 {
		return d.Seed
	}
	return uint64(time.Now().UnixNano())
}

// demoName is the account the pages of the demo are looked at with.
const demoName = "demo"

// demoAccount makes an administrator who signs in with the password returned: the demo ends with everything it made.
func demoAccount(ctx context.Context, h *hub) (password string, err error) {
	password = strings.ToLower(rand.Text()[:minKeyLength])
	_, err = addWithPassword(ctx, h.store, cards.User{Name: demoName, Role: cards.RoleAdministrator}, password)
	return password, err
}

// demoSettings are those of an ordinary hub, on ports the system chooses.
func demoSettings(s *Settings, folder, database, smtp string) *Settings {
	demo := *s
	demo.Data, demo.Database, demo.SecretFile = folder, database, "secret"
	demo.Listen, demo.PublicURL = "127.0.0.1:0", ""
	demo.FTP, demo.FTPSchedule, demo.FTPPassive = "embedded://127.0.0.1:0", "@every 2s", ""
	demo.FTPCertificate, demo.FTPKey, demo.FTPShared = "", "", false
	demo.SMTP, demo.SMTPPasswordFile = "smtp://"+smtp, ""
	demo.MailFrom = fallbackEmail
	demo.LogLevel = max(s.LogLevel, slog.LevelWarn) // the screen tells what happens
	return &demo
}

// demoDatabase is an embedded one in the demo's folder, or a schema of its own
// in the PostgreSQL the settings name. drop removes it.
func demoDatabase(ctx context.Context, s *Settings, folder string) (database string, drop func(), err error) {
	if !isPostgres(s.Database) {
		return "sqlite:" + filepath.Join(folder, "hub.db"), func() {}, nil
	}
	return demoSchema(ctx, s.Database, "hub_demo_"+randomName())
}
