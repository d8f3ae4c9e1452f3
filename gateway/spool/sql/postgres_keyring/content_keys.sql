-- The keys of epochs.

-- name: read_content_key
-- The form of one.
SELECT form FROM umschlag_keyring.content_keys WHERE epoch = %s;

-- name: keep_content_key
-- A new one, unless another process was first.
INSERT INTO umschlag_keyring.content_keys (epoch, form) VALUES (%s, %s) ON CONFLICT DO NOTHING;

-- name: replace_content_key
-- Another form of one, unless it was destroyed or replaced.
UPDATE umschlag_keyring.content_keys SET form = %s WHERE epoch = %s AND form = %s;

-- name: content_epochs
-- All that there are.
SELECT epoch FROM umschlag_keyring.content_keys ORDER BY epoch;

-- name: destroy_content_keys
-- Those whose time has come.
DELETE FROM umschlag_keyring.content_keys WHERE epoch < %s;

-- name: rewrite_content_keys
-- A new file without the rows that were deleted; the old one is removed.
VACUUM (FULL) umschlag_keyring.content_keys;
