-- +goose Up
-- What a library sent of new cards is entered before their rows, which wait for the clock.
ALTER TABLE sent ALTER CONSTRAINT sent_card_id_fkey DEFERRABLE INITIALLY DEFERRED;

-- +goose Down
ALTER TABLE sent ALTER CONSTRAINT sent_card_id_fkey NOT DEFERRABLE;
