-- +goose Up
-- What was handed over is looked up by card too: on its page, and when it is erased, forgotten or taken over, under the clock.
CREATE INDEX hand_again_card ON hand_again (card_id);
CREATE INDEX given_again_card ON given_again (card_id);
CREATE INDEX told_ends_card ON told_ends (card_id);
-- No statement reads these.
DROP INDEX troubles_began;
DROP INDEX troubles_told;

-- +goose Down
CREATE INDEX troubles_told ON troubles (kind, library_id, subject, id);
CREATE INDEX troubles_began ON troubles (began);
DROP INDEX told_ends_card;
DROP INDEX given_again_card;
DROP INDEX hand_again_card;
