-- The calling programs and the keyed hashes of their keys.

-- name: add_client
-- A new client.
INSERT INTO clients (
  name, channels, senders, sender_ids, countries, rate, daily, monthly, daily_segments, monthly_segments, concurrent,
  sender_disclosure, processors, processor_countries, on_attachment, created_at
)
VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
RETURNING n;

-- name: add_key
-- A key without an end.
INSERT INTO client_keys (digest, client) VALUES (?, ?);

-- name: end_keys
-- The keys that a client has now are good for some time still, none longer than before.
UPDATE client_keys SET good_until = min(coalesce(good_until, :until), :until) WHERE client = :client;

-- name: revoke_client
-- A client that may not call any more.
UPDATE clients SET revoked = 1 WHERE n = ?;

-- name: drop_keys
-- A revoked client's keys.
DELETE FROM client_keys WHERE client = ?;

-- name: set_number
-- One of the single numbers.
INSERT INTO numbers (name, value) VALUES (?, ?) ON CONFLICT (name) DO UPDATE SET value = excluded.value;

-- name: next_clients_version
-- Caches of clients are dropped when this number grows.
INSERT INTO numbers (name, value) VALUES ('clients_version', 1) ON CONFLICT (name) DO UPDATE SET value = value + 1;

-- name: client_of_key
-- Whose key this is, while it is good.
SELECT
  n, name, channels, senders, sender_ids, countries, rate, daily, monthly, daily_segments, monthly_segments, concurrent,
  sender_disclosure, processors, processor_countries, on_attachment, created_at, revoked
FROM clients
INNER JOIN client_keys ON client_keys.client = clients.n
WHERE client_keys.digest = ? AND (client_keys.good_until IS NULL OR client_keys.good_until > ?) AND clients.revoked = 0;

-- name: client_named
-- One client, a revoked one too.
SELECT
  n, name, channels, senders, sender_ids, countries, rate, daily, monthly, daily_segments, monthly_segments, concurrent,
  sender_disclosure, processors, processor_countries, on_attachment, created_at, revoked
FROM clients
WHERE name = ?;

-- name: clients
-- All clients.
SELECT
  n, name, channels, senders, sender_ids, countries, rate, daily, monthly, daily_segments, monthly_segments, concurrent,
  sender_disclosure, processors, processor_countries, on_attachment, created_at, revoked
FROM clients
ORDER BY name;
