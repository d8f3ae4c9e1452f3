-- Erasures that providers are to carry out. A VALUES row is repeated for each one.

-- name: order_erasures
-- A second time it is the same order.
INSERT INTO erasures (provider, provider_ref, ordered_at, due_at) VALUES (?, ?, ?, ?) ON CONFLICT DO NOTHING;

-- name: next_erasure
-- When the first of a provider is due.
SELECT min(due_at) FROM erasures WHERE provider = ?;

-- name: take_erasure
-- The first that is due, for one attempt.
UPDATE erasures SET due_at = :until, attempts = attempts + 1
WHERE n = (SELECT n FROM erasures WHERE provider = :provider AND due_at <= :now ORDER BY due_at, n LIMIT 1)
RETURNING n, provider, provider_ref, ordered_at, attempts;

-- name: settle_erasure
-- Carried out, or never to be.
DELETE FROM erasures WHERE n = ?;

-- name: put_off_erasure
-- Not yet.
UPDATE erasures SET due_at = ? WHERE n = ?;

-- name: give_up_erasures
-- For too long.
DELETE FROM erasures
WHERE n IN (SELECT n FROM erasures WHERE ordered_at < ? ORDER BY ordered_at LIMIT ?)
RETURNING provider;

-- name: oldest_erasure
-- When the first of them was given.
SELECT min(ordered_at) FROM erasures;

-- name: waiting_erasures
-- How many there are.
SELECT count(*) FROM erasures;
