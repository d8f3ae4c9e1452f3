-- The hot path: messages come in, attempts begin and end. A VALUES row is repeated for each message of a batch.

-- name: last_content
-- The greatest key in use below the end of an epoch.
SELECT max(n) FROM contents WHERE n < ?;

-- name: put_contents
-- Sealed bytes of new messages.
INSERT INTO contents (n, message, wrapped_key, ciphertext) VALUES (?, ?, ?, ?);

-- name: put_messages
-- New messages, pointing at their sealed bytes.
INSERT INTO messages (
  id, client, channel, state, owner, segments, stripped, created_at, updated_at, due_at, expires_at, recipient_tag,
  tag_epoch, content
) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?);

-- name: count_accepted
-- What clients had accepted in a day or month.
INSERT INTO accepted (period, client, messages, segments) VALUES (?, ?, ?, ?)
ON CONFLICT DO UPDATE SET messages = messages + excluded.messages, segments = segments + excluded.segments;

-- name: begin_attempts
-- The intention to hand over; an attempt open at another provider ends with it. What a provider may have since an
-- attempt was in doubt is left alone by all others.
WITH wanted (id, owner, provider, now) AS (VALUES (?, ?, ?, ?))
UPDATE messages SET
  provider = wanted.provider,
  provider_ref = NULL,
  attempt_open = 1,
  attempts = attempts + 1,
  updated_at = wanted.now
FROM wanted
WHERE messages.id = wanted.id
  AND messages.owner = wanted.owner
  AND (messages.attempt_open = 0 OR messages.provider <> wanted.provider)
  AND (messages.doubted IS NULL OR messages.doubted = wanted.provider)
RETURNING messages.id, messages.client, messages.channel, messages.attempts, messages.segments;

-- name: finish_attempts
-- How attempts ended, by the owner; or late, where the message was put in doubt and nobody has tried since.
WITH wanted (id, owner, attempt, state, reason, provider_ref, segments, due_at, now, awaits_report) AS (
  VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
)
UPDATE messages SET
  state = wanted.state,
  reason = wanted.reason,
  provider_ref = wanted.provider_ref,
  awaits_report = wanted.awaits_report,
  doubted = CASE WHEN wanted.state = 'in_doubt' THEN coalesce(doubted, provider) ELSE doubted END,
  owner = NULL,
  attempt_open = 0,
  segments = coalesce(wanted.segments, messages.segments),
  updated_at = wanted.now,
  due_at = wanted.due_at,
  content = CASE WHEN wanted.state IN ('queued', 'deferred', 'in_doubt') THEN content END
FROM wanted
WHERE messages.id = wanted.id
  AND (
    messages.owner = wanted.owner
    OR messages.state = 'in_doubt' AND messages.attempts = wanted.attempt AND wanted.state <> 'queued'
  )
RETURNING messages.id, messages.client, messages.channel, messages.provider, messages.segments;

-- name: add_ref
-- A report came before the end of its attempt, and settled and counted it: what is new is the provider's id.
UPDATE messages SET provider_ref = coalesce(provider_ref, ?), awaits_report = ?
WHERE id = ? AND attempts = ? AND state IN ('sent', 'delivered', 'undelivered')
RETURNING id;

-- name: count_usage
-- What is billed, a month, client, channel and provider.
INSERT INTO usage (month, client, channel, provider, messages, segments) VALUES (?, ?, ?, ?, ?, ?)
ON CONFLICT DO UPDATE SET messages = messages + excluded.messages, segments = segments + excluded.segments;
