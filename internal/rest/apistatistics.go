package rest

import (
	"bytes"
	"context"
	"net/http"
	"time"

	"github.com/carte-reseau/hub/internal/cards"
	"github.com/carte-reseau/hub/internal/sheet"
)

// Statistics makes the subject of how many enrol, renew, leave.
func Statistics(source sheet.Source) Subject { return statistics{source: source} }

type statistics struct {
	source sheet.Source
}

func (s statistics) register(d desk) {
	on(d, get(cards.RoleReader, "read-statistics", "/statistics", "Un tableau de statistiques").failing(http.StatusBadRequest), s.table)
	on(d, get(cards.RoleReader, "download-statistics", "/statistics.csv", "Le même tableau pour un tableur").failing(http.StatusBadRequest).giving(sheet.ContentType), s.download)
}

// StatisticsTable names a table in a query. It is exported for the reason ListPage is.
type StatisticsTable struct {
	View      string `query:"view" enum:"mois,annees,comparaison,mesures,bilan" default:"mois" doc:"mois : valeurs par mois ; annees : valeurs par année ; comparaison : mois par année, réseau entier ; mesures : les quatre mesures par mois, réseau entier ; bilan : les quatre mesures d’une année"`
	Dimension string `query:"dimension" enum:"reseau,etablissement,commune,age" default:"reseau" doc:"Ce dont les lignes sont les valeurs"`
	Measure   string `query:"measure" enum:"inscriptions,reinscriptions,fins,cartes-actives" default:"inscriptions" doc:"Ce qui est compté ; les cartes actives le sont au dernier jour du mois"`
	From      string `query:"from" pattern:"^[0-9]{4}(-[0-9]{2})?$" doc:"Premier mois (AAAA-MM) ou première année (AAAA) ; absent : douze mois, trois ans ou l’année"`
	To        string `query:"to" pattern:"^[0-9]{4}(-[0-9]{2})?$" doc:"Dernier mois ou dernière année ; le mois en cours au plus tard"`
	Through   int    `query:"through" minimum:"1" maximum:"12" doc:"Vues annees et bilan : ne compter chaque année que de janvier à ce mois, pour comparer une année en cours"`
}

func (s statistics) read(ctx context.Context, in *StatisticsTable) (*cards.Table, error) {
	return sheet.Read(ctx, s.source, sheet.Query{
		View: in.View, Dimension: in.Dimension, Measure: in.Measure, From: in.From, To: in.To, Through: in.Through,
	})
}

type apiTable struct {
	Title   string     `json:"title"`
	Corner  string     `json:"corner" doc:"Ce que les lignes sont" example:"Commune"`
	Columns []string   `json:"columns" example:"2025-09,2025-10"`
	Rows    []apiLine  `json:"rows"`
	Total   *apiLine   `json:"total" doc:"Somme des lignes ; null où elle n’a pas de sens"`
	AsOf    *time.Time `json:"as_of" doc:"Dernière modification comptée ; null si aucune ne l’est encore"`
	Behind  int64      `json:"behind" doc:"Cartes modifiées qui ne sont pas encore comptées, 100 000 au plus"`
	Today   string     `json:"today" doc:"Le jour du réseau : de son mois, ce qui en est connu" format:"date"`
}

type apiLine struct {
	Value  string   `json:"value" doc:"Code, nom de commune sans casse ni accents, tranche d’âge, mois ; vide : non renseigné"`
	Label  string   `json:"label"`
	Counts []*int64 `json:"counts" doc:"Un nombre par colonne ; null pour un mois à venir"`
}

// TableDocument is the document of a table, for the command line.
func TableDocument(t *cards.Table) any { return toTable(t) }

func toTable(t *cards.Table) apiTable {
	out := apiTable{
		Title: t.Title, Corner: t.Corner, Columns: append([]string{}, t.Columns...), Rows: each(t.Rows, toLine),
		AsOf: moment(t.AsOf), Behind: t.Behind, Today: t.Today,
	}
	if t.Total != nil {
		total := toLine(*t.Total)
		out.Total = &total
	}
	return out
}

func toLine(r cards.TableRow) apiLine {
	return apiLine{Value: r.Value, Label: r.Label, Counts: each(r.Cells, func(c cards.Cell) *int64 {
		if c.Empty {
			return nil
		}
		return &c.Count
	})}
}

type tableDocument struct {
	Body apiTable
}

func (s statistics) table(ctx context.Context, in *StatisticsTable) (*tableDocument, error) {
	t, err := s.read(ctx, in)
	if err != nil {
		return nil, err
	}
	return &tableDocument{Body: toTable(t)}, nil
}

type tableFile struct {
	ContentType string `header:"Content-Type"`
	Disposition string `header:"Content-Disposition"`
	Body        []byte
}

func (s statistics) download(ctx context.Context, in *StatisticsTable) (*tableFile, error) {
	t, err := s.read(ctx, in)
	if err != nil {
		return nil, err
	}
	var text bytes.Buffer
	if err := sheet.WriteCSV(&text, t.Records()); err != nil {
		return nil, err
	}
	return &tableFile{
		ContentType: sheet.ContentType, Disposition: `attachment; filename="` + sheet.FileName(in.Dimension, in.Measure, in.View) + `"`, Body: text.Bytes(),
	}, nil
}
