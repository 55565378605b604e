package main

import (
	"cmp"
	"fmt"
	"log/slog"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"time"

	"github.com/alecthomas/kong"
	"github.com/carte-reseau/hub/internal/cards"
	"github.com/carte-reseau/hub/internal/jobs"
	"github.com/carte-reseau/hub/internal/oaiserver"
)

// Settings are given by flags, else by HUB_* variables, else by a YAML file
// whose keys are the flags' names.
type Settings struct {
	Config string `name:"config" placeholder:"FICHIER" help:"Fichier de configuration YAML (HUB_CONFIG)."`

	Data       string `name:"data" default:"./data" help:"Dossier des données (HUB_DATA)."`
	Database   string `name:"database" default:"sqlite:hub.db" help:"sqlite:CHEMIN, relatif au dossier des données, ou postgres://… (HUB_DATABASE)."`
	SecretFile string `name:"secret-file" default:"secret" help:"Fichier du secret, créé avec une base de données neuve (HUB_SECRET_FILE)."`

	TrustedProxies string `name:"trusted-proxies" placeholder:"CIDR,…" help:"Mandataires d’autres machines qui disent de qui vient une requête (HUB_TRUSTED_PROXIES)."`

	Listen      string   `name:"listen" default:"127.0.0.1:8080" help:"Adresse d’écoute HTTP (HUB_LISTEN)."`
	PublicURL   string   `name:"public-url" placeholder:"URL" help:"Adresse du concentrateur vue de l’extérieur (HUB_PUBLIC_URL)."`
	Code        string   `name:"code" default:"reseau" help:"Code d’établissement du concentrateur (HUB_CODE)."`
	Domain      string   `name:"domain" placeholder:"DOMAINE" help:"Domaine des identifiants OAI (HUB_DOMAIN)."`
	AdminEmail  string   `name:"admin-email" placeholder:"ADRESSE" help:"Adresse de l’administrateur (HUB_ADMIN_EMAIL)."`
	Timezone    string   `name:"timezone" default:"Europe/Paris" help:"Fuseau horaire du réseau (HUB_TIMEZONE)."`
	MaxDocument byteSize `name:"max-document" default:"1GiB" help:"Taille maximale d’un document (HUB_MAX_DOCUMENT)."`

	KeepMonths int `name:"keep-months" default:"0" help:"Mois pendant lesquels une carte est conservée après sa fin ; 0 : sans limite (HUB_KEEP_MONTHS)."`

	FTP             string `name:"ftp" default:"off" help:"off, embedded://HÔTE:PORT, ftp://… ou ftpes://… (HUB_FTP)."`
	FTPPasswordFile string `name:"ftp-password-file" placeholder:"FICHIER" help:"Mot de passe du serveur FTP (HUB_FTP_PASSWORD_FILE)."`
	FTPPassive      string `name:"ftp-passive" placeholder:"PORT-PORT" help:"Ports passifs du serveur FTP embarqué (HUB_FTP_PASSIVE)."`
	FTPShared       bool   `name:"ftp-shared" help:"Prendre aussi les fichiers à la racine du dépôt (HUB_FTP_SHARED)."`
	FTPSchedule     string `name:"ftp-schedule" default:"@every 30s" help:"Cadence de relève du dépôt FTP (HUB_FTP_SCHEDULE)."`
	FTPCertificate  string `name:"ftp-certificate" placeholder:"FICHIER" help:"Certificat PEM du serveur FTP embarqué (HUB_FTP_CERTIFICATE)."`
	FTPKey          string `name:"ftp-key" placeholder:"FICHIER" help:"Clé PEM du certificat (HUB_FTP_KEY)."`

	SMTP             string `name:"smtp" default:"off" help:"off, smtp://… ou smtps://… (HUB_SMTP)."`
	SMTPPasswordFile string `name:"smtp-password-file" placeholder:"FICHIER" help:"Mot de passe du serveur de courriel (HUB_SMTP_PASSWORD_FILE)."`
	MailFrom         string `name:"mail-from" placeholder:"ADRESSE" help:"Expéditeur des courriels (HUB_MAIL_FROM)."`

	OAIPage      int           `name:"oai-page" default:"500" help:"Cartes par page de moissonnage (HUB_OAI_PAGE)."`
	OAITokenLife time.Duration `name:"oai-token-life" default:"24h" help:"Durée de vie des jetons de reprise (HUB_OAI_TOKEN_LIFE)."`

	LogLevel slog.Level `name:"log-level" default:"info" help:"debug, info, warn ou error (HUB_LOG_LEVEL)."`

	limits limits `kong:"-"`
}

// database gives the address with a relative SQLite path put into the data
// folder.
func (s *Settings) database() string {
	path, ok := strings.CutPrefix(s.Database, "sqlite:")
	if !ok || filepath.IsAbs(path) {
		return s.Database
	}
	return "sqlite:" + filepath.Join(s.Data, path)
}

func (s *Settings) secretPath() string {
	if filepath.IsAbs(s.SecretFile) {
		return s.SecretFile
	}
	return filepath.Join(s.Data, s.SecretFile)
}

// A card that ended is kept until its end has been told everywhere; whoever means
// years and writes days is stopped.
const (
	minKeepMonths = 3
	maxKeepMonths = 600
)

// check refuses what no command should begin with; the rest is checked where it
// is used.
func (s *Settings) check() error {
	if !cards.ValidCode(s.Code) {
		return cards.Errorf(cards.Invalid, "HUB_CODE « %s » : 1 à 32 caractères parmi a-z, 0-9 et -", s.Code)
	}
	if s.OAIPage < 1 {
		return cards.Errorf(cards.Invalid, "HUB_OAI_PAGE = %d : une carte par page au moins", s.OAIPage)
	}
	if s.OAITokenLife <= 0 {
		return cards.Errorf(cards.Invalid, "HUB_OAI_TOKEN_LIFE = %s : au moins %s", s.OAITokenLife, oaiserver.MinTokenLife)
	}
	if s.KeepMonths != 0 && (s.KeepMonths < minKeepMonths || s.KeepMonths > maxKeepMonths) {
		return cards.Errorf(cards.Invalid, "HUB_KEEP_MONTHS = %d : 0 (sans limite), ou de %d à %d mois", s.KeepMonths, minKeepMonths, maxKeepMonths)
	}
	if _, err := jobs.ParseSchedule(s.FTPSchedule); err != nil {
		return fmt.Errorf("HUB_FTP_SCHEDULE : %w", err)
	}
	return s.checkPublicURL()
}

// checkPublicURL refuses what no link could be made with: the paths of the
// pages and the doors begin at the root.
func (s *Settings) checkPublicURL() error {
	if s.PublicURL == "" {
		return nil
	}
	u, err := url.Parse(s.PublicURL)
	switch {
	case err != nil, u.Scheme != "http" && u.Scheme != "https", u.Hostname() == "":
		return cards.Errorf(cards.Invalid, "HUB_PUBLIC_URL : une adresse comme https://reseau.example.fr est attendue")
	case u.User != nil, strings.Trim(u.Path, "/") != "", u.RawQuery != "", u.ForceQuery, u.Fragment != "":
		return cards.Errorf(cards.Invalid, "HUB_PUBLIC_URL : rien n’est attendu avant ni après https://%s ; le concentrateur répond à la racine d’un nom, pas sous un chemin", u.Host)
	}
	return nil
}

func (s *Settings) location() (*time.Location, error) {
	place, err := time.LoadLocation(s.Timezone)
	if err != nil {
		return nil, cards.Errorf(cards.Invalid, "HUB_TIMEZONE : le fuseau horaire « %s » n’existe pas (exemple : Europe/Paris)", s.Timezone)
	}
	return place, nil
}

// publicURL is where libraries reach the hub; listen is where it was bound.
func (s *Settings) publicURL(listen string) string {
	if s.PublicURL != "" {
		return strings.TrimRight(s.PublicURL, "/")
	}
	return "http://" + listen
}

// Fallbacks of a hub nobody has configured yet: reserved names that lead
// nowhere.
const (
	fallbackDomain = "carte-reseau.example"
	fallbackEmail  = "administrateur@carte-reseau.example"
)

var domainName = regexp.MustCompile(`^[a-zA-Z][a-zA-Z0-9-]*(\.[a-zA-Z][a-zA-Z0-9-]*)+$`)

func (s *Settings) domain(publicURL string) string {
	if s.Domain != "" {
		return s.Domain
	}
	return cmp.Or(publicName(publicURL), fallbackDomain)
}

// publicName is the name the network knows the hub's machine by; empty where it has none.
func publicName(publicURL string) string {
	if u, err := url.Parse(publicURL); err == nil && domainName.MatchString(u.Hostname()) {
		return u.Hostname()
	}
	return ""
}

func (s *Settings) adminEmail() string {
	if s.AdminEmail != "" {
		return s.AdminEmail
	}
	return fallbackEmail
}

func (s *Settings) mailFrom() string {
	if s.MailFrom != "" {
		return s.MailFrom
	}
	return s.adminEmail()
}

// byteSize reads sizes such as 512MiB.
type byteSize int64

// smallestDocument is the least that may be the largest: whoever forgets the unit would have every document refused.
const smallestDocument = 1 << 10

// UnmarshalText reads a number with KiB, MiB, GiB or nothing behind it.
func (b *byteSize) UnmarshalText(text []byte) error {
	rest, shift := strings.TrimSpace(string(text)), 0
	for i, unit := range []string{"KiB", "MiB", "GiB"} {
		if number, ok := strings.CutSuffix(rest, unit); ok {
			rest, shift = strings.TrimSpace(number), (i+1)*10
			break
		}
	}
	n, err := parsePositive(rest)
	if err != nil || n > (1<<62)>>shift {
		return cards.Errorf(cards.Invalid, "taille « %s » : un nombre suivi de KiB, MiB, GiB ou de rien est attendu", text)
	}
	if n<<shift < smallestDocument {
		return cards.Errorf(cards.Invalid, "taille « %s » : 1KiB au moins", text)
	}
	*b = byteSize(n << shift)
	return nil
}

// loadSettings reads the YAML file and the environment, and gives them to the
// parser for every flag the command line leaves open.
func loadSettings(parser *kong.Kong, file string) (kong.Resolver, error) {
	values, err := readConfiguration(file, os.Environ(), flagNames(parser.Model.Node))
	if err != nil {
		return nil, err
	}
	resolve := func(_ *kong.Context, _ *kong.Path, flag *kong.Flag) (any, error) {
		if value, ok := values[flag.Name]; ok {
			return value, nil
		}
		return nil, nil
	}
	return kong.ResolverFunc(resolve), nil
}

// flagNames lists the flags that are settings, which all commands share.
func flagNames(root *kong.Node) map[string]bool {
	names := map[string]bool{}
	for _, flag := range root.Flags {
		names[flag.Name] = true
	}
	return names
}
