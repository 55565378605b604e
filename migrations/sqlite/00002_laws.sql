-- +goose Up
-- A number that was replaced leads to the card that goes on.
CREATE TABLE former_numbers (
    number_key text PRIMARY KEY,
    number     text NOT NULL,
    card_id    integer NOT NULL REFERENCES cards (id) ON DELETE CASCADE,
    library_id integer NOT NULL,
    replaced   integer NOT NULL
);
CREATE INDEX former_numbers_card ON former_numbers (card_id);

-- Which rule chose each value, and who decided where a person did.
ALTER TABLE versions ADD COLUMN reasons text NOT NULL DEFAULT '';
ALTER TABLE versions ADD COLUMN decided_by text NOT NULL DEFAULT '';
-- Versions of a card that another one took over: they are its history, and were never what its own number stood for.
ALTER TABLE versions ADD COLUMN taken_over boolean NOT NULL DEFAULT false;

-- A note is open until a person has kept the value that stands or chosen the other.
ALTER TABLE notes ADD COLUMN rule integer NOT NULL DEFAULT 0;
ALTER TABLE notes ADD COLUMN kept_by integer NOT NULL DEFAULT 0;
ALTER TABLE notes ADD COLUMN lost_by integer NOT NULL DEFAULT 0;
ALTER TABLE notes ADD COLUMN kept_at integer NOT NULL DEFAULT 0;
ALTER TABLE notes ADD COLUMN lost_at integer NOT NULL DEFAULT 0;
ALTER TABLE notes ADD COLUMN verdict text NOT NULL DEFAULT '';
ALTER TABLE notes ADD COLUMN decided integer NOT NULL DEFAULT 0;
ALTER TABLE notes ADD COLUMN decided_by text NOT NULL DEFAULT '';
CREATE INDEX notes_open ON notes (id) WHERE verdict = '';

-- Who a card seems to belong to: equal keys under two numbers are looked at by a person.
CREATE TABLE person_keys (
    card_id    integer PRIMARY KEY REFERENCES cards (id) ON DELETE CASCADE,
    person_key text NOT NULL
);
CREATE INDEX person_keys_key ON person_keys (person_key, card_id);
CREATE TABLE likenesses (
    id         integer PRIMARY KEY AUTOINCREMENT,
    low_id     integer NOT NULL REFERENCES cards (id) ON DELETE CASCADE,
    high_id    integer NOT NULL REFERENCES cards (id) ON DELETE CASCADE,
    found      integer NOT NULL,
    verdict    text NOT NULL DEFAULT '',
    decided    integer NOT NULL DEFAULT 0,
    decided_by text NOT NULL DEFAULT '',
    UNIQUE (low_id, high_id)
);
CREATE INDEX likenesses_open ON likenesses (id) WHERE verdict = '';
CREATE INDEX likenesses_high ON likenesses (high_id);

-- Who let a suspended document pass, or refused it.
ALTER TABLE deposits ADD COLUMN judged integer NOT NULL DEFAULT 0;
ALTER TABLE deposits ADD COLUMN judged_by text NOT NULL DEFAULT '';
ALTER TABLE deposits ADD COLUMN accepted boolean NOT NULL DEFAULT false;
ALTER TABLE deposits ADD COLUMN suspended integer NOT NULL DEFAULT 0;
ALTER TABLE deposits ADD COLUMN touched text NOT NULL DEFAULT '';
CREATE INDEX deposits_suspended ON deposits (id) WHERE status = 'suspendu';

-- The pages of a harvest that wait for a decision: n is the first of the deposit's pieces that hold the page.
CREATE TABLE held_pages (
    deposit_id integer NOT NULL REFERENCES deposits (id) ON DELETE CASCADE,
    n          integer NOT NULL,
    pieces     integer NOT NULL,
    asked      integer NOT NULL,
    charset    text NOT NULL,
    base_url   text NOT NULL,
    PRIMARY KEY (deposit_id, n)
);

-- Their records, and those of pages that were refused, by hashes: harvests overlap, and the same record coming once more
-- must neither pass by the decision nor ask for it again.
CREATE TABLE held_records (
    library_id integer NOT NULL,
    record     blob NOT NULL,
    content    blob NOT NULL,
    deposit_id integer NOT NULL REFERENCES deposits (id) ON DELETE CASCADE,
    ordinal    integer NOT NULL,
    PRIMARY KEY (library_id, record)
);
CREATE INDEX held_records_deposit ON held_records (deposit_id);

-- What each library's last complete document showed.
CREATE TABLE drifts (
    library_id integer PRIMARY KEY,
    deposit_id integer NOT NULL,
    taken      integer NOT NULL,
    expected   integer NOT NULL,
    held       integer NOT NULL,
    differing  integer NOT NULL
);

-- Cards erased at a reader's request. Their numbers are kept as keyed hashes only.
CREATE TABLE erasures (
    id         integer PRIMARY KEY AUTOINCREMENT,
    masked     text NOT NULL,
    requested  integer NOT NULL,
    decided_by text NOT NULL,
    finished   integer NOT NULL,
    -- What is still to be searched for, sealed; empty once all traces are gone.
    work       blob NOT NULL
);
CREATE TABLE erased_numbers (
    hash       blob PRIMARY KEY,
    erasure_id integer NOT NULL REFERENCES erasures (id) ON DELETE CASCADE
);
CREATE TABLE erasure_letters (
    erasure_id   integer NOT NULL REFERENCES erasures (id) ON DELETE CASCADE,
    library_id   integer NOT NULL,
    confirmed    integer NOT NULL,
    confirmed_by text NOT NULL,
    PRIMARY KEY (erasure_id, library_id)
);
-- A document that holds an erased card loses its bytes when it ends.
ALTER TABLE deposits ADD COLUMN holds_erased boolean NOT NULL DEFAULT false;

-- A card of a complete document that is neither the network's nor a poorer form of it.
ALTER TABLE complete_cards ADD COLUMN differs boolean NOT NULL DEFAULT false;

-- When a card that had to be handed again was: its mark had passed it before.
CREATE TABLE given_again (
    library_id integer NOT NULL,
    card_id    integer NOT NULL REFERENCES cards (id) ON DELETE CASCADE,
    seq        integer NOT NULL,
    given      integer NOT NULL,
    PRIMARY KEY (library_id, card_id)
);

-- Up to where a library that fetches its cards has reported on them.
CREATE TABLE confirmations (
    library_id integer PRIMARY KEY,
    seq        integer NOT NULL,
    confirmed  integer NOT NULL
);

-- Which cards that ended early a library was written to about.
CREATE TABLE told_ends (
    library_id integer NOT NULL,
    card_id    integer NOT NULL REFERENCES cards (id) ON DELETE CASCADE,
    seq        integer NOT NULL,
    told       integer NOT NULL,
    PRIMARY KEY (library_id, card_id)
);
INSERT INTO told_ends (library_id, card_id, seq, told) SELECT m.library_id, c.id, c.seq, m.moved FROM marks m
    JOIN cards c ON c.seq <= m.seq AND c.listed_until > c.ends WHERE m.door = 'courriel';
DELETE FROM marks WHERE door = 'courriel';

-- "Deliver everything again", with how far it has got.
CREATE TABLE deliveries (
    library_id   integer PRIMARY KEY,
    requested    integer NOT NULL,
    requested_by text NOT NULL,
    last_card    integer NOT NULL,
    handed       integer NOT NULL,
    finished     integer NOT NULL
);

-- What lists and pushes handed over that moved no mark: lists cut short or begun once more, cards handed again.
CREATE TABLE handings (
    library_id integer NOT NULL,
    from_seq   integer NOT NULL,
    upto_seq   integer NOT NULL,
    handed     integer NOT NULL
);
CREATE INDEX handings_library ON handings (library_id, handed);

-- +goose Down
DROP TABLE handings;
DROP TABLE deliveries;
DROP TABLE told_ends;
DROP TABLE confirmations;
DROP TABLE given_again;
ALTER TABLE complete_cards DROP COLUMN differs;
ALTER TABLE deposits DROP COLUMN holds_erased;
DROP TABLE erasure_letters;
DROP TABLE erased_numbers;
DROP TABLE erasures;
DROP TABLE drifts;
DROP TABLE likenesses;
DROP TABLE person_keys;
DROP TABLE former_numbers;
DROP TABLE held_records;
DROP TABLE held_pages;
DROP INDEX deposits_suspended;
ALTER TABLE deposits DROP COLUMN judged;
ALTER TABLE deposits DROP COLUMN judged_by;
ALTER TABLE deposits DROP COLUMN accepted;
ALTER TABLE deposits DROP COLUMN suspended;
ALTER TABLE deposits DROP COLUMN touched;
DROP INDEX notes_open;
ALTER TABLE notes DROP COLUMN rule;
ALTER TABLE notes DROP COLUMN kept_by;
ALTER TABLE notes DROP COLUMN lost_by;
ALTER TABLE notes DROP COLUMN kept_at;
ALTER TABLE notes DROP COLUMN lost_at;
ALTER TABLE notes DROP COLUMN verdict;
ALTER TABLE notes DROP COLUMN decided;
ALTER TABLE notes DROP COLUMN decided_by;
ALTER TABLE versions DROP COLUMN reasons;
ALTER TABLE versions DROP COLUMN decided_by;
ALTER TABLE versions DROP COLUMN taken_over;
