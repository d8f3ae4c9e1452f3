-- A spool that was put back from a copy: what waits in it may have been handed over since the copy was made.

-- name: set_generation
-- It is now.
INSERT INTO numbers (name, value) VALUES ('generation', ?) ON CONFLICT (name) DO UPDATE SET value = excluded.value;

-- name: doubt_open
-- An attempt was open when the copy was made.
UPDATE messages SET
  state = 'in_doubt',
  reason = 'connection_lost',
  doubted = coalesce(doubted, provider),
  owner = NULL,
  attempt_open = 0,
  due_at = NULL,
  updated_at = :now
WHERE owner IS NOT NULL AND attempt_open = 1;

-- name: take_waiting
-- On the way: the owner is nobody.
UPDATE messages SET state = 'sending', owner = 0, due_at = NULL
WHERE state IN ('queued', 'deferred', 'in_doubt') AND state <> 'in_doubt';

-- name: doubt_waiting
-- No provider is known that may have it.
UPDATE messages SET state = 'in_doubt', reason = 'connection_lost', owner = NULL, updated_at = :now
WHERE owner IS NOT NULL AND attempt_open = 0
RETURNING id;

-- name: hold_doubted
-- What was in doubt is not repeated by itself.
UPDATE messages SET due_at = NULL WHERE due_at IS NOT NULL AND state = 'in_doubt';

-- name: restored_waiting
-- In doubt, and no provider is known that may have it: only a copy brings that about.
SELECT count(*) FROM messages
WHERE state IN ('queued', 'deferred', 'in_doubt') AND state = 'in_doubt' AND doubted IS NULL AND due_at IS NULL;

-- name: release_restored
-- They are due.
UPDATE messages SET due_at = :now, updated_at = :now
WHERE state IN ('queued', 'deferred', 'in_doubt') AND state = 'in_doubt' AND doubted IS NULL AND due_at IS NULL
RETURNING id;
