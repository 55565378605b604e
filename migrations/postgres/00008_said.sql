-- +goose Up
-- What a library said last of a card, in short. A library that exports its whole file says every night what it said the
-- night before: what repeats itself is told by these rows alone, and they alone are written again.
CREATE TABLE said (
    library_id  bigint NOT NULL,
    card_id     bigint NOT NULL REFERENCES cards (id) ON DELETE CASCADE,
    fingerprint bytea NOT NULL, -- empty: it is not repeatable
    seq         bigint NOT NULL, -- the card's, once it was merged
    made        bigint NOT NULL,
    arrived     bigint NOT NULL,
    PRIMARY KEY (card_id, library_id)
) WITH (fillfactor = 50); -- a row is written again in its own page
-- A card that is erased, or taken over by another, takes what is kept of it along: that must not cost a walk through all.
CREATE INDEX sent_card ON sent (card_id);
CREATE INDEX corrected_card ON corrected (card_id);

-- +goose Down
DROP INDEX corrected_card;
DROP INDEX sent_card;
DROP TABLE said;
