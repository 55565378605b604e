-- +goose Up
-- Times are integers: stamps in Unix seconds, all others in Unix microseconds, 0 for never.
CREATE TABLE clock (
    id     integer PRIMARY KEY CHECK (id = 1),
    seq    integer NOT NULL,
    stamp  integer NOT NULL,
    closed integer NOT NULL
);
INSERT INTO clock VALUES (1, 0, 0, 0);

CREATE TABLE libraries (
    id           integer PRIMARY KEY AUTOINCREMENT,
    code         text NOT NULL,
    name         text NOT NULL,
    email        text NOT NULL,
    serves       text NOT NULL,
    oai_url      text NOT NULL,
    oai_set      text NOT NULL,
    oai_prefix   text NOT NULL,
    harvest      text NOT NULL,
    push_url     text NOT NULL,
    ils_user     text NOT NULL,
    ils_password blob,
    widths       text NOT NULL,
    not_held     integer NOT NULL,
    key_hash     blob,
    paused       boolean NOT NULL,
    pause_reason text NOT NULL,
    attention    text NOT NULL,
    created      integer NOT NULL,
    changed      integer NOT NULL,
    removed      integer NOT NULL
);
CREATE UNIQUE INDEX libraries_code ON libraries (code) WHERE removed = 0;

CREATE TABLE cards (
    id           integer PRIMARY KEY AUTOINCREMENT,
    oai_id       text NOT NULL UNIQUE,
    number       text NOT NULL,
    number_key   text NOT NULL UNIQUE,
    content      text NOT NULL,
    field_seqs   text NOT NULL,
    xml          blob NOT NULL,
    provenance   text NOT NULL,
    seq          integer NOT NULL,
    stamp        integer NOT NULL,
    origin       integer NOT NULL,
    ends         text NOT NULL,
    listed_until text NOT NULL,
    created      integer NOT NULL
);
CREATE INDEX cards_seq ON cards (seq);
CREATE INDEX cards_ended ON cards (seq) WHERE listed_until > ends;

CREATE TABLE versions (
    card_id    integer NOT NULL REFERENCES cards (id) ON DELETE CASCADE,
    seq        integer NOT NULL,
    stamp      integer NOT NULL,
    content    text NOT NULL,
    changed    integer NOT NULL,
    origin     integer NOT NULL,
    library_id integer NOT NULL,
    door       text NOT NULL,
    deposit_id integer NOT NULL,
    provenance text NOT NULL,
    PRIMARY KEY (card_id, seq)
);
CREATE INDEX versions_stamp ON versions (stamp, seq);

CREATE TABLE sent (
    library_id integer NOT NULL,
    card_id    integer NOT NULL REFERENCES cards (id) ON DELETE CASCADE,
    content    text NOT NULL,
    PRIMARY KEY (library_id, card_id)
);

CREATE TABLE marks (
    library_id   integer NOT NULL,
    door         text NOT NULL,
    seq          integer NOT NULL,
    stamp        integer NOT NULL,
    finished_seq integer NOT NULL,
    moved        integer NOT NULL,
    PRIMARY KEY (library_id, door)
);

-- What each movement of a mark handed over: a document a library made before
-- it was handed something may no longer be what it holds.
CREATE TABLE mark_moves (
    library_id integer NOT NULL,
    door       text NOT NULL,
    from_seq   integer NOT NULL,
    moved      integer NOT NULL
);
CREATE INDEX mark_moves_library ON mark_moves (library_id, moved);

CREATE TABLE hand_again (
    library_id integer NOT NULL,
    card_id    integer NOT NULL REFERENCES cards (id) ON DELETE CASCADE,
    seq        integer NOT NULL,
    stamp      integer NOT NULL,
    reason     text NOT NULL,
    attempts   integer NOT NULL,
    due        integer NOT NULL,
    PRIMARY KEY (library_id, card_id)
);
CREATE INDEX hand_again_seq ON hand_again (library_id, seq);
CREATE INDEX hand_again_stamp ON hand_again (stamp, seq);
CREATE INDEX hand_again_due ON hand_again (library_id, due);

-- A stale value is answered with the current one once, not for ever.
CREATE TABLE corrected (
    library_id integer NOT NULL,
    card_id    integer NOT NULL REFERENCES cards (id) ON DELETE CASCADE,
    hash       blob NOT NULL,
    PRIMARY KEY (library_id, card_id, hash)
);

CREATE TABLE notes (
    id         integer PRIMARY KEY AUTOINCREMENT,
    kind       text NOT NULL,
    card_id    integer NOT NULL REFERENCES cards (id) ON DELETE CASCADE,
    library_id integer NOT NULL,
    field      text NOT NULL,
    kept       text NOT NULL,
    lost       text NOT NULL,
    seq        integer NOT NULL,
    noted      integer NOT NULL
);
CREATE INDEX notes_card ON notes (card_id);

CREATE TABLE deposits (
    id          integer PRIMARY KEY AUTOINCREMENT,
    library_id  integer NOT NULL,
    door        text NOT NULL,
    name        text NOT NULL,
    file_gone   boolean NOT NULL,
    charset     text NOT NULL,
    simulate    boolean NOT NULL,
    status      text NOT NULL,
    size        integer NOT NULL,
    arrived     integer NOT NULL,
    made        integer NOT NULL,
    finished    integer NOT NULL,
    done        integer NOT NULL,
    received    integer NOT NULL,
    created     integer NOT NULL,
    modified    integer NOT NULL,
    unchanged   integer NOT NULL,
    rejected    integer NOT NULL,
    fault       text NOT NULL,
    owner       text NOT NULL,
    lease_until integer NOT NULL
);
CREATE INDEX deposits_library ON deposits (library_id, id);
CREATE INDEX deposits_unfinished ON deposits (id) WHERE finished = 0;
CREATE INDEX deposits_files ON deposits (library_id) WHERE door = 'ftp' AND NOT file_gone;

CREATE TABLE deposit_pieces (
    deposit_id integer NOT NULL REFERENCES deposits (id) ON DELETE CASCADE,
    n          integer NOT NULL,
    data       blob NOT NULL,
    PRIMARY KEY (deposit_id, n)
);

CREATE TABLE deposit_results (
    deposit_id integer NOT NULL REFERENCES deposits (id) ON DELETE CASCADE,
    n          integer NOT NULL,
    results    blob NOT NULL,
    rejects    blob NOT NULL,
    sources    blob NOT NULL,
    PRIMARY KEY (deposit_id, n)
);

-- The cards of complete documents under way: what is not among them is missing there.
CREATE TABLE complete_cards (
    deposit_id integer NOT NULL REFERENCES deposits (id) ON DELETE CASCADE,
    number_key text NOT NULL,
    PRIMARY KEY (deposit_id, number_key)
);

CREATE TABLE harvests (
    library_id integer PRIMARY KEY,
    state      text NOT NULL
);

CREATE TABLE deleted_headers (
    library_id integer NOT NULL,
    identifier text NOT NULL,
    datestamp  text NOT NULL,
    run_id     integer NOT NULL,
    PRIMARY KEY (library_id, identifier)
);

CREATE TABLE known_faults (
    library_id integer NOT NULL,
    hash       blob NOT NULL,
    seen       integer NOT NULL,
    PRIMARY KEY (library_id, hash)
);

CREATE TABLE runs (
    id         integer PRIMARY KEY AUTOINCREMENT,
    library_id integer NOT NULL,
    job        text NOT NULL,
    started    integer NOT NULL,
    finished   integer NOT NULL,
    ok         boolean NOT NULL,
    received   integer NOT NULL,
    created    integer NOT NULL,
    modified   integer NOT NULL,
    unchanged  integer NOT NULL,
    rejected   integer NOT NULL,
    deposit_id integer NOT NULL,
    error      text NOT NULL
);
CREATE INDEX runs_library ON runs (library_id, id);

CREATE TABLE jobs (
    kind         text NOT NULL,
    library_id   integer NOT NULL,
    schedule     text NOT NULL,
    paused       boolean NOT NULL,
    next_run     integer NOT NULL,
    last_start   integer NOT NULL,
    last_success integer NOT NULL,
    last_failure integer NOT NULL,
    last_error   text NOT NULL,
    failures     integer NOT NULL,
    wakes        integer NOT NULL,
    owner        text NOT NULL,
    lease_until  integer NOT NULL,
    fence        integer NOT NULL,
    PRIMARY KEY (kind, library_id)
);
CREATE INDEX jobs_next ON jobs (next_run);

CREATE TABLE outbox (
    id          integer PRIMARY KEY AUTOINCREMENT,
    recipient   text NOT NULL,
    subject     text NOT NULL,
    body        text NOT NULL,
    attachments blob NOT NULL,
    unique_key  text UNIQUE,
    queued      integer NOT NULL,
    attempts    integer NOT NULL,
    due         integer NOT NULL,
    last_error  text NOT NULL,
    sent        integer NOT NULL,
    failed      integer NOT NULL
);
CREATE INDEX outbox_due ON outbox (failed, due) WHERE sent = 0;

CREATE TABLE staff (
    id       integer PRIMARY KEY AUTOINCREMENT,
    name     text NOT NULL UNIQUE,
    role     text NOT NULL,
    key_hash blob NOT NULL UNIQUE,
    created  integer NOT NULL
);

-- +goose Down
DROP TABLE staff;
DROP TABLE outbox;
DROP TABLE jobs;
DROP TABLE runs;
DROP TABLE known_faults;
DROP TABLE deleted_headers;
DROP TABLE harvests;
DROP TABLE complete_cards;
DROP TABLE deposit_results;
DROP TABLE deposit_pieces;
DROP TABLE deposits;
DROP TABLE notes;
DROP TABLE corrected;
DROP TABLE hand_again;
DROP TABLE mark_moves;
DROP TABLE marks;
DROP TABLE sent;
DROP TABLE versions;
DROP TABLE cards;
DROP TABLE libraries;
DROP TABLE clock;
