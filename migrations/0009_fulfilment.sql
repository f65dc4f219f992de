-- What confirming, shipping and tracking need beyond the tables that were there.

-- Asked to come back while it was on its way: the order is cancelled when the parcel has returned.
ALTER TABLE orders ADD COLUMN recalled_at BIGINT;

INSERT INTO order_event_kinds (code) VALUES ('recalled');

-- What the checking of one parcel has brought, so that a run can be summed up without its words.
ALTER TABLE bulk_run_items ADD COLUMN is_change BIGINT NOT NULL DEFAULT 0 CHECK (is_change IN (0, 1));

