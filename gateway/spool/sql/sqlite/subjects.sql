-- One person: what there is, what is done about it, and what was asked for. A VALUES row is repeated for each one.

-- name: tagged
-- Messages to recipients with these tags.
SELECT id FROM messages INDEXED BY messages_tagged
WHERE recipient_tag IS NOT NULL AND recipient_tag IN (VALUES (?));

-- name: of_client
-- One client's messages, in the order of time.
SELECT id FROM messages WHERE client = ? AND id > ? ORDER BY id LIMIT ?;

-- name: last_states
-- What is about to be erased.
WITH wanted (id) AS (VALUES (?))
SELECT messages.state, messages.attempt_open, messages.provider, messages.doubted, messages.provider_ref,
  messages.updated_at
FROM wanted INNER JOIN messages ON messages.id = wanted.id;

-- name: unlease_these
-- What was leased and not attempted.
WITH wanted (id) AS (VALUES (?))
UPDATE messages SET state = 'queued', owner = NULL, due_at = ?
FROM wanted
WHERE messages.id = wanted.id AND messages.state = 'sending' AND messages.attempt_open = 0;

-- name: cancel_these
-- What was not handed over is withdrawn.
WITH wanted (id) AS (VALUES (?))
UPDATE messages SET state = 'cancelled', due_at = NULL, content = NULL, updated_at = ?
FROM wanted
WHERE messages.id = wanted.id AND messages.state IN ('queued', 'deferred');

-- name: erase_these
-- Nothing is known of them any more.
DELETE FROM messages WHERE id IN (WITH wanted (id) AS (VALUES (?)) SELECT id FROM wanted);

-- name: take_these
-- On the way to the end: the owner is nobody.
WITH wanted (id) AS (VALUES (?))
UPDATE messages SET state = 'sending', owner = 0, due_at = NULL
FROM wanted
WHERE messages.id = wanted.id AND messages.state IN ('queued', 'deferred');

-- name: opt_out_these
-- They end; what a provider may have is not called failed.
WITH wanted (id) AS (VALUES (?))
UPDATE messages SET
  state = CASE WHEN doubted IS NULL THEN 'failed' ELSE 'in_doubt' END,
  reason = 'opted_out',
  owner = NULL,
  content = CASE WHEN doubted IS NULL THEN NULL ELSE content END,
  updated_at = ?
FROM wanted
WHERE messages.id = wanted.id AND messages.state = 'sending' AND messages.owner = 0
RETURNING messages.id;

-- name: never_repeat_these
-- Perhaps taken: not sent again.
WITH wanted (id) AS (VALUES (?))
UPDATE messages SET due_at = NULL FROM wanted WHERE messages.id = wanted.id AND messages.state = 'in_doubt';

-- name: hold_these
-- Due after all times.
WITH wanted (id) AS (VALUES (?))
UPDATE messages SET due_at = due_at + 1099511627776, updated_at = ?
FROM wanted
WHERE messages.id = wanted.id AND messages.due_at < 1099511627776
RETURNING messages.id;

-- name: let_go_these
-- Due as they were.
WITH wanted (id) AS (VALUES (?))
UPDATE messages SET due_at = due_at - 1099511627776, updated_at = ?
FROM wanted
WHERE messages.id = wanted.id AND messages.due_at >= 1099511627776
RETURNING messages.id;

-- name: put_standing
-- What a person asked for.
INSERT INTO standings (tag, standing, since) VALUES (?, ?, ?) ON CONFLICT DO NOTHING RETURNING tag;

-- name: drop_standings
-- It holds no longer.
DELETE FROM standings WHERE tag = ? RETURNING tag, standing, since;

-- name: standings
-- All of them.
SELECT tag, standing, since FROM standings;

-- name: next_version
-- What is kept of standings in memory is read again when this number grows.
INSERT INTO numbers (name, value) VALUES ('subjects_version', 1) ON CONFLICT (name) DO UPDATE SET value = value + 1;

-- name: close_client
-- The number and the name alone.
UPDATE clients SET
  senders = '[]', sender_ids = '[]', countries = '[]', rate = NULL, daily = NULL, monthly = NULL, daily_segments = NULL,
  monthly_segments = NULL, concurrent = NULL, processors = 'null', processor_countries = '[]'
WHERE n = ?;

-- name: forget_consents
-- What it had agreed to.
DELETE FROM consents WHERE client = ?;

-- name: forget_accepted
-- What it had accepted.
DELETE FROM accepted WHERE client = ?;

-- name: forget_answers
-- What it was answered.
DELETE FROM answers WHERE client = ?;

-- name: forget_webhook
-- Where it was told, and what it was not told yet.
DELETE FROM webhooks WHERE client = ?;

-- name: oldest_standing
-- Since when the first of them holds.
SELECT min(since) FROM standings;
