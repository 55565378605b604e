-- +goose Up
-- The names staff find a card by, folded (cards.FoldName): the one in use, and the one at birth where it is another.
CREATE TABLE card_names (
    card_id   integer NOT NULL REFERENCES cards (id) ON DELETE CASCADE,
    at_birth  boolean NOT NULL,
    last_key  text NOT NULL,
    first_key text NOT NULL,
    birth     text NOT NULL,
    PRIMARY KEY (card_id, at_birth)
) WITHOUT ROWID;
CREATE INDEX card_names_last ON card_names (last_key, first_key, birth, card_id);
CREATE INDEX card_names_birth ON card_names (birth, last_key, first_key, card_id);

-- Cards from before this table whose names are still to be entered: those above last_card, up to upto. No row: none.
CREATE TABLE card_names_missing (
    last_card integer NOT NULL,
    upto      integer NOT NULL
);
INSERT INTO card_names_missing (last_card, upto) SELECT 0, max(id) FROM cards HAVING max(id) IS NOT NULL;

-- A document that failed may be integrated once more: as a deposit of its own, which names the first.
ALTER TABLE deposits ADD COLUMN retry_of integer NOT NULL DEFAULT 0;
CREATE INDEX deposits_retries ON deposits (retry_of) WHERE retry_of > 0;

-- What is under way is looked at every second while somebody watches.
CREATE INDEX runs_unfinished ON runs (id) WHERE finished = 0;

-- +goose Down
DROP INDEX runs_unfinished;
DROP INDEX deposits_retries;
ALTER TABLE deposits DROP COLUMN retry_of;
DROP TABLE card_names_missing;
DROP TABLE card_names;
