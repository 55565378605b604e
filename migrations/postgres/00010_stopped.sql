-- +goose Up
-- A library may be paused by staff, who know why, or by the hub itself, which then has to tell them.
ALTER TABLE libraries ADD COLUMN stopped boolean NOT NULL DEFAULT false;

-- +goose Down
ALTER TABLE libraries DROP COLUMN stopped;
