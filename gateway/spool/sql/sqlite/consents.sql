-- What clients have agreed to be shown to.

-- name: give_consent
-- One more.
INSERT INTO consents (client, processor, countries, version, given_at) VALUES (?, ?, ?, ?, ?);

-- name: withdraw_consent
-- What holds still ends.
UPDATE consents SET withdrawn_at = :now WHERE client = :client AND processor = :processor AND withdrawn_at IS NULL;

-- name: consents
-- All of a client's, oldest first.
SELECT processor, version, given_at, withdrawn_at, countries FROM consents WHERE client = ? ORDER BY n;

-- name: processors
-- The list of providers that may get a client's messages.
SELECT processors FROM clients WHERE n = ?;

-- name: set_processors
-- Another list.
UPDATE clients SET processors = ? WHERE n = ?;

-- name: purge_consents
-- Those that ended long ago.
DELETE FROM consents WHERE n IN (SELECT n FROM consents WHERE withdrawn_at < ? ORDER BY n LIMIT ?);

-- name: oldest_ended
-- When the first of them ended.
SELECT min(withdrawn_at) FROM consents;
