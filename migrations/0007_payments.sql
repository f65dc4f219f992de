-- Money: payments, refunds, and the cash that riders collect for us.
-- The code tables of methods and states are in 0003, since orders refer to them.

-- One row is one attempt or promise to pay. Amount, method and order never change: a mistake is
-- corrected by a refund and a new row (`corrects_id`), so that every balance ever shown can be
-- explained. What moves is the state, and each step is a row of payment_events.
--
-- Cash on delivery is one row per parcel (`shipment_id`), because it is collected and paid out
-- per parcel; before anything is packed it is one row of the order. Its three numbers are
-- amount_minor (due), collected_minor and remitted_minor: sums of the ledger, kept here so that
-- "overdue" and "differs" are an index away. `harkara check` compares.
CREATE TABLE payments (
    id TEXT NOT NULL PRIMARY KEY,
    seq BIGINT NOT NULL,
    store_id TEXT NOT NULL REFERENCES stores (id),
    order_id TEXT NOT NULL REFERENCES orders (id),
    shipment_id TEXT REFERENCES shipments (id),
    method TEXT NOT NULL REFERENCES payment_methods (code),
    status TEXT NOT NULL REFERENCES payment_statuses (code),
    currency TEXT NOT NULL REFERENCES currencies (code),
    amount_minor BIGINT NOT NULL CHECK (amount_minor > 0),
    refunded_minor BIGINT NOT NULL DEFAULT 0,
    collected_minor BIGINT NOT NULL DEFAULT 0 CHECK (collected_minor >= 0),
    remitted_minor BIGINT NOT NULL DEFAULT 0 CHECK (remitted_minor >= 0),
    -- What the customer or the bank calls it. Not unique: one transfer may pay two orders.
    reference TEXT,
    -- The gateway's own number: a callback that comes twice is one payment.
    gateway_payment_id TEXT,
    corrects_id TEXT REFERENCES payments (id),
    note TEXT NOT NULL DEFAULT '',
    version BIGINT NOT NULL DEFAULT 0,
    author_kind TEXT NOT NULL REFERENCES author_kinds (code),
    author_id TEXT,
    created_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL,
    paid_at BIGINT,
    CONSTRAINT payments_seq UNIQUE (seq),
    -- More than was paid can never be given back, whatever is clicked at the same time.
    CONSTRAINT payments_refunded CHECK (refunded_minor BETWEEN 0 AND amount_minor)
);

CREATE INDEX payments_by_order ON payments (order_id);
-- A parcel's cash is promised once.
CREATE UNIQUE INDEX payments_once_per_parcel ON payments (shipment_id, method)
    WHERE shipment_id IS NOT NULL AND corrects_id IS NULL;
CREATE UNIQUE INDEX payments_gateway ON payments (method, gateway_payment_id)
    WHERE gateway_payment_id IS NOT NULL;
CREATE INDEX payments_by_store ON payments (store_id, seq);
CREATE INDEX payments_by_store_status ON payments (store_id, status, seq);
CREATE INDEX payments_by_status ON payments (status, seq);
CREATE INDEX payments_by_reference ON payments (reference) WHERE reference IS NOT NULL;

-- Append only.
CREATE TABLE payment_events (
    id TEXT NOT NULL PRIMARY KEY,
    store_id TEXT NOT NULL REFERENCES stores (id),
    payment_id TEXT NOT NULL REFERENCES payments (id),
    from_status TEXT REFERENCES payment_statuses (code),
    to_status TEXT NOT NULL REFERENCES payment_statuses (code),
    amount_minor BIGINT NOT NULL CHECK (amount_minor >= 0),
    -- What caused it (a tracking event, a settlement line, a callback), so that the same cause
    -- heard twice has one effect. NULL for a person's click, which the state guards.
    cause TEXT,
    note TEXT NOT NULL DEFAULT '',
    author_kind TEXT NOT NULL REFERENCES author_kinds (code),
    author_id TEXT,
    created_at BIGINT NOT NULL
);

CREATE INDEX payment_events_by_payment ON payment_events (payment_id, created_at);
CREATE UNIQUE INDEX payment_events_cause ON payment_events (payment_id, cause)
    WHERE cause IS NOT NULL;

CREATE TABLE refund_states (code TEXT NOT NULL PRIMARY KEY);
INSERT INTO refund_states (code) VALUES ('requested'), ('done'), ('failed');

-- Any number of partial refunds. The amount counts against payments.refunded_minor from the
-- request on, in the same transaction, and is given back to it when the refund fails.
CREATE TABLE refunds (
    id TEXT NOT NULL PRIMARY KEY,
    store_id TEXT NOT NULL REFERENCES stores (id),
    order_id TEXT NOT NULL REFERENCES orders (id),
    payment_id TEXT NOT NULL REFERENCES payments (id),
    currency TEXT NOT NULL REFERENCES currencies (code),
    amount_minor BIGINT NOT NULL CHECK (amount_minor > 0),
    state TEXT NOT NULL REFERENCES refund_states (code),
    reason TEXT NOT NULL DEFAULT '',
    reference TEXT,
    gateway_refund_id TEXT,
    author_kind TEXT NOT NULL REFERENCES author_kinds (code),
    author_id TEXT,
    created_at BIGINT NOT NULL,
    finished_at BIGINT
);

CREATE INDEX refunds_by_payment ON refunds (payment_id);
CREATE INDEX refunds_by_order ON refunds (order_id);
CREATE INDEX refunds_by_store ON refunds (store_id, created_at);

-- ==== what the courier says it paid out

CREATE TABLE settlement_states (code TEXT NOT NULL PRIMARY KEY);
INSERT INTO settlement_states (code) VALUES ('imported'), ('booked'), ('discarded');

CREATE TABLE settlement_line_states (code TEXT NOT NULL PRIMARY KEY);
-- differs: matched, but not the amount that is due. unmatched: no parcel of ours.
INSERT INTO settlement_line_states (code) VALUES
    ('matched'), ('differs'), ('unmatched'), ('ignored');

CREATE TABLE settlements (
    id TEXT NOT NULL PRIMARY KEY,
    store_id TEXT NOT NULL REFERENCES stores (id),
    courier_id TEXT NOT NULL REFERENCES couriers (id),
    courier_reference TEXT,
    file_name TEXT NOT NULL DEFAULT '',
    -- The same file imported twice must not pay twice.
    file_hash TEXT NOT NULL,
    blob_id TEXT REFERENCES blobs (id),
    state TEXT NOT NULL REFERENCES settlement_states (code),
    currency TEXT NOT NULL REFERENCES currencies (code),
    total_minor BIGINT NOT NULL,
    paid_at BIGINT,
    version BIGINT NOT NULL DEFAULT 0,
    author_kind TEXT NOT NULL REFERENCES author_kinds (code),
    author_id TEXT,
    created_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL
);

-- A discarded import may be repeated with other columns.
CREATE UNIQUE INDEX settlements_file ON settlements (courier_id, file_hash)
    WHERE state <> 'discarded';
CREATE INDEX settlements_recent ON settlements (store_id, created_at);

CREATE TABLE settlement_lines (
    settlement_id TEXT NOT NULL REFERENCES settlements (id),
    line_number BIGINT NOT NULL CHECK (line_number >= 1),
    store_id TEXT NOT NULL REFERENCES stores (id),
    shipment_id TEXT REFERENCES shipments (id),
    state TEXT NOT NULL REFERENCES settlement_line_states (code),
    awb TEXT NOT NULL DEFAULT '',
    reference TEXT NOT NULL DEFAULT '',
    -- As the file has them. No sign is demanded: couriers take back and refund fees by negative lines.
    cod_minor BIGINT NOT NULL,
    fee_minor BIGINT NOT NULL,
    net_minor BIGINT NOT NULL,
    raw TEXT NOT NULL,
    note TEXT NOT NULL DEFAULT '',
    PRIMARY KEY (settlement_id, line_number)
);

CREATE INDEX settlement_lines_by_state ON settlement_lines (settlement_id, state, line_number);
CREATE INDEX settlement_lines_by_shipment ON settlement_lines (shipment_id)
    WHERE shipment_id IS NOT NULL;

-- ==== ledger

CREATE TABLE ledger_accounts (code TEXT NOT NULL PRIMARY KEY);
INSERT INTO ledger_accounts (code) VALUES
    ('sales'), ('cod_due'), ('with_courier'), ('bank'), ('courier_charges'), ('cod_differences');

-- Double entry with one row per movement: it names the account that gets and the account that
-- gives, so the sum over all accounts is zero by the shape of the table, not by a check that
-- somebody has to run. Append only; a mistake is undone by the opposite movement.
--
--   due        cod_due          <- sales            the order is confirmed
--   collected  with_courier     <- cod_due          the courier reports delivery
--   returned   sales            <- cod_due          return to origin, nothing collected
--   remitted   bank             <- with_courier     the settlement names the parcel
--   fee        courier_charges  <- with_courier     what the courier kept
--   difference cod_differences  <- with_courier     closed by a person
CREATE TABLE ledger_entries (
    id TEXT NOT NULL PRIMARY KEY,
    store_id TEXT NOT NULL REFERENCES stores (id),
    order_id TEXT REFERENCES orders (id),
    shipment_id TEXT REFERENCES shipments (id),
    courier_id TEXT REFERENCES couriers (id),
    -- Names the business fact ("collected:<event>"): the same fact is booked once.
    entry_key TEXT NOT NULL,
    debit_account TEXT NOT NULL REFERENCES ledger_accounts (code),
    credit_account TEXT NOT NULL REFERENCES ledger_accounts (code),
    currency TEXT NOT NULL REFERENCES currencies (code),
    amount_minor BIGINT NOT NULL CHECK (amount_minor > 0),
    note TEXT NOT NULL DEFAULT '',
    author_kind TEXT NOT NULL REFERENCES author_kinds (code),
    author_id TEXT,
    happened_at BIGINT NOT NULL,
    created_at BIGINT NOT NULL,
    CHECK (debit_account <> credit_account),
    CONSTRAINT ledger_entries_once UNIQUE (entry_key)
);

CREATE INDEX ledger_entries_by_shipment ON ledger_entries (shipment_id)
    WHERE shipment_id IS NOT NULL;
CREATE INDEX ledger_entries_by_order ON ledger_entries (order_id)
    WHERE order_id IS NOT NULL;
CREATE INDEX ledger_entries_by_store ON ledger_entries (store_id, happened_at);
CREATE INDEX ledger_entries_by_courier ON ledger_entries (courier_id, happened_at)
    WHERE courier_id IS NOT NULL;
