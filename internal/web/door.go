package web

import (
	"errors"
	"log/slog"
	"net/http"
	"net/url"
	"time"

	"github.com/labstack/echo/v4"

	"github.com/carte-reseau/hub/internal/cards"
)

// Options are what the door is built from. All interfaces are required.
type Options struct {
	Accounts Accounts
	Audit    Audit
	Limiter  Limiter
	// Passwords has passwords compared; nil: none that come by another door are counted with them.
	Passwords *cards.PasswordLine
	Agenda    Agenda
	First     FirstAccount
	Names     Names
	// Pages are laid out in this order; those of the sign-in are the door's own.
	Pages []Page
	// PublicURL is where people reach the hub: behind https the cookie is for https alone.
	PublicURL string
	// Location is the network's time zone; UTC if nil.
	Location *time.Location
	// Logger receives what people are not told; nil: nobody.
	Logger *slog.Logger
	// Version of the hub, at the foot of each page.
	Version string
	// Now is the clock; nil for the machine's.
	Now func() time.Time
}

// Door is the hub's door for people.
type Door struct {
	options Options
	pages   *renderer
	secure  bool // people come by https
	origins *http.CrossOriginProtection
	actions map[string]bool // what the pages record
}

// New makes the door. It fails where a template or a text is broken.
func New(o Options) (*Door, error) {
	if o.Accounts == nil || o.Audit == nil || o.Limiter == nil || o.Agenda == nil || o.First == nil || o.Names == nil {
		return nil, errors.New("the pages lack one of what they are to be joined to")
	}
	if o.Logger == nil {
		o.Logger = slog.New(slog.DiscardHandler)
	}
	if o.Location == nil {
		o.Location = time.UTC
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Passwords == nil {
		o.Passwords = cards.NewPasswordLine(o.Limiter, o.Now)
	}
	pages, err := newRenderer(o.Location, o.Now)
	if err != nil {
		return nil, err
	}
	public, err := url.Parse(o.PublicURL)
	if err != nil {
		return nil, cards.Errorf(cards.Invalid, "HUB_PUBLIC_URL : une adresse http:// ou https:// est attendue")
	}
	d := &Door{options: o, pages: pages, secure: public.Scheme == "https", origins: http.NewCrossOriginProtection(), actions: map[string]bool{}}
	if public.Host != "" {
		// A proxy in front may hand on another Host than the one people typed.
		if err := d.origins.AddTrustedOrigin(public.Scheme + "://" + public.Host); err != nil {
			return nil, cards.Errorf(cards.Invalid, "HUB_PUBLIC_URL : une adresse http:// ou https:// est attendue")
		}
	}
	return d, nil
}

// Register joins the door's addresses to e.
func (d *Door) Register(e *echo.Echo) {
	desk := desk{echo: e, door: d}
	registerAssets(desk)
	signInPages{door: d}.register(desk)
	for _, p := range d.options.Pages {
		p.register(desk)
	}
	e.RouteNotFound("/*", d.lost)
}
