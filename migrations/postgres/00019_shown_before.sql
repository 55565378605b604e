-- +goose Up
-- The last place at which a list showed a card that was put into hand again once more since: the library may hold it from there.
ALTER TABLE hand_again ADD COLUMN shown_seq bigint NOT NULL DEFAULT 0;

-- +goose Down
ALTER TABLE hand_again DROP COLUMN shown_seq;
