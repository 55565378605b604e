-- +goose Up
-- An account has a password, a key, or both: a key is for programs, a password for pages. The table is made anew because
-- this database cannot take a NOT NULL away.
CREATE TABLE accounts (
    id        integer PRIMARY KEY AUTOINCREMENT,
    name      text NOT NULL UNIQUE,
    role      text NOT NULL,
    key_hash  blob UNIQUE,
    password  text NOT NULL DEFAULT '',
    email     text NOT NULL DEFAULT '',
    language  text NOT NULL DEFAULT '',
    disabled  boolean NOT NULL DEFAULT false,
    alerts    text NOT NULL DEFAULT '',
    created   integer NOT NULL,
    last_seen integer NOT NULL DEFAULT 0
);
INSERT INTO accounts (id, name, role, key_hash, created) SELECT id, name, role, key_hash, created FROM staff;
DROP TABLE staff;
ALTER TABLE accounts RENAME TO staff;

-- A token opens the pages for a while; only its hash is kept.
CREATE TABLE sessions (
    hash     blob PRIMARY KEY,
    staff_id integer NOT NULL REFERENCES staff (id) ON DELETE CASCADE,
    csrf     text NOT NULL,
    created  integer NOT NULL,
    seen     integer NOT NULL,
    expires  integer NOT NULL
);
CREATE INDEX sessions_staff ON sessions (staff_id);

-- Who saw or did what. It names no reader: cards stand in it by their opaque identifiers.
CREATE TABLE audit (
    id      integer PRIMARY KEY AUTOINCREMENT,
    at      integer NOT NULL,
    actor   text NOT NULL,
    role    text NOT NULL,
    door    text NOT NULL,
    action  text NOT NULL,
    subject text NOT NULL,
    detail  text NOT NULL
);
CREATE INDEX audit_at ON audit (at);
CREATE INDEX audit_actor ON audit (actor, id);
CREATE INDEX audit_subject ON audit (subject, id);

-- Nobody rewrites it, not even the hub; an entry can go once it is six months old.
-- +goose StatementBegin
CREATE TRIGGER audit_unchanged BEFORE UPDATE ON audit
BEGIN
    SELECT RAISE(ABORT, 'entries of the audit log are never changed');
END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER audit_kept BEFORE DELETE ON audit WHEN OLD.at > unixepoch('now', '-6 months') * 1000000
BEGIN
    SELECT RAISE(ABORT, 'entries of the audit log are kept for six months');
END;
-- +goose StatementEnd
-- INSERT OR REPLACE would delete without asking the trigger above.
-- +goose StatementBegin
CREATE TRIGGER audit_not_replaced BEFORE INSERT ON audit WHEN EXISTS (SELECT 1 FROM audit WHERE id = NEW.id)
BEGIN
    SELECT RAISE(ABORT, 'entries of the audit log are never changed');
END;
-- +goose StatementEnd

-- +goose Down
DROP TABLE audit;
DROP TABLE sessions;
CREATE TABLE keys (
    id       integer PRIMARY KEY AUTOINCREMENT,
    name     text NOT NULL UNIQUE,
    role     text NOT NULL,
    key_hash blob NOT NULL UNIQUE,
    created  integer NOT NULL
);
INSERT INTO keys SELECT id, name, role, key_hash, created FROM staff WHERE key_hash IS NOT NULL AND NOT disabled;
DROP TABLE staff;
ALTER TABLE keys RENAME TO staff;
