-- +goose Up
-- A letter that asks for an erasure is deleted when it leaves, because it names its card; and so is one whose library
-- confirmed before it left. Only this tells them apart.
ALTER TABLE erasure_letters ADD COLUMN withdrawn boolean NOT NULL DEFAULT false;

-- +goose Down
ALTER TABLE erasure_letters DROP COLUMN withdrawn;
