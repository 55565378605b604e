-- +goose Up
-- At which lengths a library's system cut values before, and until when: of what it was handed then it may hold what was left.
ALTER TABLE libraries ADD COLUMN old_widths text NOT NULL DEFAULT '';

-- +goose Down
ALTER TABLE libraries DROP COLUMN old_widths;
