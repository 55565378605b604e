-- +goose Up
-- An account has a password, a key, or both: a key is for programs, a password for pages.
ALTER TABLE staff ALTER COLUMN key_hash DROP NOT NULL;
ALTER TABLE staff ADD COLUMN password text NOT NULL DEFAULT '';
ALTER TABLE staff ADD COLUMN email text NOT NULL DEFAULT '';
ALTER TABLE staff ADD COLUMN language text NOT NULL DEFAULT '';
ALTER TABLE staff ADD COLUMN disabled boolean NOT NULL DEFAULT false;
ALTER TABLE staff ADD COLUMN alerts text NOT NULL DEFAULT '';
ALTER TABLE staff ADD COLUMN last_seen bigint NOT NULL DEFAULT 0;

-- A token opens the pages for a while; only its hash is kept.
CREATE TABLE sessions (
    hash     bytea PRIMARY KEY,
    staff_id bigint NOT NULL REFERENCES staff (id) ON DELETE CASCADE,
    csrf     text NOT NULL,
    created  bigint NOT NULL,
    seen     bigint NOT NULL,
    expires  bigint NOT NULL
);
CREATE INDEX sessions_staff ON sessions (staff_id);

-- Who saw or did what. It names no reader: cards stand in it by their opaque identifiers.
CREATE TABLE audit (
    id      bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    at      bigint NOT NULL,
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
CREATE FUNCTION audit_unchanged() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'entries of the audit log are never changed';
END $$;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE FUNCTION audit_kept() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF OLD.at > extract(epoch FROM clock_timestamp() - interval '6 months') * 1000000 THEN
        RAISE EXCEPTION 'entries of the audit log are kept for six months';
    END IF;
    RETURN OLD;
END $$;
-- +goose StatementEnd
CREATE TRIGGER audit_unchanged BEFORE UPDATE ON audit FOR EACH ROW EXECUTE FUNCTION audit_unchanged();
CREATE TRIGGER audit_kept BEFORE DELETE ON audit FOR EACH ROW EXECUTE FUNCTION audit_kept();
CREATE TRIGGER audit_not_emptied BEFORE TRUNCATE ON audit FOR EACH STATEMENT EXECUTE FUNCTION audit_unchanged();

-- +goose Down
DROP TABLE audit, sessions;
DROP FUNCTION audit_unchanged, audit_kept;
DELETE FROM staff WHERE key_hash IS NULL OR disabled;
ALTER TABLE staff DROP COLUMN password;
ALTER TABLE staff DROP COLUMN email;
ALTER TABLE staff DROP COLUMN language;
ALTER TABLE staff DROP COLUMN disabled;
ALTER TABLE staff DROP COLUMN alerts;
ALTER TABLE staff DROP COLUMN last_seen;
ALTER TABLE staff ALTER COLUMN key_hash SET NOT NULL;
