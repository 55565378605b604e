package oaiserver

import (
	"fmt"
	"log/slog"
	"regexp"
	"strings"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/carte-reseau/hub/internal/oai"
)

// The bounds of the settings.
const (
	DefaultPageSize  = 500
	MaxPageSize      = 5000 // a page is held in memory: about 1 KB a card
	DefaultTokenLife = 24 * time.Hour
	MinTokenLife     = 10 * time.Minute
	minKeyLength     = 16
)

// Options are the settings of the door. PublicURL, HubCode, Domain,
// AdminEmail, Key and Limiter must be given.
type Options struct {
	PublicURL  string // where the hub is reached from outside, without the path
	Name       string // repositoryName; empty: a plain one
	HubCode    string // the hub's own establishment code
	Domain     string // the domain name in identifiers
	AdminEmail string
	Location   *time.Location // of the network's calendar day; nil: UTC
	Key        []byte         // signs the resumption tokens
	PageSize   int            // 0: DefaultPageSize
	TokenLife  time.Duration  // 0: DefaultTokenLife
	Limiter    Limiter
	// PlacePatience is how long a request waits where as many of its library are
	// under way as may be; 0: cards.PlacePatience.
	PlacePatience time.Duration
	Log           *slog.Logger          // nil: none
	Metrics       prometheus.Registerer // nil: none
}

// adminEmail is the pattern of OAI-PMH.xsd.
var adminEmail = regexp.MustCompile(`^\S+@(\S+\.)+\S+$`)

func (o Options) withDefaults() Options {
	o.PublicURL = strings.TrimRight(o.PublicURL, "/")
	if o.Name == "" {
		o.Name = "Cartes du réseau de bibliothèques"
	}
	if o.Location == nil {
		o.Location = time.UTC
	}
	if o.PageSize == 0 {
		o.PageSize = DefaultPageSize
	}
	if o.TokenLife == 0 {
		o.TokenLife = DefaultTokenLife
	}
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	return o
}

// check names the setting that is wrong as the configuration calls it.
func (o Options) check() error {
	switch {
	case !oai.ValidURI(o.PublicURL) || !strings.HasPrefix(o.PublicURL, "http"):
		return fmt.Errorf("HUB_PUBLIC_URL « %s » : une adresse http:// ou https:// est attendue", o.PublicURL)
	case o.HubCode == "":
		return fmt.Errorf("HUB_CODE est vide")
	case !oai.ValidDomain(o.Domain):
		return fmt.Errorf("HUB_DOMAIN « %s » : un nom de domaine d’au moins deux parties est attendu (cartes.exemple.fr)", o.Domain)
	case !adminEmail.MatchString(o.AdminEmail):
		return fmt.Errorf("HUB_ADMIN_EMAIL « %s » : une adresse de courriel dont le domaine a un point est attendue", o.AdminEmail)
	case o.PageSize < 1 || o.PageSize > MaxPageSize:
		return fmt.Errorf("HUB_OAI_PAGE = %d : de 1 à %d cartes par page", o.PageSize, MaxPageSize)
	case o.TokenLife < MinTokenLife:
		return fmt.Errorf("HUB_OAI_TOKEN_LIFE = %s : au moins %s", o.TokenLife, MinTokenLife)
	case len(o.Key) < minKeyLength:
		return fmt.Errorf("la clé qui signe les jetons a %d octets : au moins %d sont nécessaires", len(o.Key), minKeyLength)
	case o.Limiter == nil:
		return fmt.Errorf("oaiserver: no limiter for failed sign-ins was given")
	}
	return nil
}
