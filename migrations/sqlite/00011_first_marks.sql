-- +goose Up
-- A library has its marks from the first: a document that arrives while its first push or list ends waits for it by them.
INSERT INTO marks (library_id, door, seq, stamp, finished_seq, moved)
SELECT l.id, d.door, 0, 0, 0, 0 FROM libraries l CROSS JOIN (SELECT 'oai' AS door UNION ALL SELECT 'push') d
WHERE l.removed = 0 ON CONFLICT DO NOTHING;

-- +goose Down
DELETE FROM marks WHERE seq = 0 AND moved = 0;
