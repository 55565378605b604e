package rest

import (
	"context"
	"io"
	"iter"
	"strconv"
	"time"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humaecho"

	"github.com/carte-reseau/hub/internal/cards"
	"github.com/carte-reseau/hub/internal/sheet"
)

// AuditLog is the record of who saw and did what, as administrators read it.
type AuditLog interface {
	Audit(ctx context.Context, q cards.AuditQuery) ([]cards.AuditEntry, error)
	// AuditAll gives all entries the question selects, whatever its limit.
	AuditAll(ctx context.Context, q cards.AuditQuery) iter.Seq2[cards.AuditEntry, error]
}

// AuditTrail makes the subject of the audit log.
func AuditTrail(store AuditLog) Subject { return auditTrail{store: store} }

type auditTrail struct {
	store AuditLog
}

func (s auditTrail) register(d desk) {
	on(d, get(cards.RoleAdministrator, "list-audit", "/audit", "Le journal d’audit, du plus récent au plus ancien").personal(), s.list)
	on(d, get(cards.RoleAdministrator, "export-audit", "/audit.csv", "Le journal d’audit, en CSV").giving(csvType).personal(), s.export(d))
}

type apiAuditEntry struct {
	ID      int64     `json:"id"`
	At      time.Time `json:"at"`
	Actor   string    `json:"actor" doc:"Le compte, ou celui du système pour une commande"`
	Role    string    `json:"role,omitempty"`
	Door    string    `json:"door" enum:"pages,api,commande,concentrateur"`
	Action  string    `json:"action" doc:"Le nom de l’opération" example:"look-up-card"`
	Subject string    `json:"subject,omitempty" doc:"Sur quoi ; une carte par la fin de son identifiant OAI" example:"depot 12"`
	Detail  string    `json:"detail,omitempty"`
}

// AuditDocument is the document of one entry, for the command line.
func AuditDocument(e cards.AuditEntry) any { return toAuditEntry(e) }

func toAuditEntry(e cards.AuditEntry) apiAuditEntry {
	return apiAuditEntry{
		ID: e.ID, At: e.At.UTC(), Actor: e.Actor, Role: string(e.Role), Door: e.Door, Action: e.Action, Subject: e.Subject, Detail: e.Detail,
	}
}

// AuditFilter narrows the log. It is exported for the reason ListPage is.
type AuditFilter struct {
	Actor   string    `query:"actor" maxLength:"64" doc:"Seulement ce compte"`
	Action  string    `query:"action" pattern:"^[a-z0-9-]{1,64}$" doc:"Seulement cette opération"`
	Subject string    `query:"subject" pattern:"^[a-z]{1,32} [0-9a-z-]{1,64}$" doc:"Seulement ce qui porte là-dessus" example:"depot 12"`
	From    time.Time `query:"from" doc:"À partir de ce moment"`
	To      time.Time `query:"to" doc:"Avant ce moment"`
}

func (f AuditFilter) query() cards.AuditQuery {
	return cards.AuditQuery{Actor: f.Actor, Action: f.Action, Subject: f.Subject, From: f.From, To: f.To}
}

type auditList struct {
	Body struct {
		Entries    []apiAuditEntry `json:"entries"`
		NextBefore *int64          `json:"next_before" doc:"À redonner dans before pour la suite ; null à la fin"`
	}
}

func (s auditTrail) list(ctx context.Context, in *struct {
	AuditFilter
	Before int64 `query:"before" minimum:"1" doc:"Ne rend que les numéros inférieurs : next_before de la page précédente"`
	Limit  int   `query:"limit" minimum:"1" maximum:"200" default:"50" doc:"Nombre de lignes"`
}) (*auditList, error) {
	q := in.query()
	q.Before, q.Limit = in.Before, in.Limit+1
	rows, err := s.store.Audit(ctx, q)
	if err != nil {
		return nil, err
	}
	out := &auditList{}
	rows, out.Body.NextBefore = cut(rows, in.Limit, func(e cards.AuditEntry) int64 { return e.ID })
	out.Body.Entries = each(rows, toAuditEntry)
	return out, nil
}

const csvType = "text/csv; charset=utf-8"

func (s auditTrail) export(d desk) func(context.Context, *AuditFilter) (*huma.StreamResponse, error) {
	return func(ctx context.Context, in *AuditFilter) (*huma.StreamResponse, error) {
		entries := s.store.AuditAll(ctx, in.query())
		return &huma.StreamResponse{Body: func(h huma.Context) {
			h.SetHeader("Content-Disposition", `attachment; filename="audit.csv"`)
			d.stream(humaecho.Unwrap(h), csvType, func(w io.Writer) error { return WriteAuditCSV(w, entries) })
		}}, nil
	}
}

// WriteAuditCSV writes entries as a table for spreadsheets.
func WriteAuditCSV(to io.Writer, entries iter.Seq2[cards.AuditEntry, error]) error {
	return sheet.StreamCSV(to, func(yield func([]string, error) bool) {
		if !yield([]string{"numero", "moment", "acteur", "role", "porte", "action", "sujet", "detail"}, nil) {
			return
		}
		for e, err := range entries {
			line := []string{
				strconv.FormatInt(e.ID, 10), e.At.UTC().Format(time.RFC3339), e.Actor, string(e.Role), e.Door, e.Action, e.Subject, e.Detail,
			}
			if !yield(line, err) {
				return
			}
		}
	})
}
