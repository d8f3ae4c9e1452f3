-- First answers to requests with an idempotency key.

-- name: note_answer
-- An answer takes its key, unless a younger one than `dead_at` has it.
INSERT INTO answers (client, key, request, status, body, message, created_at)
VALUES (:client, :key, :request, :status, :body, :message, :created_at)
ON CONFLICT (client, key) DO UPDATE SET
  request = excluded.request,
  status = excluded.status,
  body = excluded.body,
  message = excluded.message,
  created_at = excluded.created_at
WHERE answers.created_at <= :dead_at
RETURNING 1;

-- name: answer
-- What was answered under a key, unless it is too old.
SELECT request, status, body, created_at FROM answers WHERE client = ? AND key = ? AND created_at > ?;

-- name: purge_answers
-- Answers whose time is over.
DELETE FROM answers
WHERE (client, key) IN (SELECT client, key FROM answers WHERE created_at <= ? ORDER BY created_at LIMIT ?);

-- name: oldest_answer
-- When the oldest answer was given.
SELECT min(created_at) FROM answers;
