-- +goose Up
-- Since when a library's system has fields that it had not: what it was handed before tells nothing of them.
ALTER TABLE libraries ADD COLUMN held_since text NOT NULL DEFAULT '';

-- +goose Down
ALTER TABLE libraries DROP COLUMN held_since;
