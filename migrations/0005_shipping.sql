-- Couriers, parcels and what is known about them.
--
-- The courier's word is kept apart from what we make of it: tracking_events hold raw codes as
-- they came, shipments hold the state folded from them. A mapping can therefore be corrected
-- and the past folded again.

-- ==== vocabularies

CREATE TABLE courier_providers (code TEXT NOT NULL PRIMARY KEY);
INSERT INTO courier_providers (code) VALUES
    ('shiprocket'), ('delhivery'), ('packzy'), ('manual'), ('generic');

CREATE TABLE webhook_modes (code TEXT NOT NULL PRIMARY KEY);
INSERT INTO webhook_modes (code) VALUES
    ('header'), ('bearer'), ('query'), ('hmac'), ('none');

CREATE TABLE shipment_legs (code TEXT NOT NULL PRIMARY KEY);
INSERT INTO shipment_legs (code) VALUES
    ('forward'), ('return');

CREATE TABLE shipment_statuses (code TEXT NOT NULL PRIMARY KEY);
INSERT INTO shipment_statuses (code) VALUES
    ('pending'), ('ready_to_ship'), ('picked_up'), ('in_transit'), ('out_for_delivery'),
    ('delivered'), ('undelivered'), ('rto_initiated'), ('rto_delivered'), ('cancelled'),
    ('lost'), ('on_hold');

CREATE TABLE booking_states (code TEXT NOT NULL PRIMARY KEY);
INSERT INTO booking_states (code) VALUES
    ('none'), ('in_flight'), ('booked'), ('refused'), ('unknown');

CREATE TABLE event_sources (code TEXT NOT NULL PRIMARY KEY);
INSERT INTO event_sources (code) VALUES
    ('webhook'), ('poll'), ('observation'), ('manual'), ('sandbox');

CREATE TABLE case_kinds (code TEXT NOT NULL PRIMARY KEY);
-- ndr: a failed attempt, the courier wants instructions. disputed: news after a hard end.
-- delivered_during_rto and revived: the parcel did what its state said it could not.
-- two_live_parcels: a released booking moves beside the one that replaced it.
INSERT INTO case_kinds (code) VALUES
    ('ndr'), ('disputed'), ('rto_after_delivery'), ('delivered_during_rto'), ('revived'),
    ('two_live_parcels'), ('booking_unknown'), ('partial_delivery'), ('unknown_code'),
    ('no_movement'), ('cod_difference');

CREATE TABLE document_kinds (code TEXT NOT NULL PRIMARY KEY);
INSERT INTO document_kinds (code) VALUES
    ('label'), ('invoice'), ('proof_of_delivery');

-- ==== courier accounts

-- One row is one account of one store: two stores with the same courier have two rows, two
-- webhook tokens and two bills. Never deleted once a parcel points at it, only archived.
CREATE TABLE couriers (
    id TEXT NOT NULL PRIMARY KEY,
    store_id TEXT NOT NULL REFERENCES stores (id),
    slug TEXT NOT NULL CHECK (length(slug) BETWEEN 1 AND 60),
    name TEXT NOT NULL,
    provider TEXT NOT NULL REFERENCES courier_providers (code),
    -- NULL is the provider's own address; set for the sandbox and for relays.
    base_url TEXT,
    is_enabled BIGINT NOT NULL CHECK (is_enabled IN (0, 1)),
    -- A property of the account, not of the build or of the environment: it decides who is billed.
    is_test BIGINT NOT NULL CHECK (is_test IN (0, 1)),
    -- Order in which staff are offered the accounts; the first enabled one is the default.
    position BIGINT NOT NULL DEFAULT 0,
    -- Sealed JSON, base64. It is never sent back, hence the date shown in its place.
    credentials TEXT,
    credentials_set_at BIGINT,
    webhook_mode TEXT NOT NULL REFERENCES webhook_modes (code),
    -- Name of the header or of the query parameter that carries the secret.
    webhook_name TEXT,
    webhook_secret TEXT,
    webhook_secret_set_at BIGINT,
    -- In plain text: it must be looked up by equality and shown to be pasted at the courier.
    -- It says which account is meant; what authenticates is the secret above.
    webhook_token TEXT NOT NULL CHECK (length(webhook_token) >= 16),
    pickup_location TEXT,
    pickup_pincode TEXT,
    settings TEXT NOT NULL DEFAULT '{}',
    version BIGINT NOT NULL DEFAULT 0,
    created_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL,
    archived_at BIGINT,
    CHECK ((credentials IS NULL) = (credentials_set_at IS NULL)),
    CHECK ((webhook_secret IS NULL) = (webhook_secret_set_at IS NULL)),
    CONSTRAINT couriers_token UNIQUE (webhook_token),
    CONSTRAINT couriers_slug UNIQUE (store_id, slug)
);

-- The webhook addresses of the source name a slug without a store.
CREATE INDEX couriers_by_slug ON couriers (slug);

-- What changes while an account is used, apart from what people edit: refreshing a login or
-- noting a push must not collide with somebody saving the settings form.
CREATE TABLE courier_health (
    courier_id TEXT NOT NULL PRIMARY KEY REFERENCES couriers (id),
    store_id TEXT NOT NULL REFERENCES stores (id),
    -- Sealed like the credentials; shared by all instances so that they log in once.
    access_token TEXT,
    access_token_expires_at BIGINT,
    -- No calls before this instant (rate limit, lock-out after failed logins).
    paused_until BIGINT,
    pause_reason TEXT,
    last_success_at BIGINT,
    last_failure_at BIGINT,
    last_error TEXT,
    last_push_at BIGINT,
    -- Changes that polling found and no webhook announced since the last push: the only sign
    -- of a hook that silently died.
    unannounced_changes BIGINT NOT NULL DEFAULT 0 CHECK (unannounced_changes >= 0),
    updated_at BIGINT NOT NULL
);

-- Rows added in the admin; they win over the table built into the program. The key is what the
-- courier documents: never a part of a text ("undelivered" contains "delivered"), and with the
-- id space, because one courier uses the same numbers twice with different meanings. A part that
-- the courier does not use is '' and not NULL: NULLs are distinct in a unique constraint, and the
-- same code could then be mapped twice.
CREATE TABLE courier_codes (
    id TEXT NOT NULL PRIMARY KEY,
    store_id TEXT NOT NULL REFERENCES stores (id),
    courier_id TEXT NOT NULL REFERENCES couriers (id),
    leg TEXT NOT NULL REFERENCES shipment_legs (code),
    id_space TEXT NOT NULL DEFAULT '',
    status_type TEXT NOT NULL DEFAULT '',
    status_text TEXT NOT NULL DEFAULT '',
    status_code TEXT NOT NULL DEFAULT '',
    -- NULL: known, and changes nothing.
    status TEXT REFERENCES shipment_statuses (code),
    is_partial BIGINT NOT NULL DEFAULT 0 CHECK (is_partial IN (0, 1)),
    note TEXT NOT NULL DEFAULT '',
    author_kind TEXT NOT NULL REFERENCES author_kinds (code),
    author_id TEXT,
    created_at BIGINT NOT NULL,
    CONSTRAINT courier_codes_once
        UNIQUE (courier_id, leg, id_space, status_type, status_text, status_code)
);

-- ==== papers of many parcels

CREATE TABLE manifests (
    id TEXT NOT NULL PRIMARY KEY,
    store_id TEXT NOT NULL REFERENCES stores (id),
    courier_id TEXT NOT NULL REFERENCES couriers (id),
    courier_reference TEXT,
    blob_id TEXT REFERENCES blobs (id),
    author_kind TEXT NOT NULL REFERENCES author_kinds (code),
    author_id TEXT,
    created_at BIGINT NOT NULL
);

CREATE INDEX manifests_recent ON manifests (store_id, created_at);
CREATE INDEX manifests_by_blob ON manifests (blob_id) WHERE blob_id IS NOT NULL;

CREATE TABLE pickups (
    id TEXT NOT NULL PRIMARY KEY,
    store_id TEXT NOT NULL REFERENCES stores (id),
    courier_id TEXT NOT NULL REFERENCES couriers (id),
    -- Asking for a pickup has the same three outcomes as booking, and the same trap: a
    -- pickup that nobody confirmed must not look like one that was.
    booking_state TEXT NOT NULL REFERENCES booking_states (code),
    courier_reference TEXT,
    scheduled_at BIGINT,
    error_message TEXT,
    author_kind TEXT NOT NULL REFERENCES author_kinds (code),
    author_id TEXT,
    created_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL
);

CREATE INDEX pickups_recent ON pickups (store_id, created_at);

-- ==== shipments

-- One parcel on one leg under one booking. An order has many: split parcels (`parcel`), a new
-- booking after a return to origin or a loss (`booking`), the way back (`leg`).
--
-- `released_at` decides which booking is the parcel's own. It is set when the courier accepted
-- the void, or when people book the parcel anew after an end. It is a column of its own, not
-- read from `status`, because a cancelled or lost parcel may start to move again: a courier's
-- event may change `status`, but must never be refused by the index that keeps us from
-- booking twice.
CREATE TABLE shipments (
    id TEXT NOT NULL PRIMARY KEY,
    -- As orders.seq: cursor and newest-first order, independent of collation and of VACUUM.
    seq BIGINT NOT NULL,
    store_id TEXT NOT NULL REFERENCES stores (id),
    order_id TEXT NOT NULL REFERENCES orders (id),
    courier_id TEXT NOT NULL REFERENCES couriers (id),
    leg TEXT NOT NULL REFERENCES shipment_legs (code),
    parcel BIGINT NOT NULL DEFAULT 1 CHECK (parcel >= 1),
    booking BIGINT NOT NULL DEFAULT 1 CHECK (booking >= 1),
    version BIGINT NOT NULL DEFAULT 0,

    booking_state TEXT NOT NULL REFERENCES booking_states (code),
    -- Written and committed before the courier is called: after a crash it is what the courier
    -- is asked by. NULL for a number that was booked elsewhere and attached by hand.
    our_reference TEXT,
    awb TEXT,
    -- Packzy has a second number; customers see this one, the API knows the other.
    courier_tracking_code TEXT,
    courier_order_id TEXT,
    courier_shipment_id TEXT,
    service_id TEXT,
    -- Who carries it, where the courier is an aggregator.
    carrier_name TEXT,
    in_flight_at BIGINT,
    booked_at BIGINT,
    handed_over_at BIGINT,
    released_at BIGINT,
    retry_count BIGINT NOT NULL DEFAULT 0 CHECK (retry_count >= 0),
    error_message TEXT,

    status TEXT NOT NULL REFERENCES shipment_statuses (code),
    raw_status TEXT,
    -- The event the status was folded from and its instant: a message goes out only while its
    -- event is the current one. No foreign key, since events point here already.
    status_event_id TEXT,
    status_at BIGINT NOT NULL,
    last_event_at BIGINT,
    delivery_attempts BIGINT NOT NULL DEFAULT 0 CHECK (delivery_attempts >= 0),
    is_disputed BIGINT NOT NULL DEFAULT 0 CHECK (is_disputed IN (0, 1)),
    is_partial BIGINT NOT NULL DEFAULT 0 CHECK (is_partial IN (0, 1)),
    expected_delivery_at BIGINT,
    delivered_at BIGINT,

    -- A person's "do not sync": neither polled nor moved by the courier's events.
    is_pinned BIGINT NOT NULL DEFAULT 0 CHECK (is_pinned IN (0, 1)),
    next_poll_at BIGINT,
    last_polled_at BIGINT,
    last_push_at BIGINT,

    weight_grams BIGINT NOT NULL CHECK (weight_grams > 0),
    length_mm BIGINT NOT NULL CHECK (length_mm > 0),
    width_mm BIGINT NOT NULL CHECK (width_mm > 0),
    height_mm BIGINT NOT NULL CHECK (height_mm > 0),
    charged_weight_grams BIGINT CHECK (charged_weight_grams > 0),

    currency TEXT NOT NULL REFERENCES currencies (code),
    -- What the rider collects; zero for a prepaid parcel.
    cod_amount_minor BIGINT NOT NULL CHECK (cod_amount_minor >= 0),
    declared_value_minor BIGINT NOT NULL CHECK (declared_value_minor >= 0),
    quoted_cost_minor BIGINT CHECK (quoted_cost_minor >= 0),
    charged_cost_minor BIGINT CHECK (charged_cost_minor >= 0),

    manifest_id TEXT REFERENCES manifests (id),
    pickup_id TEXT REFERENCES pickups (id),
    pickup_scheduled_at BIGINT,

    author_kind TEXT NOT NULL REFERENCES author_kinds (code),
    author_id TEXT,
    created_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL,

    CONSTRAINT shipments_seq UNIQUE (seq),
    CONSTRAINT shipments_booking UNIQUE (order_id, leg, parcel, booking),
    -- Couriers send "" and 0 for "none"; neither may become an identity.
    CHECK (awb NOT IN ('', '0')),
    CHECK (our_reference <> ''),
    CHECK (courier_order_id NOT IN ('', '0')),
    CHECK (courier_shipment_id NOT IN ('', '0'))
);

-- At most one booking of a parcel is ours at any time, from before the first call to the courier.
CREATE UNIQUE INDEX shipments_current ON shipments (order_id, leg, parcel)
    WHERE released_at IS NULL;
-- The number comes first in these: people search by it without knowing the account.
CREATE UNIQUE INDEX shipments_awb ON shipments (awb, courier_id)
    WHERE awb IS NOT NULL;
CREATE UNIQUE INDEX shipments_our_reference ON shipments (our_reference, courier_id)
    WHERE our_reference IS NOT NULL;
CREATE UNIQUE INDEX shipments_courier_shipment_id ON shipments (courier_shipment_id, courier_id)
    WHERE courier_shipment_id IS NOT NULL;
-- One order at the courier may hold several parcels of ours.
CREATE UNIQUE INDEX shipments_courier_order_id ON shipments (courier_order_id, courier_id, parcel)
    WHERE courier_order_id IS NOT NULL;
CREATE INDEX shipments_tracking_code ON shipments (courier_tracking_code)
    WHERE courier_tracking_code IS NOT NULL;

-- The admin's list: newest first, for a seller's own store and for staff over all stores.
CREATE INDEX shipments_by_store ON shipments (store_id, seq);
CREATE INDEX shipments_by_store_status ON shipments (store_id, status, seq);
CREATE INDEX shipments_by_status ON shipments (status, seq);
CREATE INDEX shipments_by_courier ON shipments (courier_id, seq);
CREATE INDEX shipments_by_booking_state ON shipments (booking_state, seq);
CREATE INDEX shipments_poll ON shipments (next_poll_at)
    WHERE next_poll_at IS NOT NULL;
CREATE INDEX shipments_by_manifest ON shipments (manifest_id)
    WHERE manifest_id IS NOT NULL;
CREATE INDEX shipments_by_pickup ON shipments (pickup_id)
    WHERE pickup_id IS NOT NULL;

CREATE TABLE shipment_items (
    shipment_id TEXT NOT NULL REFERENCES shipments (id),
    order_item_id TEXT NOT NULL REFERENCES order_items (id),
    store_id TEXT NOT NULL REFERENCES stores (id),
    quantity BIGINT NOT NULL CHECK (quantity > 0),
    PRIMARY KEY (shipment_id, order_item_id)
);

CREATE INDEX shipment_items_by_order_item ON shipment_items (order_item_id);

-- Documents are rows and not three columns of shipments: the courier's PDF is kept beside our
-- own rendering, reprints are counted, and retention can drop a file without looking through
-- every shipment.
CREATE TABLE shipment_documents (
    id TEXT NOT NULL PRIMARY KEY,
    store_id TEXT NOT NULL REFERENCES stores (id),
    shipment_id TEXT NOT NULL REFERENCES shipments (id),
    kind TEXT NOT NULL REFERENCES document_kinds (code),
    -- 1: made by us. 0: fetched from the courier.
    is_own BIGINT NOT NULL CHECK (is_own IN (0, 1)),
    blob_id TEXT NOT NULL REFERENCES blobs (id),
    prints BIGINT NOT NULL DEFAULT 0 CHECK (prints >= 0),
    created_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL,
    CONSTRAINT shipment_documents_once UNIQUE (shipment_id, kind, is_own)
);

CREATE INDEX shipment_documents_by_blob ON shipment_documents (blob_id);

-- ==== tracking

-- Everything that was ever said about a parcel, applied or not. `id` is the identity made from
-- the content (account, AWB, code, instant), not a generated number: it makes repetition
-- harmless, and it is the last tie-breaker of the fold, which therefore does not depend on the
-- order of arrival. The rank that breaks ties before it follows from `status` and is not stored.
CREATE TABLE tracking_events (
    id TEXT NOT NULL PRIMARY KEY,
    store_id TEXT NOT NULL REFERENCES stores (id),
    shipment_id TEXT NOT NULL REFERENCES shipments (id),
    source TEXT NOT NULL REFERENCES event_sources (code),
    -- The courier's instant; for an observation the instant at which the code was first seen.
    happened_at BIGINT NOT NULL,
    received_at BIGINT NOT NULL,
    -- The parts of the courier's code as in courier_codes.
    id_space TEXT NOT NULL DEFAULT '',
    raw_type TEXT NOT NULL DEFAULT '',
    raw_status TEXT NOT NULL DEFAULT '',
    raw_code TEXT NOT NULL DEFAULT '',
    -- What the mapping made of it. NULL and not unknown: a line of the timeline that by its
    -- nature says nothing about the state.
    status TEXT REFERENCES shipment_statuses (code),
    is_unknown BIGINT NOT NULL DEFAULT 0 CHECK (is_unknown IN (0, 1)),
    is_partial BIGINT NOT NULL DEFAULT 0 CHECK (is_partial IN (0, 1)),
    -- Version of the built-in table that was used; replay shows what today's would do.
    mapping_version BIGINT NOT NULL DEFAULT 0,
    -- A person's decision: it sets the state, and the fold goes on from its instant.
    is_correction BIGINT NOT NULL DEFAULT 0 CHECK (is_correction IN (0, 1)),
    activity TEXT NOT NULL DEFAULT '',
    location TEXT NOT NULL DEFAULT '',
    note TEXT NOT NULL DEFAULT '',
    author_kind TEXT REFERENCES author_kinds (code),
    author_id TEXT,
    -- The delivery it came in. No foreign key: stored deliveries go after 90 days, events stay.
    webhook_id TEXT,
    CHECK (is_unknown = 0 OR status IS NULL),
    CHECK (is_correction = 0 OR (status IS NOT NULL AND author_kind IS NOT NULL))
);

CREATE INDEX tracking_events_by_shipment ON tracking_events (shipment_id, happened_at);
CREATE INDEX tracking_events_recent ON tracking_events (store_id, received_at);
CREATE INDEX tracking_events_unknown ON tracking_events (store_id, received_at)
    WHERE is_unknown = 1;

-- A question only a person can answer. Closing is by instant, not by deletion, so that the
-- same parcel can open the same kind again later.
CREATE TABLE cases (
    id TEXT NOT NULL PRIMARY KEY,
    store_id TEXT NOT NULL REFERENCES stores (id),
    order_id TEXT NOT NULL REFERENCES orders (id),
    shipment_id TEXT REFERENCES shipments (id),
    kind TEXT NOT NULL REFERENCES case_kinds (code),
    -- The event that opened it; part of what any order of arrival must agree on.
    event_id TEXT,
    -- The courier's deadline for instructions.
    due_at BIGINT,
    details TEXT NOT NULL DEFAULT '{}',
    version BIGINT NOT NULL DEFAULT 0,
    opened_at BIGINT NOT NULL,
    closed_at BIGINT,
    closed_by_kind TEXT REFERENCES author_kinds (code),
    closed_by_id TEXT,
    resolution TEXT NOT NULL DEFAULT ''
);

CREATE UNIQUE INDEX cases_open_by_shipment ON cases (shipment_id, kind)
    WHERE closed_at IS NULL AND shipment_id IS NOT NULL;
CREATE UNIQUE INDEX cases_open_by_order ON cases (order_id, kind)
    WHERE closed_at IS NULL AND shipment_id IS NULL;
CREATE INDEX cases_open ON cases (store_id, opened_at) WHERE closed_at IS NULL;
CREATE INDEX cases_by_order ON cases (order_id);
CREATE INDEX cases_by_shipment ON cases (shipment_id) WHERE shipment_id IS NOT NULL;

-- ==== rates

-- The one place rates live in: a cache and a table of the same thing would disagree. Weight,
-- value and size are classes, since exact ones would never be asked for twice; whether cash is
-- collected is part of the key because it changes the price. `rates` holds every service with
-- minimum and maximum days and the courier's own words. Rows older than the fresh time are
-- served marked approximate while the courier is down, and only lanes used in the last day are
-- refreshed.
CREATE TABLE courier_rates (
    store_id TEXT NOT NULL REFERENCES stores (id),
    courier_id TEXT NOT NULL REFERENCES couriers (id),
    leg TEXT NOT NULL REFERENCES shipment_legs (code),
    pickup_pincode TEXT NOT NULL,
    delivery_pincode TEXT NOT NULL,
    weight_slab_grams BIGINT NOT NULL CHECK (weight_slab_grams > 0),
    size_class TEXT NOT NULL DEFAULT '',
    is_cod BIGINT NOT NULL CHECK (is_cod IN (0, 1)),
    value_band_minor BIGINT NOT NULL CHECK (value_band_minor >= 0),
    is_serviceable BIGINT NOT NULL CHECK (is_serviceable IN (0, 1)),
    rates TEXT NOT NULL,
    fetched_at BIGINT NOT NULL,
    last_used_at BIGINT NOT NULL,
    PRIMARY KEY (
        courier_id, leg, pickup_pincode, delivery_pincode,
        weight_slab_grams, size_class, is_cod, value_band_minor
    )
);

CREATE INDEX courier_rates_used ON courier_rates (last_used_at);
