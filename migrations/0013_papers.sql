-- What is done about parcels between booking them and handing them over.

-- When the courier is asked again for an AWB that is pending, and how often it was. The order is with the
-- courier already, so that only this step is repeated; why it is pending is in error_message.
ALTER TABLE shipments ADD COLUMN next_awb_at BIGINT;
ALTER TABLE shipments ADD COLUMN awb_asks BIGINT NOT NULL DEFAULT 0;
CREATE INDEX shipments_awb_pending ON shipments (next_awb_at) WHERE next_awb_at IS NOT NULL;

-- When the courier was last told what to do about a failed attempt.
ALTER TABLE shipments ADD COLUMN ndr_answered_at BIGINT;
