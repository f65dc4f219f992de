-- What couriers push to us: stored first, answered after, applied at our own pace.

CREATE TABLE webhook_states (code TEXT NOT NULL PRIMARY KEY);
-- unmatched: genuine, but no parcel of ours has the number yet (accounts push all their
-- parcels, also those booked elsewhere); taken up again when one gets it.
-- ignored: genuine and without effect by nature, such as a test ping.
INSERT INTO webhook_states (code) VALUES
    ('queued'), ('applied'), ('ignored'), ('unmatched'), ('dead');

CREATE TABLE webhook_verdicts (code TEXT NOT NULL PRIMARY KEY);
INSERT INTO webhook_verdicts (code) VALUES
    ('verified'), ('bad_secret'), ('missing_secret'), ('no_secret_configured'),
    ('unknown_account'), ('disabled_account'), ('expired'), ('too_large'), ('too_many');

-- The stored row is the queue. Only verified deliveries get one: what anybody on the internet
-- can send must not be able to fill the queue or put a body into our database.
--
-- The hash is indexed and not unique. The same bytes may be meant twice (a parcel that goes on
-- hold, off, and on hold again); only the events inside them are deduplicated.
--
-- There is no lease: a worker applies a batch and marks its rows in one transaction, under row
-- locks (SKIP LOCKED on PostgreSQL, the one writer on SQLite), so a crash leaves them queued.
CREATE TABLE webhook_log (
    -- Made when the request arrives and kept through the spool file, so that a delivery that
    -- reached the spool and the database is still one row.
    id TEXT NOT NULL PRIMARY KEY,
    store_id TEXT NOT NULL REFERENCES stores (id),
    courier_id TEXT NOT NULL REFERENCES couriers (id),
    received_at BIGINT NOT NULL,
    -- Sealed, base64: it holds names and phones. NULL after 90 days; the line stays.
    body TEXT,
    body_hash TEXT NOT NULL,
    size_bytes BIGINT NOT NULL CHECK (size_bytes >= 0),
    -- 0 only in demo mode, where an account without a secret is believed.
    is_verified BIGINT NOT NULL CHECK (is_verified IN (0, 1)),
    verdict TEXT NOT NULL REFERENCES webhook_verdicts (code),
    -- Read from the body when it is applied, for the log's filters and for replay.
    event_type TEXT,
    awb TEXT,
    state TEXT NOT NULL REFERENCES webhook_states (code),
    run_at BIGINT NOT NULL,
    attempts BIGINT NOT NULL DEFAULT 0 CHECK (attempts >= 0),
    error TEXT,
    applied_at BIGINT
);

CREATE INDEX webhook_log_queue ON webhook_log (run_at) WHERE state = 'queued';
CREATE INDEX webhook_log_unmatched ON webhook_log (courier_id, awb) WHERE state = 'unmatched';
CREATE INDEX webhook_log_dead ON webhook_log (received_at) WHERE state = 'dead';
CREATE INDEX webhook_log_recent ON webhook_log (received_at);
CREATE INDEX webhook_log_by_courier ON webhook_log (courier_id, received_at);
CREATE INDEX webhook_log_awb ON webhook_log (awb) WHERE awb IS NOT NULL;
CREATE INDEX webhook_log_hash ON webhook_log (body_hash);

-- The audit line of every delivery that was not taken: no body, no credential, and the route's
-- pattern instead of the path, which may contain a token. A flood is counted up in one line.
CREATE TABLE webhook_refusals (
    id TEXT NOT NULL PRIMARY KEY,
    received_at BIGINT NOT NULL,
    store_id TEXT REFERENCES stores (id),
    courier_id TEXT REFERENCES couriers (id),
    route TEXT NOT NULL,
    ip TEXT NOT NULL,
    size_bytes BIGINT NOT NULL CHECK (size_bytes >= 0),
    verdict TEXT NOT NULL REFERENCES webhook_verdicts (code),
    repeats BIGINT NOT NULL DEFAULT 1 CHECK (repeats >= 1),
    last_at BIGINT NOT NULL
);

CREATE INDEX webhook_refusals_recent ON webhook_refusals (received_at);
