-- +goose Up
-- How many enrolled, renewed, ended, by month and by one value of one dimension; month is year * 12 + month - 1. change is by how
-- much more cards are active on the month's last day than on that of the month before. All of it is counted by a job, from the
-- first change on.
CREATE TABLE statistics (
    dimension text NOT NULL,
    month     integer NOT NULL,
    value     text NOT NULL,
    enrolled  integer NOT NULL,
    renewed   integer NOT NULL,
    ended     integer NOT NULL,
    change    integer NOT NULL,
    PRIMARY KEY (dimension, month, value)
);
-- The same by year: a table of years reads no months, and what is active at a month's end adds up from few rows.
CREATE TABLE statistics_years (
    dimension text NOT NULL,
    year      integer NOT NULL,
    value     text NOT NULL,
    enrolled  integer NOT NULL,
    renewed   integer NOT NULL,
    ended     integer NOT NULL,
    change    integer NOT NULL,
    PRIMARY KEY (dimension, year, value)
);
-- The spelling staff read of a town.
CREATE TABLE statistics_towns (
    value text PRIMARY KEY,
    label text NOT NULL
);

-- What each card has added. It refers to no card on purpose: a card that another one took over is gone, but what it added is still
-- to be taken out.
CREATE TABLE statistics_cards (
    card_id integer PRIMARY KEY,
    counted text NOT NULL
);
-- Cards that are gone into others, until those are counted anew.
CREATE TABLE statistics_gone (
    gone_id integer PRIMARY KEY,
    keep_id integer NOT NULL
);
CREATE INDEX statistics_gone_keep ON statistics_gone (keep_id);

-- +goose Down
DROP TABLE statistics_gone;
DROP TABLE statistics_cards;
DROP TABLE statistics_towns;
DROP TABLE statistics_years;
DROP TABLE statistics;
DELETE FROM marks WHERE library_id = 0 AND door = 'statistiques';
