-- The numbers beside the keys, and the clock of the server.

-- name: read_generation
-- The generation of the spool, or the end of the audit.
SELECT value FROM umschlag_keyring.generations WHERE name = %s;

-- name: raise_generation
-- Another one, unless a greater one is there.
INSERT INTO umschlag_keyring.generations (name, value) VALUES (%s, %s)
ON CONFLICT (name) DO UPDATE SET value = greatest(generations.value, excluded.value);

-- name: read_clock
-- When these keys were used last.
SELECT value FROM umschlag_keyring.clocks WHERE name = %s;

-- name: put_clock
-- Used just now.
INSERT INTO umschlag_keyring.clocks (name, value) VALUES (%s, %s)
ON CONFLICT (name) DO UPDATE SET value = excluded.value;

-- name: server_time
-- What the server's clock says.
SELECT extract(epoch FROM clock_timestamp())::bigint;

-- name: can_write
-- Whether it is no replica, and its tables can be used.
SELECT NOT pg_is_in_recovery() AND has_table_privilege('umschlag_keyring.content_keys', 'SELECT, INSERT, DELETE');

-- name: is_made
-- Whether the tables are there, and whether they could be made.
SELECT to_regclass('umschlag_keyring.ledger') IS NOT NULL, has_database_privilege(current_database(), 'CREATE');
