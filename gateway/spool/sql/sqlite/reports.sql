-- Reports of providers, and messages that are waiting for one.

-- name: told_by_id
-- The message that our reference stands for, at a provider that has it or may have it.
SELECT id, client, channel, state, doubted, segments, arrived, provider_ref FROM messages
WHERE id = :id AND (provider = :provider OR doubted = :provider);

-- name: told_by_ref
-- The message that a provider gave an id; the newest, should it have given it twice.
SELECT id, client, channel, state, doubted, segments, arrived, provider_ref FROM messages
WHERE provider_ref = :ref AND awaits_report = 1 AND provider = :provider
ORDER BY id DESC
LIMIT 1;

-- name: tell
-- What was reported; a doubt ends with it.
UPDATE messages SET
  state = :state,
  reason = :reason,
  provider = :provider,
  provider_ref = coalesce(:ref, provider_ref),
  awaits_report = awaits_report OR :ref IS NOT NULL,
  updated_at = :now,
  due_at = NULL,
  content = NULL
WHERE id = :id;

-- name: arrive
-- Another segment has arrived.
UPDATE messages SET arrived = ? WHERE id = ?;

-- name: awaited
-- Messages of a time that a provider has or may have; ids are in the order of time.
SELECT id, provider_ref FROM messages
WHERE id >= :first AND id < :last AND provider = :provider AND state IN ('sent', 'in_doubt')
ORDER BY id
LIMIT :limit;

-- name: last_turn
-- When something was last begun.
SELECT value FROM numbers WHERE name = ?;

-- name: take_turn
-- It is begun now.
INSERT INTO numbers (name, value) VALUES (?, ?)
ON CONFLICT (name) DO UPDATE SET value = excluded.value;
