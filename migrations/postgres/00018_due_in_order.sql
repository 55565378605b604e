-- +goose Up
-- Everything that is handed again at once is due at once: its order is that of seq, and a page of it must not sort the rest.
DROP INDEX hand_again_due;
CREATE INDEX hand_again_due ON hand_again (library_id, due, seq);

-- +goose Down
DROP INDEX hand_again_due;
CREATE INDEX hand_again_due ON hand_again (library_id, due);
