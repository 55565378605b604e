package rest

// ListPage is how a list is read that grows at its top. It is exported only because huma passes over embedded types that are not.
type ListPage struct {
	Library string `query:"library" pattern:"^[a-z0-9-]{1,32}$" doc:"Code d’une bibliothèque ; absent : toutes"`
	Before  int64  `query:"before" minimum:"1" doc:"Ne rend que les numéros inférieurs : next_before de la page précédente"`
	Limit   int    `query:"limit" minimum:"1" maximum:"200" default:"50" doc:"Nombre de lignes"`
}

// cut takes the row off that was asked for only to learn whether there is a next page.
func cut[T any](rows []T, limit int, id func(T) int64) ([]T, *int64) {
	if len(rows) <= limit {
		return rows, nil
	}
	rows = rows[:limit]
	next := id(rows[limit-1])
	return rows, &next
}

func each[T, U any](rows []T, to func(T) U) []U {
	out := make([]U, len(rows))
	for i, row := range rows {
		out[i] = to(row)
	}
	return out
}
