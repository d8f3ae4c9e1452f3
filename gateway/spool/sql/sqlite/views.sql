-- What is asked of the spool and changes nothing.

-- name: status
-- One message, of one client alone where one is given.
SELECT
  id, client, channel, state, reason, provider, provider_ref, attempts, segments, stripped, created_at, updated_at,
  expires_at
FROM messages
WHERE id = :id AND (:client IS NULL OR client = :client);

-- name: listing
-- One page, newest first.
SELECT
  id, client, channel, state, reason, provider, provider_ref, attempts, segments, stripped, created_at, updated_at,
  expires_at
FROM messages
WHERE id < :before
  AND (:client IS NULL OR client = :client)
  AND (:state IS NULL OR state = :state)
  AND (:channel IS NULL OR channel = :channel)
ORDER BY id DESC
LIMIT :limit;

-- name: waiting
-- How many messages wait, a state and channel; read from the index alone.
SELECT state, channel, count(*) FROM messages
WHERE state IN ('queued', 'deferred', 'in_doubt')
GROUP BY state, channel;

-- name: oldest_waiting
-- When the message was accepted whose deadline is next.
SELECT created_at FROM messages
WHERE state IN ('queued', 'deferred', 'in_doubt') AND state = ? AND channel = ?
ORDER BY expires_at
LIMIT 1;

-- name: sending
-- How many messages are leased, and the oldest of them, a channel.
SELECT channel, count(*), min(created_at) FROM messages WHERE owner IS NOT NULL GROUP BY channel;

-- name: usage
-- The counts of one month.
SELECT month, client, channel, provider, messages, segments FROM usage
WHERE month = :month AND (:client IS NULL OR client = :client)
ORDER BY client, channel, provider;

-- name: accepted
-- What one client had accepted on one day or in one month.
SELECT messages, segments FROM accepted WHERE period = ? AND client = ?;

-- name: number
-- One of the single numbers.
SELECT value FROM numbers WHERE name = ?;
