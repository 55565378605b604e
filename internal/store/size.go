package store

import "context"

// Size is how many bytes the database takes on its disk, about.
func (s *Store) Size(ctx context.Context) (int64, error) {
	query := "SELECT page_count * page_size FROM pragma_page_count(), pragma_page_size()"
	if !s.dialect.single {
		query = "SELECT pg_database_size(current_database())"
	}
	var size int64
	err := s.query(ctx).Raw(query).Scan(&size).Error
	return size, s.explain(err)
}
