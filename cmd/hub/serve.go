package main

import (
	"context"
	"errors"
	"net"
	"net/http"
	"time"

	"golang.org/x/sync/errgroup"
)

type serveCommand struct{}

// Run keeps the network in step until it is told to stop.
func (serveCommand) Run(ctx context.Context, s *Settings, c console) error {
	h, err := newHub(ctx, s, c)
	if err != nil {
		return err
	}
	defer h.close()
	h.log.Info("hub started", "version", version, "listen", h.listener.Addr().String(), "public_url", h.publicURL)
	if err := h.welcome(ctx); err != nil {
		return err
	}
	err = h.run(ctx)
	h.log.Info("hub stopped")
	return err
}

// welcome tells whoever has just installed the hub where to begin.
func (h *hub) welcome(ctx context.Context) error {
	first := h.firstAccount()
	needed, err := first.prepare(ctx)
	if needed {
		h.log.Info("nobody can sign in yet: open the pages and give the code in the file", "page", h.publicURL+"/premier-compte", "file", first.path)
	}
	return err
}

// hub is the whole program as a value: made and bound by newHub, living in
// run, given back by close.
type hub struct {
	*foundation
	publicURL string
	listener  net.Listener
	server    *http.Server
	parts     *parts
	// lifetime ends when the hub is closed: work whose asker has left goes on
	// under it.
	lifetime context.Context //nolint:containedctx // the owner of what outlives a request
	end      context.CancelFunc
}

// Limits of every HTTP connection; bodies have their doors' own.
const (
	headerTimeout = 10 * time.Second
	idleTimeout   = 2 * time.Minute
	maxHeader     = 64 << 10
	stopTimeout   = 20 * time.Second
)

// newHub opens the database, binds the addresses and joins doors and tools, so
// that whatever is wrong with the configuration is said before anything runs.
func newHub(ctx context.Context, s *Settings, c console) (*hub, error) {
	f, err := open(ctx, s, c)
	if err != nil {
		return nil, err
	}
	h := &hub{foundation: f}
	h.lifetime, h.end = context.WithCancel(context.WithoutCancel(ctx))
	if err := h.build(ctx); err != nil {
		h.close()
		return nil, err
	}
	return h, nil
}

func (h *hub) build(ctx context.Context) error {
	listener, err := listen(ctx, h.settings.Listen)
	if err != nil {
		return err
	}
	h.listener = listener
	h.publicURL = h.settings.publicURL(listener.Addr().String())
	if h.parts, err = h.join(ctx); err != nil {
		return err
	}
	handler, err := h.routes()
	if err != nil {
		return err
	}
	h.server = &http.Server{
		Handler: handler, ReadHeaderTimeout: headerTimeout, IdleTimeout: idleTimeout, MaxHeaderBytes: maxHeader,
		BaseContext: func(net.Listener) context.Context { return h.lifetime },
	}
	return nil
}

// run serves until ctx ends, then stops in order: no new work, what is under
// way comes to its end or is saved where it stands.
func (h *hub) run(ctx context.Context) error {
	group, ctx := errgroup.WithContext(ctx)
	group.Go(func() error {
		if err := h.server.Serve(h.listener); !errors.Is(err, http.ErrServerClosed) {
			return err
		}
		return nil
	})
	group.Go(func() error { return h.parts.runner.Run(ctx) })
	group.Go(func() error { return h.parts.live.Run(ctx) }) // its end lets those go who watch, so that the server need not wait for them
	if h.parts.ftpServer != nil {
		group.Go(func() error { return h.parts.ftpServer.Run(ctx) })
	}
	group.Go(func() error {
		<-ctx.Done()
		patience, cancel := context.WithTimeout(context.WithoutCancel(ctx), stopTimeout)
		defer cancel()
		if err := h.server.Shutdown(patience); err != nil {
			h.end() // what did not end by itself is ended
			return h.server.Close()
		}
		return nil
	})
	return group.Wait()
}

// close gives everything back; the hub cannot be run afterwards.
func (h *hub) close() {
	h.end()
	if h.listener != nil {
		_ = h.listener.Close() // closed by Shutdown already where the hub ran
	}
	if h.parts != nil {
		h.parts.close()
	}
	h.foundation.close()
}
