-- +goose Up
-- What went each way on each of the network's days, for every library.
CREATE TABLE activity (
    library_id  integer NOT NULL,
    day         text NOT NULL,
    documents   integer NOT NULL,
    received    integer NOT NULL,
    created     integer NOT NULL,
    modified    integer NOT NULL,
    rejected    integer NOT NULL,
    lists       integer NOT NULL,
    taken       integer NOT NULL,
    refused     integer NOT NULL,
    runs_ok     integer NOT NULL,
    runs_failed integer NOT NULL,
    PRIMARY KEY (library_id, day)
);
CREATE INDEX activity_day ON activity (day);
-- What was before this table is told by what is still kept of it. The days are those of UTC: their network's zone is not known here.
INSERT INTO activity (library_id, day, documents, received, created, modified, rejected, lists, taken, refused, runs_ok, runs_failed)
    SELECT library_id, date(finished / 1000000, 'unixepoch'), count(*), sum(received), sum(created), sum(modified),
        sum(rejected), 0, 0, 0, 0, 0
    FROM deposits WHERE finished > 0 AND NOT simulate AND status IN ('integre', 'partiel', 'refuse') GROUP BY 1, 2;
INSERT INTO activity (library_id, day, documents, received, created, modified, rejected, lists, taken, refused, runs_ok, runs_failed)
    SELECT library_id, date(finished / 1000000, 'unixepoch'), 0, 0, 0, 0, 0, 0, 0, 0,
        sum(CASE WHEN ok THEN 1 ELSE 0 END), sum(CASE WHEN ok THEN 0 ELSE 1 END)
    FROM runs WHERE finished > 0 AND library_id <> 0 GROUP BY 1, 2
    ON CONFLICT (library_id, day) DO UPDATE SET runs_ok = excluded.runs_ok, runs_failed = excluded.runs_failed;

-- How many cards are above a mark is counted in the index alone: the rows are large.
DROP INDEX cards_seq;
CREATE INDEX cards_seq ON cards (seq, origin, ends, listed_until);

-- What is wrong, since when, and what was told of it.
CREATE TABLE troubles (
    id         integer PRIMARY KEY AUTOINCREMENT,
    kind       text NOT NULL,
    library_id integer NOT NULL,
    subject    text NOT NULL,
    detail     text NOT NULL,
    seen       integer NOT NULL,
    began      integer NOT NULL,
    away       integer NOT NULL,
    ended      integer NOT NULL,
    told_began integer NOT NULL,
    told_ended integer NOT NULL,
    closed     boolean NOT NULL
);
CREATE UNIQUE INDEX troubles_open ON troubles (kind, library_id, subject) WHERE NOT closed;
CREATE INDEX troubles_began ON troubles (began);
CREATE INDEX troubles_told ON troubles (kind, library_id, subject, id);

-- +goose Down
DROP TABLE troubles;
DROP INDEX cards_seq;
CREATE INDEX cards_seq ON cards (seq);
DROP TABLE activity;
