-- What the instances of one shop share, and how they ask couriers about parcels.

-- Who is running: each instance says so every minute. Couriers count calls per account, so that what an
-- account may do in a second is divided by how many instances have said so lately.
CREATE TABLE instances (
    id TEXT NOT NULL PRIMARY KEY,
    started_at BIGINT NOT NULL,
    seen_at BIGINT NOT NULL
);

-- Who is logging in with an account, and until when the others believe it. What is known of the login
-- itself (token, wrong tries, lock-out) is sealed in access_token.
ALTER TABLE courier_health ADD COLUMN login_by TEXT;
ALTER TABLE courier_health ADD COLUMN login_until BIGINT;

-- Couriers are asked account by account, each within its own allowance, and the parcels that are about to
-- arrive before the others.
DROP INDEX shipments_poll;
CREATE INDEX shipments_poll ON shipments (courier_id, next_poll_at)
    WHERE next_poll_at IS NOT NULL;
CREATE INDEX shipments_poll_urgent ON shipments (courier_id, next_poll_at)
    WHERE next_poll_at IS NOT NULL AND status = 'out_for_delivery';
