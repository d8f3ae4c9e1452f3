-- Events: where they go, which are due, what became of them.

-- name: webhooks
-- All of them.
SELECT
  client, url, secret, old_secret, old_until, failures, failing_since, retry_at, paused_at, pause, waiting, dropped
FROM webhooks
ORDER BY client;

-- name: webhook
-- One client's.
SELECT
  client, url, secret, old_secret, old_until, failures, failing_since, retry_at, paused_at, pause, waiting, dropped
FROM webhooks
WHERE client = ?;

-- name: set_webhook
-- Another place and another secret; what waits goes there.
INSERT INTO webhooks (client, url, secret) VALUES (?, ?, ?)
ON CONFLICT (client) DO UPDATE SET
  url = excluded.url,
  secret = excluded.secret,
  old_secret = NULL,
  old_until = NULL,
  failures = 0,
  failing_since = NULL,
  retry_at = NULL,
  paused_at = NULL,
  pause = NULL;

-- name: rotate_secret
-- Another secret; the one before it signs as well, for some time.
UPDATE webhooks SET old_secret = secret, old_until = :until, secret = :secret WHERE client = :client RETURNING client;

-- name: forget_old_secrets
-- Those whose time is over.
UPDATE webhooks SET old_secret = NULL, old_until = NULL WHERE old_until <= ?;

-- name: remove_webhook
-- A client is told nothing more.
DELETE FROM webhooks WHERE client = ? RETURNING client;

-- name: due_clients
-- Clients that may be told something now.
SELECT client FROM webhooks
WHERE paused_at IS NULL
  AND waiting > 0
  AND coalesce(retry_at, 0) <= :now
  AND EXISTS (SELECT 1 FROM events WHERE events.client = webhooks.client AND events.due_at <= :now);

-- name: claim
-- Some of one client's are this process's until a time.
UPDATE events SET due_at = :until
WHERE n IN (SELECT n FROM events WHERE client = :client AND due_at <= :now ORDER BY due_at LIMIT :limit)
RETURNING n, id, at, tries, notice, message, state, reason, provider, attempts;

-- name: drop_old
-- Those that nobody has taken for too long.
DELETE FROM events WHERE n IN (
  SELECT n FROM events WHERE client = :client AND due_at <= :now AND at < :before ORDER BY due_at LIMIT :limit
);

-- name: count_dropped
-- They are counted.
UPDATE webhooks SET dropped = dropped + ? WHERE client = ?;

-- name: taken
-- It was taken.
DELETE FROM events WHERE n = ? AND client = ?;

-- name: missed
-- It was not taken, and is due again.
UPDATE events SET tries = tries + 1, due_at = ? WHERE n = ? AND client = ?;

-- name: well
-- The client's program takes events.
UPDATE webhooks SET failures = 0, failing_since = NULL, retry_at = NULL, paused_at = NULL, pause = NULL
WHERE client = ? AND (failures > 0 OR paused_at IS NOT NULL);

-- name: unwell
-- It does not.
UPDATE webhooks SET
  failures = failures + 1, failing_since = coalesce(failing_since, :now), retry_at = :retry_at
WHERE client = :client;

-- name: pause
-- It is left alone until somebody asks for it; as many events are dropped.
UPDATE webhooks SET paused_at = :now, pause = :pause
WHERE client = :client AND url = :url AND paused_at IS NULL
RETURNING waiting;
