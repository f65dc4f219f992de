-- What a million orders need, and what nothing needs.

-- Nothing has ever looked a push up by its hash (events are what is told apart, by their content), nor a
-- promise by what it is about; each cost a page somewhere in the middle of a tree per row.
DROP INDEX webhook_log_hash;
DROP INDEX outbox_entity;

-- The statistics of a store read this instead of every order in full; SQLite wants the last column in it
-- all the same.
CREATE INDEX orders_figures ON orders (store_id, created_at, status, total_minor, archived_at)
    WHERE archived_at IS NULL;
