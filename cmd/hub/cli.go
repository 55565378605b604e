package main

import (
	"context"
	"errors"
	"fmt"
	"io"

	"github.com/alecthomas/kong"
	"github.com/carte-reseau/hub/internal/cards"
)

// console is where a command talks to the person who called it.
type console struct {
	in  io.Reader
	out io.Writer
	err io.Writer
}

func (c console) printf(format string, args ...any) { _, _ = fmt.Fprintf(c.out, format, args...) }

type commands struct {
	Settings `embed:"" group:"settings"`

	Serve      serveCommand      `cmd:"" help:"Faire vivre le réseau (démon)."`
	Demo       demoCommand       `cmd:"" help:"Montrer un réseau de huit bibliothèques simulées sur cette machine."`
	Library    libraryCommand    `cmd:"" help:"Les bibliothèques du réseau."`
	User       userCommand       `cmd:"" help:"Les comptes du personnel."`
	Import     importCommand     `cmd:"" help:"Intégrer un fichier de cartes au nom d’une bibliothèque."`
	Status     statusCommand     `cmd:"" help:"L’état du réseau. Pour la supervision : 0 tout va bien, 1 quelqu’un est demandé, 3 l’état ne peut être lu."`
	Runs       runsCommand       `cmd:"" help:"Ce que le concentrateur a fait : moissons, livraisons, relèves, du plus récent au plus ancien."`
	Deposits   depositsCommand   `cmd:"" help:"Les documents reçus, et ceux qui attendent une décision."`
	Card       cardCommand       `cmd:"" help:"Les cartes : les trouver, où elles sont, leur histoire, leur effacement."`
	Erasures   erasuresCommand   `cmd:"" help:"Les cartes effacées à la demande de leur titulaire, et qui l’a confirmé."`
	Conflicts  conflictsCommand  `cmd:"" help:"Les conflits et les doutes à trancher."`
	Duplicates duplicatesCommand `cmd:"" help:"Les doublons probables : une personne sous deux numéros."`
	Outbox     outboxCommand     `cmd:"" help:"Les courriels du concentrateur : ce qui attend, ce qui a été abandonné."`
	Audit      auditCommand      `cmd:"" help:"Le journal d’audit : qui a vu ou fait quoi."`
	Statistics statisticsCommand `cmd:"" help:"Inscriptions, réinscriptions, fins et cartes actives, par mois et par année."`
	Migrate    migrateCommand    `cmd:"" help:"Mettre la base de données à jour."`
	Version    versionCommand    `cmd:"" help:"La version du programme."`
}

// Exit statuses, so that scripts and monitoring can tell them apart.
const (
	exitOK    = 0
	exitError = 1
	exitUsage = 2
	// exitUnknown is how monitoring expects to be told that nothing is known.
	exitUnknown = 3
)

// stop is how kong's own exit (after --help) reaches run.
type stop int

// run executes one command line and returns the exit status.
func run(ctx context.Context, c console, args []string) (status int) {
	defer func() {
		switch ended := recover().(type) {
		case nil:
		case stop:
			status = int(ended)
		default:
			panic(ended)
		}
	}()
	var cli commands
	parser, err := kong.New(&cli,
		kong.Name("hub"), kong.Description("Le concentrateur de la carte réseau : une carte de lecteur pour toutes les bibliothèques."),
		kong.Writers(c.out, c.err), kong.Exit(func(code int) { panic(stop(code)) }),
		kong.BindTo(ctx, (*context.Context)(nil)), kong.Bind(c), kong.Vars{"version": version},
		kong.Help(helpInFrench), kong.ConfigureHelp(kong.HelpOptions{FlagsLast: true, NoExpandSubcommands: true, Compact: true}),
		kong.ExplicitGroups([]kong.Group{{Key: "settings", Title: "Réglages, communs à toutes les commandes :"}}),
	)
	if err != nil {
		return c.fail(err, exitError)
	}
	parser.Model.HelpFlag.Help = "Montrer cette aide."
	bindHelp(parser.Model.Node)
	resolver, err := loadSettings(parser, configFile(args))
	if err != nil {
		return c.fail(err, exitUsage)
	}
	kong.Resolvers(resolver).Apply(parser) //nolint:errcheck // only appends
	parsed, err := parser.Parse(withHelp(args))
	if err != nil {
		return c.fail(mistaken(err), exitUsage)
	}
	err = parsed.Run(&cli.Settings)
	if unseen, is := errors.AsType[unknown](err); is {
		return c.fail(unseen.error, exitUnknown)
	}
	if err != nil {
		return c.fail(err, exitError)
	}
	return exitOK
}

// unknown is why the state could not be read.
type unknown struct{ error }

// errFailed ends a command whose output has already said why.
var errFailed = errors.New("failed")

func (c console) fail(err error, status int) int {
	if errors.Is(err, errFailed) {
		return status
	}
	_, _ = fmt.Fprintf(c.err, "hub : %s\n", spoken(err))
	if cards.CodeOf(err) == cards.Unavailable {
		_, _ = fmt.Fprintln(c.err, "hub : réessayez quand ce qui est nommé ci-dessus est rétabli.")
	}
	return status
}

type versionCommand struct{ answers }

func (a versionCommand) Run(c console) error {
	return a.tell(c, programDone{Version: version}, "hub %s\n", version)
}
