-- +goose Up
-- At which lengths a library's system cut values before, and until when: of what it was handed then it may hold what was left.
ALTER TABLE libraries ADD COLUMN old_widths text NOT NULL DEFAULT '';

-- The network's latest change when everything was asked for again: what was handed by that came to the system it has now.
ALTER TABLE deliveries ADD COLUMN seq integer NOT NULL DEFAULT 0;

-- +goose Down
ALTER TABLE deliveries DROP COLUMN seq;
ALTER TABLE libraries DROP COLUMN old_widths;
