-- What staff are told when something goes wrong for a while, and what that is judged by.

CREATE TABLE alert_kinds (code TEXT NOT NULL PRIMARY KEY);
INSERT INTO alert_kinds (code) VALUES
    ('sync_failures'), ('slow_courier'), ('long_queue'), ('webhook_errors');

-- A row from when it was seen first until it was over, of the instance and of no store. Kept: whoever
-- asks later when the courier was slow finds it here.
CREATE TABLE alerts (
    id TEXT NOT NULL PRIMARY KEY,
    kind TEXT NOT NULL REFERENCES alert_kinds (code),
    -- How many, and out of how many where that says more; as last seen.
    seen BIGINT NOT NULL CHECK (seen >= 0),
    seen_of BIGINT NOT NULL CHECK (seen_of >= 0),
    opened_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL,
    closed_at BIGINT
);

-- However many instances look: it is opened once.
CREATE UNIQUE INDEX alerts_open ON alerts (kind) WHERE closed_at IS NULL;
CREATE INDEX alerts_recent ON alerts (opened_at);

-- What every instance has counted, added up per minute, so that they judge together and a restart forgets
-- nothing. `name` has no code table: it names something the program counts, not a fact of the data.
CREATE TABLE watched_minutes (
    name TEXT NOT NULL,
    minute_at BIGINT NOT NULL,
    value BIGINT NOT NULL CHECK (value >= 0),
    PRIMARY KEY (name, minute_at)
);
CREATE INDEX watched_minutes_by_age ON watched_minutes (minute_at);
