-- Checkouts, the orders they make (one per store), their lines, events, stock movements and the
-- activity log. The code tables of payment methods and states are here because orders refer to
-- them and SQLite cannot add a reference later.

CREATE TABLE order_statuses (code TEXT NOT NULL PRIMARY KEY);
INSERT INTO order_statuses (code) VALUES
    ('pending'), ('confirmed'), ('processing'), ('shipped'), ('out_for_delivery'), ('delivered'), ('cancelled'), ('refunded');

CREATE TABLE payment_methods (code TEXT NOT NULL PRIMARY KEY);
INSERT INTO payment_methods (code) VALUES ('cod'), ('whatsapp');

CREATE TABLE payment_statuses (code TEXT NOT NULL PRIMARY KEY);
INSERT INTO payment_statuses (code) VALUES
    ('pending'), ('paid'), ('failed'), ('partially_refunded'), ('refunded'), ('cod_due'), ('cod_collected'), ('cod_remitted');

CREATE TABLE checkouts (
    id TEXT NOT NULL PRIMARY KEY,
    -- The cart's own 128-bit id: the same cart placed twice is one checkout (N2).
    key TEXT NOT NULL UNIQUE,
    -- 128-bit secret of the page /o/{token}.
    token TEXT NOT NULL UNIQUE,
    -- SHA-256 of everything in the request, to tell a repeat from another order under the same key.
    fingerprint TEXT NOT NULL,
    -- The WhatsApp text as the customer got it.
    message TEXT NOT NULL,
    user_id TEXT REFERENCES users (id),
    created_at BIGINT NOT NULL
);

CREATE TABLE orders (
    id TEXT NOT NULL PRIMARY KEY,
    -- (ms since 2024) << 22 | 22 random bits: keyset cursor and newest-first order.
    seq BIGINT NOT NULL UNIQUE,
    checkout_id TEXT NOT NULL REFERENCES checkouts (id),
    store_id TEXT NOT NULL REFERENCES stores (id),
    reference TEXT NOT NULL UNIQUE,
    status TEXT NOT NULL REFERENCES order_statuses (code),
    payment_status TEXT NOT NULL REFERENCES payment_statuses (code),
    payment_method TEXT NOT NULL REFERENCES payment_methods (code),
    user_id TEXT REFERENCES users (id),
    customer_name TEXT NOT NULL,
    customer_phone TEXT NOT NULL,
    customer_email TEXT NOT NULL DEFAULT '',
    address_line1 TEXT NOT NULL,
    address_line2 TEXT NOT NULL DEFAULT '',
    address_landmark TEXT NOT NULL DEFAULT '',
    address_city TEXT NOT NULL,
    address_state TEXT NOT NULL DEFAULT '',
    address_pincode TEXT NOT NULL DEFAULT '',
    address_country TEXT NOT NULL REFERENCES countries (code),
    note TEXT NOT NULL DEFAULT '',
    shipping_method TEXT NOT NULL DEFAULT 'standard',
    -- The courier service the customer chose at checkout, once rates are shown there.
    courier_service TEXT,
    currency TEXT NOT NULL REFERENCES currencies (code),
    goods_minor BIGINT NOT NULL CHECK (goods_minor >= 0),
    discount_minor BIGINT NOT NULL DEFAULT 0 CHECK (discount_minor >= 0 AND discount_minor <= goods_minor),
    shipping_minor BIGINT NOT NULL DEFAULT 0 CHECK (shipping_minor >= 0),
    cod_fee_minor BIGINT NOT NULL DEFAULT 0 CHECK (cod_fee_minor >= 0),
    giftwrap_minor BIGINT NOT NULL DEFAULT 0 CHECK (giftwrap_minor >= 0),
    transaction_minor BIGINT NOT NULL DEFAULT 0 CHECK (transaction_minor >= 0),
    total_minor BIGINT NOT NULL,
    item_count BIGINT NOT NULL CHECK (item_count > 0),
    weight_grams BIGINT NOT NULL CHECK (weight_grams >= 0),
    -- Raised by the first statement of every change: the portable row lock.
    version BIGINT NOT NULL DEFAULT 0,
    -- A person's "do not sync": courier events no longer move the order.
    is_pinned BIGINT NOT NULL DEFAULT 0 CHECK (is_pinned IN (0, 1)),
    created_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL,
    confirmed_at BIGINT,
    delivered_at BIGINT,
    -- DELETE through the API is a tombstone; real erasure is a command of its own.
    archived_at BIGINT,
    CHECK (total_minor = goods_minor - discount_minor + shipping_minor + cod_fee_minor + giftwrap_minor + transaction_minor),
    -- One order per store under one checkout.
    UNIQUE (checkout_id, store_id)
);
CREATE INDEX orders_by_store ON orders (store_id, seq);
CREATE INDEX orders_by_status ON orders (status, seq);
CREATE INDEX orders_by_store_status ON orders (store_id, status, seq);
CREATE INDEX orders_by_user ON orders (user_id, seq) WHERE user_id IS NOT NULL;
CREATE INDEX orders_by_phone ON orders (customer_phone, seq);

CREATE TABLE order_items (
    id TEXT NOT NULL PRIMARY KEY,
    order_id TEXT NOT NULL REFERENCES orders (id),
    position BIGINT NOT NULL,
    product_id TEXT NOT NULL REFERENCES products (id),
    variant_id TEXT NOT NULL REFERENCES product_variants (id),
    -- As they were when the order was placed; the catalogue may change under it.
    product_name TEXT NOT NULL,
    sku TEXT NOT NULL,
    barcode TEXT NOT NULL DEFAULT '',
    size TEXT NOT NULL DEFAULT '',
    color TEXT NOT NULL DEFAULT '',
    picture_id TEXT REFERENCES blobs (id),
    quantity BIGINT NOT NULL CHECK (quantity > 0),
    unit_price_minor BIGINT NOT NULL CHECK (unit_price_minor > 0),
    subtotal_minor BIGINT NOT NULL,
    weight_grams BIGINT NOT NULL CHECK (weight_grams >= 0),
    tax_rate_bp BIGINT NOT NULL DEFAULT 0,
    hsn TEXT NOT NULL DEFAULT '',
    CHECK (subtotal_minor = quantity * unit_price_minor),
    UNIQUE (order_id, position)
);
CREATE INDEX order_items_by_variant ON order_items (variant_id);
CREATE INDEX order_items_by_picture ON order_items (picture_id) WHERE picture_id IS NOT NULL;

CREATE TABLE stock_reasons (code TEXT NOT NULL PRIMARY KEY);
INSERT INTO stock_reasons (code) VALUES ('initial'), ('correction'), ('confirmed'), ('cancelled'), ('returned');

-- stock_quantity of a variant always equals the sum of its movements; `harkara check` compares.
CREATE TABLE stock_movements (
    id TEXT NOT NULL PRIMARY KEY,
    store_id TEXT NOT NULL REFERENCES stores (id),
    variant_id TEXT NOT NULL REFERENCES product_variants (id),
    quantity BIGINT NOT NULL CHECK (quantity <> 0),
    reason TEXT NOT NULL REFERENCES stock_reasons (code),
    -- Set for 'confirmed', 'cancelled' and 'returned'.
    order_id TEXT REFERENCES orders (id),
    author TEXT NOT NULL,
    created_at BIGINT NOT NULL
);
CREATE INDEX stock_movements_by_variant ON stock_movements (variant_id, created_at);
-- An order takes a variant's stock once and gives it back once, whatever is clicked how often.
CREATE UNIQUE INDEX stock_movements_once ON stock_movements (order_id, variant_id, reason)
    WHERE order_id IS NOT NULL AND reason IN ('confirmed', 'cancelled');

CREATE TABLE order_event_kinds (code TEXT NOT NULL PRIMARY KEY);
INSERT INTO order_event_kinds (code) VALUES
    ('placed'), ('confirmed'), ('status_changed'), ('cancelled'), ('refunded'), ('edited'), ('note'), ('pinned');

CREATE TABLE author_kinds (code TEXT NOT NULL PRIMARY KEY);
INSERT INTO author_kinds (code) VALUES ('customer'), ('user'), ('token'), ('courier'), ('system');

-- The order's own timeline. Append only.
CREATE TABLE order_events (
    id TEXT NOT NULL PRIMARY KEY,
    order_id TEXT NOT NULL REFERENCES orders (id),
    kind TEXT NOT NULL REFERENCES order_event_kinds (code),
    from_status TEXT REFERENCES order_statuses (code),
    to_status TEXT REFERENCES order_statuses (code),
    author_kind TEXT NOT NULL REFERENCES author_kinds (code),
    author_id TEXT,
    note TEXT NOT NULL DEFAULT '',
    created_at BIGINT NOT NULL
);
CREATE INDEX order_events_by_order ON order_events (order_id, created_at);

-- Who did what, across the instance (the source's AdminActivity). Append only.
CREATE TABLE activity (
    id TEXT NOT NULL PRIMARY KEY,
    store_id TEXT REFERENCES stores (id),
    action TEXT NOT NULL,
    entity TEXT NOT NULL,
    entity_id TEXT NOT NULL,
    author_kind TEXT NOT NULL REFERENCES author_kinds (code),
    author_id TEXT,
    detail TEXT NOT NULL DEFAULT '',
    created_at BIGINT NOT NULL
);
CREATE INDEX activity_by_time ON activity (created_at);
CREATE INDEX activity_by_entity ON activity (entity, entity_id, created_at);
