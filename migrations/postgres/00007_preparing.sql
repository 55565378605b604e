-- +goose Up
-- A library in preparation gives its cards and is handed none until staff open its deliveries.
ALTER TABLE libraries ADD COLUMN preparing boolean NOT NULL DEFAULT false;

-- +goose Down
ALTER TABLE libraries DROP COLUMN preparing;
