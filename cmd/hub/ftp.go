package main

import (
	"context"
	"crypto/tls"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/carte-reseau/hub/internal/cards"
	"github.com/carte-reseau/hub/internal/ftpdrop"
)

// hasDrop reports whether the hub was given an FTP server.
func (s *Settings) hasDrop() bool { return s.FTP != "" && s.FTP != "off" }

// joinFTP makes the poller, and the hub's own FTP server where one is asked
// for: the poller reads that one too through the same client. Without a server
// it never polls, but tells of files that another hub took.
func (h *hub) joinFTP(ctx context.Context, p *parts) error {
	target, err := h.dropTarget(ctx, p)
	if err != nil {
		return err
	}
	o := h.settings.limits.drop
	o.Target, o.Shared, o.MaxDocument = target, h.settings.FTPShared, int64(h.settings.MaxDocument)
	o.PublicURL, o.AdminEmail, o.Location, o.Logger = h.publicURL, h.settings.AdminEmail, h.place, h.log
	p.poller = ftpdrop.New(h.store, p.inbox, o)
	return nil
}

// dropTarget is the server that is polled.
func (h *hub) dropTarget(ctx context.Context, p *parts) (ftpdrop.Target, error) {
	address, err := ftpdrop.ParseAddress(h.settings.FTP)
	target := address.Target
	switch {
	case err != nil || address.Kind == ftpdrop.Off:
		return target, err
	case address.Kind == ftpdrop.Embedded:
		if p.ftpServer, err = h.ftpServer(ctx, p, address.Listen); err != nil {
			return target, err
		}
		return p.ftpServer.Target(), nil
	}
	if file := h.settings.FTPPasswordFile; file != "" || !anonymous(target.User) {
		target.Password, err = passwordOf(target.User, "HUB_FTP", file)
	}
	return target, err
}

// anonymous reports whether a server lets the account in without a password
// (RFC 1635).
func anonymous(user string) bool {
	return strings.EqualFold(user, "anonymous") || strings.EqualFold(user, "ftp")
}

// ftpServer opens the hub's own FTP server. An uploaded file is taken at once.
func (h *hub) ftpServer(ctx context.Context, p *parts, listen string) (*ftpdrop.Server, error) {
	passive, err := ftpdrop.ParsePortRange(h.settings.FTPPassive)
	if err != nil {
		return nil, err
	}
	certificate, err := h.ftpCertificate()
	if err != nil {
		return nil, err
	}
	server, err := ftpdrop.NewServer(h.store, ftpdrop.ServerOptions{
		Listen: listen, Root: filepath.Join(h.settings.Data, "ftp"), TLS: certificate, Passive: passive,
		MaxFile: int64(h.settings.MaxDocument), Limiter: p.limiter, Logger: h.log,
		Uploaded: func(string) { h.wakeFTP(p) },
	})
	if err != nil {
		return nil, err
	}
	if err := server.Listen(ctx); err != nil {
		return nil, err
	}
	return server, nil
}

// wakeFTP has the drop looked at now. Where the database does not answer, the
// schedule will.
func (h *hub) wakeFTP(p *parts) {
	const patience = 5 * time.Second
	ctx, cancel := context.WithTimeout(h.lifetime, patience)
	defer cancel()
	if err := h.store.Wake(ctx, cards.JobFTP, cards.HubID); err != nil {
		h.log.Warn("an uploaded file waits for the schedule", "error", err)
		return
	}
	p.runner.Kick()
}

func (h *hub) ftpCertificate() (*tls.Config, error) {
	if h.settings.FTPCertificate == "" {
		return nil, nil
	}
	c := &servedCertificate{files: [2]string{h.settings.FTPCertificate, h.settings.FTPKey}, log: h.log}
	if _, err := c.current(); err != nil {
		return nil, cards.WrapError(cards.Invalid, err, "certificat du serveur FTP illisible (HUB_FTP_CERTIFICATE, HUB_FTP_KEY)")
	}
	return &tls.Config{
		GetCertificate: func(*tls.ClientHelloInfo) (*tls.Certificate, error) { return c.current() }, MinVersion: tls.VersionTLS12,
	}, nil
}

// filesWaiting reports whether a library's folder of the hub's own FTP server
// holds a file.
func (h *hub) filesWaiting(code string) bool {
	entries, err := os.ReadDir(filepath.Join(h.settings.Data, "ftp", code))
	return err == nil && len(entries) > 0
}
