package web

import "strconv"

// pageRows is how many rows a list shows at once.
const pageRows = 50

// before reads where a list that grows at its top goes on; 0 for its top.
func (v *visit) before() int64 {
	n, err := strconv.ParseInt(v.QueryParam("avant"), 10, 64)
	if err != nil || n < 1 {
		return 0
	}
	return n
}

// cut takes the row off that was asked for only to learn whether the list goes on, and says from where; 0 at its end.
func cut[T any](rows []T, limit int, id func(T) int64) ([]T, int64) {
	if len(rows) <= limit {
		return rows, 0
	}
	rows = rows[:limit]
	return rows, id(rows[limit-1])
}
