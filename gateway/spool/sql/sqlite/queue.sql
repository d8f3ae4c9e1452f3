-- The queue: leases, what becomes of them when a process is gone, deadlines and withdrawals.

-- name: owner
-- The number of a process that leases messages.
SELECT n FROM owners WHERE name = ?;

-- name: keep_alive
-- A process says until when it lives.
INSERT INTO owners (name, lease_until) VALUES (?, ?)
ON CONFLICT (name) DO UPDATE SET lease_until = max(lease_until, excluded.lease_until);

-- name: due
-- What may be handed over on one channel, oldest due first.
SELECT due_at, id FROM messages
WHERE channel = ? AND due_at <= ? AND due_at IS NOT NULL AND expires_at > ?
ORDER BY due_at
LIMIT ?;

-- name: defer_doubted
-- What is in doubt passes through `deferred` on its way to a repeat.
WITH wanted (id) AS (VALUES (?))
UPDATE messages SET state = 'deferred' FROM wanted WHERE messages.id = wanted.id AND messages.state = 'in_doubt';

-- name: lease
-- Messages become a process's own.
WITH wanted (id) AS (VALUES (?))
UPDATE messages SET state = 'sending', owner = ?, due_at = NULL, updated_at = ?
FROM wanted
WHERE messages.id = wanted.id;

-- name: leased
-- What a process has just leased, with the sealed bytes: empty where they are lost, which whoever opens them finds out.
WITH wanted (id) AS (VALUES (?))
SELECT
  messages.id, messages.client, messages.channel, messages.content, coalesce(contents.wrapped_key, x''),
  coalesce(contents.ciphertext, x''),
  messages.attempts, messages.created_at, messages.expires_at, messages.doubted
FROM wanted
INNER JOIN messages ON messages.id = wanted.id
LEFT JOIN contents ON contents.n = messages.content;

-- name: release
-- Messages that were leased and not attempted are due for anyone.
WITH wanted (id) AS (VALUES (?))
UPDATE messages SET state = 'queued', owner = NULL, due_at = ?, updated_at = ?
FROM wanted
WHERE messages.id = wanted.id AND messages.owner = ? AND messages.attempt_open = 0;

-- name: abandon
-- An attempt that was written down and certainly not begun does not count.
UPDATE messages SET state = 'queued', owner = NULL, due_at = ?, updated_at = ?, attempt_open = 0, attempts = attempts - 1
WHERE id = ? AND owner = ? AND attempt_open = 1;

-- name: recover_doubted
-- An attempt was open when its process went: perhaps taken. Due again where the policy repeats by itself.
UPDATE messages SET
  state = 'in_doubt',
  reason = 'connection_lost',
  doubted = coalesce(doubted, provider),
  owner = NULL,
  attempt_open = 0,
  updated_at = :now,
  due_at = CASE
    WHEN channel IN (SELECT value FROM json_each(:channels)) OR provider IN (SELECT value FROM json_each(:providers))
    THEN :now
  END
WHERE owner IN (SELECT n FROM owners WHERE lease_until <= :now) AND attempt_open = 1;

-- name: recover_queued
-- No attempt was open: due again.
UPDATE messages SET state = 'queued', owner = NULL, due_at = :now, updated_at = :now
WHERE owner IN (SELECT n FROM owners WHERE lease_until <= :now) AND attempt_open = 0;

-- name: forget_owners
-- Processes that are long gone and hold nothing.
DELETE FROM owners
WHERE lease_until < ? AND NOT EXISTS (SELECT 1 FROM messages WHERE messages.owner = owners.n);

-- name: expire
-- Waiting messages whose deadline has passed.
UPDATE messages SET state = 'expired', reason = 'deadline', due_at = NULL, content = NULL, updated_at = :now
WHERE id IN (
  SELECT id FROM messages
  WHERE state IN ('queued', 'deferred', 'in_doubt') AND channel IN ('email', 'sms') AND expires_at <= :now
  LIMIT :limit
)
RETURNING channel;

-- name: unlease
-- A leased message that was not attempted can be cancelled: it passes through `queued`.
UPDATE messages SET state = 'queued', owner = NULL WHERE id = ? AND state = 'sending' AND attempt_open = 0;

-- name: cancel
-- What was not handed over is withdrawn.
UPDATE messages SET state = 'cancelled', due_at = NULL, content = NULL, updated_at = ?
WHERE id = ? AND state IN ('queued', 'deferred');

-- name: erase
-- Nothing is known of the message any more.
DELETE FROM messages WHERE id = ?;
