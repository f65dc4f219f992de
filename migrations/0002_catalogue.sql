-- Categories, products and their variants. Stock movements follow with the orders they point at.

CREATE TABLE categories (
    id TEXT NOT NULL PRIMARY KEY,
    slug TEXT NOT NULL UNIQUE,
    name TEXT NOT NULL,
    position BIGINT NOT NULL
);

CREATE TABLE products (
    id TEXT NOT NULL PRIMARY KEY,
    -- Newest-first order and row id of the search index; made like orders.seq.
    seq BIGINT NOT NULL UNIQUE,
    store_id TEXT NOT NULL REFERENCES stores (id),
    category_id TEXT REFERENCES categories (id),
    slug TEXT NOT NULL UNIQUE,
    name TEXT NOT NULL,
    description TEXT NOT NULL DEFAULT '',
    picture_id TEXT REFERENCES blobs (id),
    -- Hundredths of a percent. Prices include tax; this is for invoices.
    tax_rate_bp BIGINT NOT NULL DEFAULT 0 CHECK (tax_rate_bp >= 0),
    hsn TEXT NOT NULL DEFAULT '',
    weight_grams BIGINT NOT NULL CHECK (weight_grams >= 0),
    length_mm BIGINT NOT NULL CHECK (length_mm >= 0),
    width_mm BIGINT NOT NULL CHECK (width_mm >= 0),
    height_mm BIGINT NOT NULL CHECK (height_mm >= 0),
    position BIGINT NOT NULL DEFAULT 0,
    created_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL,
    -- Taken off the shelf; orders keep pointing at it.
    archived_at BIGINT
);
CREATE INDEX products_by_category ON products (category_id, position, seq) WHERE archived_at IS NULL;
CREATE INDEX products_by_position ON products (position, seq) WHERE archived_at IS NULL;
CREATE INDEX products_by_store ON products (store_id, position, seq);
-- Deleting a file asks who still points at it.
CREATE INDEX products_by_picture ON products (picture_id) WHERE picture_id IS NOT NULL;

CREATE TABLE product_variants (
    id TEXT NOT NULL PRIMARY KEY,
    product_id TEXT NOT NULL REFERENCES products (id),
    store_id TEXT NOT NULL REFERENCES stores (id),
    sku TEXT NOT NULL,
    barcode TEXT NOT NULL DEFAULT '',
    size TEXT NOT NULL DEFAULT '',
    color TEXT NOT NULL DEFAULT '',
    price_minor BIGINT NOT NULL CHECK (price_minor > 0 AND price_minor <= 100000000000),
    -- The database itself refuses to sell what is not there.
    stock_quantity BIGINT NOT NULL CHECK (stock_quantity >= 0),
    -- NULL: as the product.
    weight_grams BIGINT CHECK (weight_grams >= 0),
    position BIGINT NOT NULL DEFAULT 0,
    version BIGINT NOT NULL DEFAULT 0,
    archived_at BIGINT,
    UNIQUE (store_id, sku)
);
CREATE INDEX product_variants_by_product ON product_variants (product_id, position);
