-- The wall clock was set back: times that were written before lie too far ahead.

-- name: bring_forward
-- What was due is due now, what waits for another attempt waits no longer than it was meant to.
UPDATE messages SET due_at = max(:now, due_at - :seconds)
WHERE channel IN ('email', 'sms')
  AND due_at IS NOT NULL
  AND due_at > :now
  AND (state IN ('deferred', 'in_doubt') OR due_at <= :now + :seconds);

-- name: shorten_leases
-- Those who live say so again.
UPDATE owners SET lease_until = :lease_until WHERE lease_until > :lease_until;

-- name: bring_events_forward
-- What clients are to be told waits no longer than it was meant to.
UPDATE events SET due_at = max(:now, due_at - :seconds) WHERE due_at > :now;

-- name: bring_webhooks_forward
-- Nor is a client left alone for longer.
UPDATE webhooks SET retry_at = max(:now, retry_at - :seconds) WHERE retry_at > :now;
