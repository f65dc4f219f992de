-- What a million orders need, and what nothing needs.

-- Nothing has ever looked a push up by its hash (events are what is told apart, by their content), nor a
-- promise by what it is about; each cost a page somewhere in the middle of a tree per row.
DROP INDEX webhook_log_hash;
DROP INDEX outbox_entity;
