-- +goose Up
-- How many enrolled, renewed, ended, by month and by one value of one dimension; month is year * 12 + month - 1. change is by how
-- much more cards are active on the month's last day than on that of the month before. All of it is counted by a job, from the
-- first change on.
CREATE TABLE statistics (
    dimension text COLLATE "C" NOT NULL,
    month     bigint NOT NULL,
    value     text COLLATE "C" NOT NULL,
    enrolled  bigint NOT NULL,
    renewed   bigint NOT NULL,
    ended     bigint NOT NULL,
    change    bigint NOT NULL,
    PRIMARY KEY (dimension, month, value)
);
-- The same by year: a table of years reads no months, and what is active at a month's end adds up from few rows.
CREATE TABLE statistics_years (
    dimension text COLLATE "C" NOT NULL,
    year      bigint NOT NULL,
    value     text COLLATE "C" NOT NULL,
    enrolled  bigint NOT NULL,
    renewed   bigint NOT NULL,
    ended     bigint NOT NULL,
    change    bigint NOT NULL,
    PRIMARY KEY (dimension, year, value)
);
-- The spelling staff read of a town.
CREATE TABLE statistics_towns (
    value text COLLATE "C" PRIMARY KEY,
    label text NOT NULL
);

-- What each card has added. It refers to no card on purpose: a card that another one took over is gone, but what it added is still
-- to be taken out.
CREATE TABLE statistics_cards (
    card_id bigint PRIMARY KEY,
    counted text NOT NULL
);
-- Cards that are gone into others, until those are counted anew.
CREATE TABLE statistics_gone (
    gone_id bigint PRIMARY KEY,
    keep_id bigint NOT NULL
);
CREATE INDEX statistics_gone_keep ON statistics_gone (keep_id);

-- +goose Down
DROP TABLE statistics_gone, statistics_cards, statistics_towns, statistics_years, statistics;
DELETE FROM marks WHERE library_id = 0 AND door = 'statistiques';
