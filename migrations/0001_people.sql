-- Countries, stores, people who sign in, their sessions and tokens, files, settings, counters.
-- Rules for every column: README.md in this folder.

CREATE TABLE countries (code TEXT NOT NULL PRIMARY KEY);
INSERT INTO countries (code) VALUES ('IN'), ('BD');

CREATE TABLE currencies (code TEXT NOT NULL PRIMARY KEY);
INSERT INTO currencies (code) VALUES ('INR'), ('BDT');

CREATE TABLE roles (code TEXT NOT NULL PRIMARY KEY);
INSERT INTO roles (code) VALUES ('customer'), ('seller'), ('staff'), ('admin');

CREATE TABLE stores (
    id TEXT NOT NULL PRIMARY KEY,
    slug TEXT NOT NULL UNIQUE,
    name TEXT NOT NULL,
    -- Decides currency, time zone, phone default and postcode rule; those are rules in `domain`,
    -- not columns, so that they cannot disagree.
    country TEXT NOT NULL REFERENCES countries (code),
    whatsapp_phone TEXT NOT NULL,
    reference_prefix TEXT NOT NULL DEFAULT 'LEG',
    position BIGINT NOT NULL DEFAULT 0,
    created_at BIGINT NOT NULL
);

CREATE TABLE users (
    id TEXT NOT NULL PRIMARY KEY,
    -- Lower-cased in Rust before it gets here: one address, one account, on both engines.
    email TEXT NOT NULL UNIQUE,
    name TEXT NOT NULL DEFAULT '',
    phone TEXT,
    password_hash TEXT NOT NULL,
    role TEXT NOT NULL REFERENCES roles (code),
    -- The store a seller works in; NULL for customers, staff and admins.
    store_id TEXT REFERENCES stores (id),
    created_at BIGINT NOT NULL,
    disabled_at BIGINT,
    CHECK (role <> 'seller' OR store_id IS NOT NULL)
);

CREATE TABLE sessions (
    -- SHA-256 of the cookie's token: a stolen database opens no session.
    token_hash TEXT NOT NULL PRIMARY KEY,
    user_id TEXT NOT NULL REFERENCES users (id),
    created_at BIGINT NOT NULL,
    expires_at BIGINT NOT NULL
);
CREATE INDEX sessions_by_user ON sessions (user_id);
CREATE INDEX sessions_by_expiry ON sessions (expires_at);

CREATE TABLE api_tokens (
    id TEXT NOT NULL PRIMARY KEY,
    name TEXT NOT NULL,
    role TEXT NOT NULL REFERENCES roles (code),
    store_id TEXT REFERENCES stores (id),
    secret_hash TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    revoked_at BIGINT,
    CHECK (role <> 'seller' OR store_id IS NOT NULL)
);

-- Pictures, labels and other files. Inside the database so that a backup is one file.
CREATE TABLE blobs (
    id TEXT NOT NULL PRIMARY KEY,
    store_id TEXT REFERENCES stores (id),
    media_type TEXT NOT NULL,
    bytes BYTEA NOT NULL,
    byte_count BIGINT NOT NULL CHECK (byte_count >= 0),
    -- Known to everybody who has the link (a product picture), or only to people who signed in.
    is_public BIGINT NOT NULL CHECK (is_public IN (0, 1)),
    created_at BIGINT NOT NULL
);

CREATE TABLE settings (
    -- '' is the whole instance.
    store_id TEXT NOT NULL,
    name TEXT NOT NULL,
    value TEXT NOT NULL,
    updated_at BIGINT NOT NULL,
    PRIMARY KEY (store_id, name)
);

-- Counts are kept as delta rows written in the transaction of the change and folded by a job: a
-- single counter row would make every order of a store wait for the one before it.
CREATE TABLE counters (
    store_id TEXT NOT NULL REFERENCES stores (id),
    name TEXT NOT NULL,
    value BIGINT NOT NULL,
    PRIMARY KEY (store_id, name)
);

CREATE TABLE counter_deltas (
    id TEXT NOT NULL PRIMARY KEY,
    store_id TEXT NOT NULL REFERENCES stores (id),
    name TEXT NOT NULL,
    delta BIGINT NOT NULL,
    created_at BIGINT NOT NULL
);
CREATE INDEX counter_deltas_by_name ON counter_deltas (store_id, name);

-- Answers of finished REST writes, by the key the client sent.
CREATE TABLE idempotency_keys (
    -- Who sent it: a token's or user's id, or 'anonymous'.
    scope TEXT NOT NULL,
    key TEXT NOT NULL,
    fingerprint TEXT NOT NULL,
    status BIGINT NOT NULL,
    body TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    PRIMARY KEY (scope, key)
);
CREATE INDEX idempotency_keys_by_age ON idempotency_keys (created_at);

-- What differs per engine (search index) is created by src/server/db/extras.rs, which keeps its
-- version here.
CREATE TABLE engine_extras (
    name TEXT NOT NULL PRIMARY KEY,
    version BIGINT NOT NULL
);
