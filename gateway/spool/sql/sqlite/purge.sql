-- What the retention engine destroys, in small steps.

-- name: dying_contents
-- Messages whose content was sealed in epochs that are over.
SELECT message FROM contents WHERE n < ? ORDER BY n LIMIT ?;

-- name: doubt
-- An attempt is open as the content dies: perhaps taken.
WITH wanted (id) AS (VALUES (?))
UPDATE messages SET
  state = 'in_doubt', doubted = coalesce(doubted, provider), owner = NULL, attempt_open = 0
FROM wanted
WHERE messages.id = wanted.id AND messages.state = 'sending' AND messages.attempt_open = 1;

-- name: unlease_all
-- Leased and not attempted as the content dies.
WITH wanted (id) AS (VALUES (?))
UPDATE messages SET state = 'queued', owner = NULL
FROM wanted
WHERE messages.id = wanted.id AND messages.state = 'sending';

-- name: expire_all
-- Content dies, and the message with it.
WITH wanted (id) AS (VALUES (?))
UPDATE messages SET state = 'expired', reason = 'deadline', due_at = NULL, content = NULL, updated_at = ?
FROM wanted
WHERE messages.id = wanted.id
RETURNING messages.channel;

-- name: oldest_content
-- Where the oldest sealed bytes lie.
SELECT min(n) FROM contents;

-- name: purge_messages
-- Rows of finished messages. Ids are in the order of time, so the search ends where the time ends.
DELETE FROM messages
WHERE id IN (SELECT id FROM messages WHERE id < ? AND created_at < ? AND content IS NULL ORDER BY id LIMIT ?);

-- name: purge_accepted
-- Counts of days; those of a month when all of its days are old.
DELETE FROM accepted
WHERE period < :day AND length(period) = length(:day) OR period < :month AND length(period) = length(:month);

-- name: oldest_finished
-- When the oldest finished message was accepted.
SELECT created_at FROM messages WHERE content IS NULL ORDER BY id LIMIT 1;

-- name: purge_usage
-- Counts of months.
DELETE FROM usage
WHERE (month, client, channel, provider) IN (
  SELECT month, client, channel, provider FROM usage WHERE month < ? ORDER BY month LIMIT ?
);

-- name: oldest_usage
-- The first month that is counted.
SELECT min(month) FROM usage;

-- name: note_purged
-- When a retention class was purged.
INSERT INTO numbers (name, value) VALUES ('purged_' || ?, ?) ON CONFLICT (name) DO UPDATE SET value = excluded.value;

-- name: purged_at
-- When each was.
SELECT substr(name, length('purged_') + 1), value FROM numbers WHERE name GLOB 'purged_*';

-- name: oldest_scheduled
-- The first that was accepted of what lies in later epochs: one look an epoch, at the first that lies there.
WITH RECURSIVE firsts (n) AS (
  SELECT min(n) FROM contents WHERE n >= :first
  UNION ALL
  SELECT (SELECT min(contents.n) FROM contents WHERE contents.n >= (firsts.n / :an_epoch + 1) * :an_epoch)
  FROM firsts
  WHERE firsts.n IS NOT NULL
)
SELECT min(contents.message) FROM firsts INNER JOIN contents ON contents.n = firsts.n;
