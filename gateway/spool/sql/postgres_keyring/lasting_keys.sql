-- The keys without an end.

-- name: read_lasting_key
-- The form of one.
SELECT form FROM umschlag_keyring.lasting_keys WHERE name = %s;

-- name: keep_lasting_key
-- A new one, unless another process was first.
INSERT INTO umschlag_keyring.lasting_keys (name, form) VALUES (%s, %s) ON CONFLICT DO NOTHING;

-- name: replace_lasting_key
-- Another form of one, unless it was replaced.
UPDATE umschlag_keyring.lasting_keys SET form = %s WHERE name = %s AND form = %s;

-- name: lasting_names
-- All that there are.
SELECT name FROM umschlag_keyring.lasting_keys ORDER BY name;

-- name: rewrite_lasting_keys
-- A new file without the forms that were replaced; the old one is removed.
VACUUM (FULL) umschlag_keyring.lasting_keys;
