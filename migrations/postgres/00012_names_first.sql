-- +goose Up
-- The names of new cards are entered before their rows, which wait for the clock.
ALTER TABLE card_names ALTER CONSTRAINT card_names_card_id_fkey DEFERRABLE INITIALLY DEFERRED;

-- +goose Down
ALTER TABLE card_names ALTER CONSTRAINT card_names_card_id_fkey NOT DEFERRABLE;
