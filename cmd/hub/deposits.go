package main

import (
	"bytes"
	"context"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"iter"
	"maps"
	"slices"
	"text/tabwriter"
	"time"

	"github.com/carte-reseau/hub/internal/cards"
	"github.com/carte-reseau/hub/internal/rest"
)

type depositsCommand struct {
	List     depositsList     `cmd:"" help:"Lister les dépôts, du plus récent au plus ancien."`
	Show     depositsShow     `cmd:"" help:"Montrer un dépôt : ce qu’il a fait, ou ferait s’il est suspendu."`
	Report   depositsReport   `cmd:"" help:"Écrire le rapport d’un dépôt, en XML."`
	Document depositsDocument `cmd:"" help:"Écrire le document d’un dépôt tel qu’il est arrivé, tant qu’il est conservé."`
	Accept   depositsAccept   `cmd:"" help:"Laisser passer un dépôt suspendu."`
	Refuse   depositsRefuse   `cmd:"" help:"Écarter un dépôt suspendu ; la bibliothèque est prévenue."`
	Retry    depositsRetry    `cmd:"" help:"Intégrer à nouveau un document refusé, en tout ou en partie."`
}

type depositsList struct {
	Suspended bool   `name:"suspended" help:"Seulement ceux qui attendent une décision."`
	Library   string `name:"library" placeholder:"CODE" help:"Seulement ceux de cette bibliothèque."`
	Limit     int    `name:"limit" default:"50" help:"Nombre de dépôts ; 0 : tous."`
	JSON      bool   `name:"json" help:"Un document JSON par ligne, comme dans /api/v1/deposits."`
}

// Run lists the deposits.
func (a depositsList) Run(ctx context.Context, s *Settings, c console) error {
	f, err := open(ctx, s, c)
	if err != nil {
		return err
	}
	defer f.close()
	rows, err := a.read(ctx, f)
	if err != nil {
		return err
	}
	none := "Aucun dépôt."
	if a.Suspended {
		none = "Aucun dépôt n’attend de décision."
	}
	return wholeList[cards.Deposit]{rest.DepositDocument, printDeposits, none}.write(c, f, rows, a.JSON)
}

func (a depositsList) read(ctx context.Context, f *foundation) ([]cards.Deposit, error) {
	q := cards.DepositQuery{Library: a.Library, Limit: pageOfRows}
	if a.Suspended {
		q.Status = cards.Suspended
	}
	read := func(before int64) ([]cards.Deposit, error) {
		q.Before = before
		return f.store.Deposits(ctx, q)
	}
	return newest(a.Limit, read, func(d cards.Deposit) int64 { return d.ID })
}

func printDeposits(c console, rows []cards.Deposit, place *time.Location) error {
	w := tabwriter.NewWriter(c.out, 0, 0, 2, ' ', 0)
	_, _ = fmt.Fprintln(w, "N°\tBIBLIOTHÈQUE\tPAR\tARRIVÉ LE\tÉTAT\tCARTES\tCRÉÉES\tMODIFIÉES\tREJETÉES")
	for _, d := range rows {
		n := d.Counts
		_, _ = fmt.Fprintf(w, "%d\t%s\t%s\t%s\t%s\t%s\t%s\t%s\t%s\n", d.ID, d.Library, d.Door, shown(d.Arrived, place), depositState(&d),
			grouped(n.Received), grouped(n.Created), grouped(n.Modified), grouped(n.Rejected))
	}
	return w.Flush()
}

func depositState(d *cards.Deposit) string {
	if d.Accepted && d.Status == cards.Received {
		return "accepté, à intégrer"
	}
	return string(d.Status)
}

type depositsShow struct {
	ID   int64 `arg:"" help:"Numéro du dépôt."`
	All  bool  `name:"all" help:"Nommer toutes les cartes modifiées, et non les premières."`
	JSON bool  `name:"json" help:"Le document JSON, comme dans /api/v1/deposits."`
}

// Run shows a deposit: its counts, the fields it touches and the numbers of the
// cards it modifies, none of their contents.
func (a depositsShow) Run(ctx context.Context, s *Settings, c console) error {
	f, err := open(ctx, s, c)
	if err != nil {
		return err
	}
	defer f.close()
	d, err := f.store.Deposit(ctx, a.ID)
	if err != nil {
		return err
	}
	if a.JSON {
		return eachAsJSON(c, []cards.Deposit{*d}, rest.DepositDocument)
	}
	if err := printDeposit(c, d, f.place); err != nil {
		return err
	}
	if d.Status != cards.Suspended {
		return nil
	}
	err = f.carryOut(ctx, "get-deposit-report", cards.SubjectDeposit(d.ID), "", func() error { return a.printModified(ctx, f, c, d) })
	if err != nil {
		return err
	}
	c.printf("\n%s", howToJudge(d.ID))
	return nil
}

func printDeposit(c console, d *cards.Deposit, place *time.Location) error {
	rows := [][2]string{
		{"bibliothèque", d.Library}, {"par", string(d.Door)}, {"arrivé le", shown(d.Arrived, place)}, {"établi le", shown(d.Made, place)},
		{"taille", grouped(d.Size) + " octets"}, {"état", depositState(d)},
	}
	if !d.Suspended.IsZero() {
		rows = append(rows, [2]string{"suspendu le", shown(d.Suspended, place)})
	}
	if !d.Judged.IsZero() {
		verdict := "refusé"
		if d.Accepted {
			verdict = "accepté"
		}
		rows = append(rows, [2]string{"décision", fmt.Sprintf("%s par %s le %s", verdict, d.JudgedBy, shown(d.Judged, place))})
	}
	if d.Fault != nil {
		rows = append(rows, [2]string{"raison", d.Fault.Message})
	}
	title := "cartes"
	if d.Status == cards.Suspended {
		title = "ce qu’il ferait"
	}
	rows = append(rows, [2]string{title, outcomeText(d.Counts, "reçue", "reçues")})
	w := tabwriter.NewWriter(c.out, 0, 0, 2, ' ', 0)
	writeFacts(w, rows)
	for _, field := range mostTouched(d.Touched) {
		_, _ = fmt.Fprintf(w, "  %s\t%s\n", field, counted(d.Touched[field], "carte", "cartes"))
	}
	return w.Flush()
}

// mostTouched orders fields by the cards in which they would change.
func mostTouched(fields map[string]int) []string {
	return slices.SortedFunc(maps.Keys(fields), func(a, b string) int {
		if fields[a] != fields[b] {
			return fields[b] - fields[a]
		}
		if a < b {
			return -1
		}
		return 1
	})
}

// firstModified is how many cards are named where nobody asks for all.
const firstModified = 20

func (a depositsShow) printModified(ctx context.Context, f *foundation, c console, d *cards.Deposit) error {
	c.printf("\nCartes modifiées :\n")
	named := 0
	for number, err := range f.modifiedCards(ctx, d.ID) {
		if err != nil {
			return err
		}
		if named++; named > firstModified && !a.All {
			c.printf("  … et %s (--all)\n", counted(d.Counts.Modified-firstModified, "autre", "autres"))
			return nil
		}
		c.printf("  %s\n", number)
	}
	return nil
}

// modifiedCards reads back from a deposit's report which cards it modifies.
func (f *foundation) modifiedCards(ctx context.Context, deposit int64) iter.Seq2[string, error] {
	return func(yield func(string, error) bool) {
		for piece, err := range f.store.Results(ctx, deposit, false) {
			lines := xml.NewDecoder(bytes.NewReader(piece))
			for err == nil {
				var line struct {
					Number string `xml:"numero,attr"`
					Result string `xml:"resultat,attr"`
				}
				if err = lines.Decode(&line); err == nil && line.Result == string(cards.Modified) && !yield(line.Number, nil) {
					return
				}
			}
			if !errors.Is(err, io.EOF) {
				yield("", err)
				return
			}
		}
	}
}

type depositsAccept struct {
	ID int64 `arg:"" help:"Numéro du dépôt."`
	answers
}

// Run lets a suspended deposit through; the hub that is running integrates it.
func (a depositsAccept) Run(ctx context.Context, s *Settings, c console) error {
	return decide(ctx, s, c, func(f *foundation) error {
		err := f.carryOut(ctx, "accept-deposit", cards.SubjectDeposit(a.ID), "", func() error {
			return f.store.AcceptDeposit(ctx, a.ID, atConsole())
		})
		if err != nil {
			return err
		}
		return f.depositDone(ctx, c, a.answers, a.ID,
			fmt.Sprintf("Dépôt %d accepté : hub serve l’intègre dans les secondes qui viennent. Suivi : hub deposits show %d\n", a.ID, a.ID))
	})
}

type depositsRefuse struct {
	ID     int64  `arg:"" help:"Numéro du dépôt."`
	Reason string `name:"reason" required:"" placeholder:"MOTIF" help:"Motif, transmis à la bibliothèque."`
	answers
}

// Run sets a suspended deposit aside; the hub that is running tells the
// library.
func (a depositsRefuse) Run(ctx context.Context, s *Settings, c console) error {
	return decide(ctx, s, c, func(f *foundation) error {
		err := f.carryOut(ctx, "refuse-deposit", cards.SubjectDeposit(a.ID), "", func() error {
			return f.store.RefuseDeposit(ctx, a.ID, atConsole(), a.Reason)
		})
		if err != nil {
			return err
		}
		return f.depositDone(ctx, c, a.answers, a.ID, fmt.Sprintf("Dépôt %d écarté : rien n’en est intégré, la bibliothèque est prévenue.\n", a.ID))
	})
}

type depositsRetry struct {
	ID int64 `arg:"" help:"Numéro du dépôt."`
	answers
}

// Run makes a deposit of the same bytes; the hub that is running integrates it.
func (a depositsRetry) Run(ctx context.Context, s *Settings, c console) error {
	return decide(ctx, s, c, func(f *foundation) error {
		var d *cards.Deposit
		err := f.carryOut(ctx, "retry-deposit", cards.SubjectDeposit(a.ID), "", func() (err error) {
			d, err = f.store.RetryDeposit(ctx, a.ID)
			return err
		})
		if err != nil {
			return err
		}
		return a.tell(c, rest.DepositDocument(*d),
			"Dépôt %d : le même document, que hub serve intègre dans les secondes qui viennent. Suivi : hub deposits show %d\n", d.ID, d.ID)
	})
}

// depositDone tells what was decided on a deposit, as it is now.
func (f *foundation) depositDone(ctx context.Context, c console, a answers, id int64, said string) error {
	d, err := f.store.Deposit(ctx, id)
	if err != nil {
		return err
	}
	return a.tell(c, rest.DepositDocument(*d), "%s", said)
}
