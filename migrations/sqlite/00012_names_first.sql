-- +goose Up
-- PostgreSQL enters the names of new cards before their rows; here the one writer has made the rows by then.
SELECT 1;

-- +goose Down
SELECT 1;
