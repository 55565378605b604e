package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"log/slog"
	"os"
	"os/signal"
	"regexp"
	"slices"
	"strings"
	"syscall"
	"time"
)

// options are how the bench is run.
type options struct {
	given    []string
	rows     *regexp.Regexp
	cards    int
	database string
	json     string
	profile  string
}

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), endings()...)
	o, err := parse(os.Args[1:])
	if err == nil {
		err = bench(ctx, o)
	}
	stop()
	if err != nil && !errors.Is(err, flag.ErrHelp) {
		fmt.Fprintln(os.Stderr, "bench:", err)
		os.Exit(1)
	}
}

// endings end a run in order: what it started is stopped, what it wrote is gone. Whoever started it with nohup meant it to outlive the
// terminal.
func endings() []os.Signal {
	list := []os.Signal{os.Interrupt, syscall.SIGTERM}
	if !signal.Ignored(syscall.SIGHUP) {
		list = append(list, syscall.SIGHUP)
	}
	return list
}

func parse(args []string) (options, error) {
	o := options{given: args}
	flags := flag.NewFlagSet("bench", flag.ContinueOnError)
	pattern := flags.String("rows", "", "measure the rows whose name begins with what this regular expression finds; all by default: "+names())
	flags.IntVar(&o.cards, "cards", 100_000, "cards of the usual network; the huge one has ten times as many, the small one a tenth")
	quick := flags.Bool("quick", false, "a tenth of the cards: to see that it works, not for figures")
	flags.StringVar(&o.database, "database", "both", "postgres, sqlite or both")
	flags.StringVar(&o.json, "json", "", "write the result to this file as well, as JSON")
	flags.StringVar(&o.profile, "profile", "", "put a processor and an allocation profile of every hub into this folder; slows them a little")
	if err := flags.Parse(args); err != nil {
		return o, err
	}
	if flags.NArg() > 0 {
		return o, fmt.Errorf("%q is no option", flags.Arg(0))
	}
	if o.database != "both" && o.database != "postgres" && o.database != "sqlite" {
		return o, fmt.Errorf("-database %q: postgres, sqlite or both", o.database)
	}
	if *quick {
		o.cards /= 10
	}
	const fewest = 10_000
	if o.cards < fewest {
		return o, fmt.Errorf("-cards: %d at least", fewest)
	}
	var err error
	if o.rows, err = regexp.Compile("^(?:" + *pattern + ")"); err != nil {
		return o, err
	}
	if !slices.ContainsFunc(rows, func(r row) bool { return o.rows.MatchString(r.name) }) {
		return o, fmt.Errorf("-rows %q finds none of: %s", *pattern, names())
	}
	return o, nil
}

func names() string {
	list := make([]string, len(rows))
	for i, r := range rows {
		list[i] = r.name
	}
	return strings.Join(list, ", ")
}

// bench measures the chosen rows on the chosen databases.
func bench(ctx context.Context, o options) (err error) {
	scratch, err := os.MkdirTemp("", "hub-bench-")
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(scratch)) }()
	if o.profile != "" {
		if err := os.MkdirAll(o.profile, 0o700); err != nil {
			return err
		}
	}
	p, err := buildProgram(ctx, scratch, o.profile)
	if err != nil {
		return err
	}
	fleet, err := startReceivers(ctx, libraries)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, fleet.close()) }()
	const tenfold = 10
	r := newResult(sizes{Small: o.cards / tenfold, Usual: o.cards, Huge: o.cards * tenfold})
	r.Options, r.Revision = o.given, revision(ctx)
	if err := r.write(o.json); err != nil {
		return err
	}
	fmt.Printf("%d, %d and %d cards; %d processors (%s); %s; revision %s\n",
		r.Cards.Small, r.Cards.Usual, r.Cards.Huge, r.Machine.Processors, r.Machine.Processor, r.Go, r.Revision)
	site := site{program: p, scratch: scratch, sizes: r.Cards, fleet: fleet}
	err = o.measureAll(ctx, site, r)
	return errors.Join(err, writeTable(os.Stdout, r.Lines))
}

func (o options) measureAll(ctx context.Context, site site, r *result) error {
	var errs []error
	for name, start := range engines(site.scratch) {
		if o.database != "both" && o.database != name {
			continue
		}
		errs = append(errs, o.measureOn(ctx, site, r, start))
	}
	return errors.Join(errs...)
}

// engines start in this order.
func engines(scratch string) func(yield func(string, func(context.Context) (engine, error)) bool) {
	return func(yield func(string, func(context.Context) (engine, error)) bool) {
		if yield("postgres", func(ctx context.Context) (engine, error) { return startPostgres(ctx, scratch) }) {
			yield("sqlite", func(context.Context) (engine, error) { return &sqlite{scratch: scratch}, nil })
		}
	}
}

// measureOn measures the chosen rows on one database. A row that cannot be measured is an error in the end, and does not
// keep the others from being.
func (o options) measureOn(ctx context.Context, s site, r *result, start func(context.Context) (engine, error)) (err error) {
	if s.engine, err = start(ctx); err != nil {
		return err
	}
	defer func() { err = errors.Join(err, s.engine.close()) }()
	about, err := s.engine.about(ctx)
	if err != nil {
		return err
	}
	fmt.Println(about)
	r.Settings = append(r.Settings, about)
	s.networks = map[int]*network{}
	s.log = slog.New(slog.NewTextHandler(os.Stderr, nil)).With("database", s.engine.name())
	var errs []error
	for i := range rows {
		if ctx.Err() != nil || !o.rows.MatchString(rows[i].name) {
			continue
		}
		errs = append(errs, o.measure(ctx, &s, r, &rows[i]))
	}
	return errors.Join(append(errs, ctx.Err())...)
}

// measure measures one row. That it could not be stands in the result as well.
func (o options) measure(ctx context.Context, s *site, r *result, row *row) error {
	begun := time.Now()
	found, err := row.measure(ctx, s)
	if err != nil {
		s.log.Error("not measured", "row", row.name, "error", err)
		err = fmt.Errorf("%s on %s: %w", row.name, s.engine.name(), err)
		r.NotMeasured = append(r.NotMeasured, err.Error())
		return errors.Join(err, r.write(o.json))
	}
	l := newLine(row, s.engine.name(), found)
	l.Seconds = time.Since(begun).Seconds()
	s.log.Info("measured", "row", l.Row, "measured", figure(l.Measured), "against", figure(l.Other), "unit", l.Unit, "ratio", figure(l.Ratio))
	r.Lines = append(r.Lines, l)
	return r.write(o.json)
}
