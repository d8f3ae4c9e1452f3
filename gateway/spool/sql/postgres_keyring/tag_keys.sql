-- The keys of tags, by month.

-- name: read_tag_key
-- The form of one.
SELECT form FROM umschlag_keyring.tag_keys WHERE month = %s;

-- name: keep_tag_key
-- A new one, unless another process was first.
INSERT INTO umschlag_keyring.tag_keys (month, form) VALUES (%s, %s) ON CONFLICT DO NOTHING;

-- name: replace_tag_key
-- Another form of one, unless it was destroyed or replaced.
UPDATE umschlag_keyring.tag_keys SET form = %s WHERE month = %s AND form = %s;

-- name: tag_months
-- All that there are.
SELECT month FROM umschlag_keyring.tag_keys ORDER BY month;

-- name: destroy_tag_keys
-- Those whose time has come.
DELETE FROM umschlag_keyring.tag_keys WHERE month < %s;

-- name: rewrite_tag_keys
-- A new file without the rows that were deleted; the old one is removed.
VACUUM (FULL) umschlag_keyring.tag_keys;
