-- What customers send back.

CREATE TABLE return_states (code TEXT NOT NULL PRIMARY KEY);
-- closed: received and settled, by refund or otherwise.
INSERT INTO return_states (code) VALUES
    ('requested'), ('approved'), ('rejected'), ('withdrawn'), ('received'), ('closed');

CREATE TABLE return_requests (
    id TEXT NOT NULL PRIMARY KEY,
    seq BIGINT NOT NULL,
    store_id TEXT NOT NULL REFERENCES stores (id),
    order_id TEXT NOT NULL REFERENCES orders (id),
    state TEXT NOT NULL REFERENCES return_states (code),
    reason TEXT NOT NULL,
    -- The customer's own words.
    note TEXT NOT NULL DEFAULT '',
    author_kind TEXT NOT NULL REFERENCES author_kinds (code),
    author_id TEXT,
    decided_by_kind TEXT REFERENCES author_kinds (code),
    decided_by_id TEXT,
    decision_note TEXT NOT NULL DEFAULT '',
    refund_id TEXT REFERENCES refunds (id),
    version BIGINT NOT NULL DEFAULT 0,
    created_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL,
    decided_at BIGINT,
    received_at BIGINT,
    CONSTRAINT return_requests_seq UNIQUE (seq)
);

-- A double click, or a second tab, makes one request. Once decided, another may follow.
CREATE UNIQUE INDEX return_requests_open ON return_requests (order_id)
    WHERE state = 'requested';
CREATE INDEX return_requests_by_order ON return_requests (order_id);
CREATE INDEX return_requests_by_store ON return_requests (store_id, seq);
CREATE INDEX return_requests_by_store_state ON return_requests (store_id, state, seq);
CREATE INDEX return_requests_by_state ON return_requests (state, seq);

CREATE TABLE return_items (
    return_id TEXT NOT NULL REFERENCES return_requests (id),
    order_item_id TEXT NOT NULL REFERENCES order_items (id),
    store_id TEXT NOT NULL REFERENCES stores (id),
    quantity BIGINT NOT NULL CHECK (quantity > 0),
    -- Goods come back to the shelf once and only as far as they are fit to be sold.
    restocked_quantity BIGINT NOT NULL DEFAULT 0,
    restocked_at BIGINT,
    PRIMARY KEY (return_id, order_item_id),
    CHECK (restocked_quantity BETWEEN 0 AND quantity),
    CHECK (restocked_quantity = 0 OR restocked_at IS NOT NULL)
);

CREATE INDEX return_items_by_order_item ON return_items (order_item_id);

-- The parcel points at the request and not the other way round: a pickup that failed is booked
-- again, and then one request has several parcels.
ALTER TABLE shipments ADD COLUMN return_id TEXT REFERENCES return_requests (id);
CREATE INDEX shipments_by_return ON shipments (return_id) WHERE return_id IS NOT NULL;
