package store

import "context"

// LibraryNames tells what libraries are called, by their codes. What one that has left the network gave is still there: it
// is named too, unless another has its code now.
func (s *Store) LibraryNames(ctx context.Context) (map[string]string, error) {
	var rows []struct{ Code, Name string }
	err := s.query(ctx).Model(&libraryRow{}).Select("code", "name").Order("CASE removed WHEN 0 THEN 1 ELSE 0 END, removed").Find(&rows).Error
	names := make(map[string]string, len(rows))
	for _, row := range rows {
		names[row.Code] = row.Name // the present one comes last
	}
	return names, s.explain(err)
}
