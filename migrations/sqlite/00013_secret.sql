-- +goose Up
-- What the hub's secret is known by: another one, or one newly made, would open no password and know no erased number.
-- NULL until a hub that knows of it has started.
CREATE TABLE secret (
    id    integer PRIMARY KEY CHECK (id = 1),
    proof blob
);
INSERT INTO secret (id) VALUES (1);

-- +goose Down
DROP TABLE secret;
