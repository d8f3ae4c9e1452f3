-- What an operator decides about messages in doubt.

-- name: release_one
-- One message is due now.
UPDATE messages SET due_at = :now, updated_at = :now
WHERE id = :id AND state = 'in_doubt' AND (due_at IS NULL OR due_at > :now) AND expires_at > :now;

-- name: release_some
-- All messages are due now.
UPDATE messages SET due_at = :now, updated_at = :now
WHERE id IN (
  SELECT id FROM messages
  WHERE state IN ('queued', 'deferred', 'in_doubt')
    AND state = 'in_doubt'
    AND channel IN ('email', 'sms')
    AND (due_at IS NULL OR due_at > :now)
    AND expires_at > :now
  LIMIT :limit
);

-- name: give_up_one
-- One message ends.
UPDATE messages SET state = 'failed', due_at = NULL, content = NULL, updated_at = :now
WHERE id = :id AND state = 'in_doubt';

-- name: give_up_some
-- All messages end.
UPDATE messages SET state = 'failed', due_at = NULL, content = NULL, updated_at = :now
WHERE id IN (
  SELECT id FROM messages
  WHERE state IN ('queued', 'deferred', 'in_doubt') AND state = 'in_doubt' AND channel IN ('email', 'sms')
  LIMIT :limit
);
