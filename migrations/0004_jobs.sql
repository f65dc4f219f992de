-- Work that outlives a request: effects, jobs, schedules, bulk runs.
--
-- There is no broker beside the database. A change and everything that must follow from it
-- are committed together or not at all; whoever works a row off later holds it by a lease
-- with a token nobody else knows, so a worker that was slow, paused or declared dead can
-- neither finish nor fail what another one has taken over.

-- ==== jobs

CREATE TABLE job_states (code TEXT NOT NULL PRIMARY KEY);
INSERT INTO job_states (code) VALUES
    ('ready'), ('running'), ('done'), ('dead'), ('discarded');

-- A schedule is either an interval or a cron line, never both: intervals carry the polling
-- (drift is welcome, jitter keeps instances and shops apart), cron lines carry what people
-- expect at a wall-clock time in their own zone.
CREATE TABLE schedules (
    name TEXT NOT NULL PRIMARY KEY,
    queue TEXT NOT NULL,
    kind TEXT NOT NULL,
    payload TEXT NOT NULL DEFAULT '{}',
    priority BIGINT NOT NULL,
    every_ms BIGINT CHECK (every_ms >= 1000),
    cron TEXT,
    tz TEXT NOT NULL DEFAULT 'UTC',
    jitter_ms BIGINT NOT NULL DEFAULT 0 CHECK (jitter_ms >= 0),
    is_enabled BIGINT NOT NULL DEFAULT 1 CHECK (is_enabled IN (0, 1)),
    next_fire BIGINT NOT NULL,
    last_fire BIGINT,
    created_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL,
    CHECK ((every_ms IS NULL) <> (cron IS NULL))
);

-- `queue` and `kind` have no code tables: they name functions of the program, not facts of the
-- data, and a new kind of work should not need a migration.
-- `store_id` is NULL for work that belongs to no merchant.
CREATE TABLE jobs (
    id TEXT NOT NULL PRIMARY KEY,
    store_id TEXT REFERENCES stores (id),
    queue TEXT NOT NULL,
    kind TEXT NOT NULL,
    payload TEXT NOT NULL,
    unique_key TEXT,
    -- Smaller runs first.
    priority BIGINT NOT NULL,
    run_at BIGINT NOT NULL,
    state TEXT NOT NULL REFERENCES job_states (code),
    attempts BIGINT NOT NULL DEFAULT 0 CHECK (attempts >= 0),
    max_attempts BIGINT NOT NULL CHECK (max_attempts >= 1),
    -- Somebody asked for the same work while it was being done. What the running attempt had
    -- already read may be stale, so one more run follows; without this the request is lost.
    asked_again BIGINT NOT NULL DEFAULT 0 CHECK (asked_again IN (0, 1)),
    lease_token TEXT,
    lease_until BIGINT,
    last_error TEXT,
    schedule TEXT REFERENCES schedules (name),
    fire_ms BIGINT,
    created_at BIGINT NOT NULL,
    finished_at BIGINT,
    -- A running job without a lease would never be taken over after a crash.
    CHECK ((state = 'running') = (lease_token IS NOT NULL)),
    CHECK ((lease_token IS NULL) = (lease_until IS NULL)),
    CHECK ((schedule IS NULL) = (fire_ms IS NULL))
);

-- Only unfinished work is unique: a finished job is history and must not block the next one.
CREATE UNIQUE INDEX jobs_unique_key ON jobs (kind, unique_key)
    WHERE unique_key IS NOT NULL AND state IN ('ready', 'running');
-- Two instances that see the same due schedule make one job of it.
CREATE UNIQUE INDEX jobs_schedule_fire ON jobs (schedule, fire_ms)
    WHERE schedule IS NOT NULL;
-- Partial, so that claiming costs the same however much history lies in the table.
CREATE INDEX jobs_ready ON jobs (queue, priority, run_at) WHERE state = 'ready';
CREATE INDEX jobs_running ON jobs (lease_until) WHERE state = 'running';
CREATE INDEX jobs_by_state ON jobs (state, created_at);
CREATE INDEX jobs_finished ON jobs (finished_at) WHERE finished_at IS NOT NULL;

CREATE INDEX schedules_due ON schedules (next_fire) WHERE is_enabled = 1;

-- ==== outbox

-- An outbox row is the promise of one effect (a message, a hint to browsers) of one event.
-- It differs from a job in what it remembers: (event, effect) stays unique for good, so a
-- replayed webhook or a repeated fold can promise again and again and nothing goes out
-- twice, whereas a finished job may be cleared away and asked for anew.
CREATE TABLE outbox_states (code TEXT NOT NULL PRIMARY KEY);
-- superseded: the event was no longer the current state when its turn came.
INSERT INTO outbox_states (code) VALUES
    ('pending'), ('sent'), ('superseded'), ('dead');

CREATE TABLE outbox (
    id TEXT NOT NULL PRIMARY KEY,
    store_id TEXT REFERENCES stores (id),
    -- The row of order_events or tracking_events that caused it. No foreign key: several
    -- tables hold events, and the promise must outlive an archived event.
    event_id TEXT NOT NULL,
    effect TEXT NOT NULL,
    entity TEXT NOT NULL,
    entity_id TEXT NOT NULL,
    payload TEXT NOT NULL,
    state TEXT NOT NULL REFERENCES outbox_states (code),
    run_at BIGINT NOT NULL,
    attempts BIGINT NOT NULL DEFAULT 0 CHECK (attempts >= 0),
    lease_token TEXT,
    lease_until BIGINT,
    last_error TEXT,
    created_at BIGINT NOT NULL,
    finished_at BIGINT,
    CHECK ((lease_token IS NULL) = (lease_until IS NULL)),
    CONSTRAINT outbox_event_effect UNIQUE (event_id, effect)
);

-- Consumers select by state, never by "id greater than the last one seen": on PostgreSQL a
-- transaction that began earlier may commit later.
CREATE INDEX outbox_pending ON outbox (run_at) WHERE state = 'pending';
CREATE INDEX outbox_entity ON outbox (entity, entity_id);
CREATE INDEX outbox_finished ON outbox (finished_at) WHERE finished_at IS NOT NULL;

-- ==== bulk runs

CREATE TABLE bulk_run_states (code TEXT NOT NULL PRIMARY KEY);
INSERT INTO bulk_run_states (code) VALUES
    ('queued'), ('running'), ('stopped'), ('finished');

CREATE TABLE bulk_item_states (code TEXT NOT NULL PRIMARY KEY);
INSERT INTO bulk_item_states (code) VALUES
    ('waiting'), ('done'), ('failed'), ('skipped');

-- A run is a set of rows with a state each, so that it can be stopped, resumed after a
-- restart, and repeated for the failed ones only. Totals per state are counted from the
-- items: a run has one owner and at most some thousand rows, a stored count would only drift.
CREATE TABLE bulk_runs (
    id TEXT NOT NULL PRIMARY KEY,
    -- NULL for a run of staff over all stores; the items belong to one store each.
    store_id TEXT REFERENCES stores (id),
    kind TEXT NOT NULL,
    params TEXT NOT NULL DEFAULT '{}',
    state TEXT NOT NULL REFERENCES bulk_run_states (code),
    stop_requested BIGINT NOT NULL DEFAULT 0 CHECK (stop_requested IN (0, 1)),
    author_kind TEXT NOT NULL REFERENCES author_kinds (code),
    author_id TEXT,
    version BIGINT NOT NULL DEFAULT 0,
    created_at BIGINT NOT NULL,
    started_at BIGINT,
    finished_at BIGINT
);

CREATE INDEX bulk_runs_recent ON bulk_runs (created_at);

CREATE TABLE bulk_run_items (
    run_id TEXT NOT NULL REFERENCES bulk_runs (id),
    position BIGINT NOT NULL CHECK (position >= 0),
    store_id TEXT REFERENCES stores (id),
    entity TEXT NOT NULL,
    entity_id TEXT NOT NULL,
    state TEXT NOT NULL REFERENCES bulk_item_states (code),
    attempts BIGINT NOT NULL DEFAULT 0 CHECK (attempts >= 0),
    -- The reason in words, as shown to staff and written into the CSV of reasons.
    message TEXT,
    result TEXT,
    updated_at BIGINT NOT NULL,
    PRIMARY KEY (run_id, position),
    -- The same order ticked twice must not be worked on twice.
    CONSTRAINT bulk_run_items_once UNIQUE (run_id, entity, entity_id)
);

CREATE INDEX bulk_run_items_by_state ON bulk_run_items (run_id, state, position);
