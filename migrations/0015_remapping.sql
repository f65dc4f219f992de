-- Codes that merchants map, and events that are read again by what they say.

-- The row of courier_codes by which the event was read; NULL when it was the built-in table. No foreign key:
-- a row that was removed is how its events are found that must be read again.
ALTER TABLE tracking_events ADD COLUMN courier_code_id TEXT;

-- Whose reading can change when a row is added or removed: few beside all events, which cost nothing here.
DROP INDEX tracking_events_unknown;
CREATE INDEX tracking_events_remappable ON tracking_events (store_id, id)
    WHERE is_unknown = 1 OR courier_code_id IS NOT NULL;
