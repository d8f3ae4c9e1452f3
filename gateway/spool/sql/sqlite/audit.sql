-- The audit: entries are added at one end and purged at the other.

-- name: last_link
-- What the next entry is bound to.
SELECT n, link FROM audit ORDER BY n DESC LIMIT 1;

-- name: base
-- The last entry that was purged.
SELECT n, link FROM audit_base;

-- name: base_seal
-- What says that it was purged, and not cut off.
SELECT seal FROM audit_base;

-- name: add_entry
-- One more.
INSERT INTO audit (n, at, operator, action, about, link) VALUES (?, ?, ?, ?, ?, ?);

-- name: entries
-- All that are kept.
SELECT n, at, operator, action, about, link FROM audit ORDER BY n;

-- name: last_due
-- The last of the oldest entries, all of which are from before a time.
SELECT n, link FROM audit
WHERE n < coalesce((SELECT min(n) FROM audit WHERE at >= :before), 9223372036854775807)
  AND n < (SELECT min(n) FROM audit) + :limit
ORDER BY n DESC
LIMIT 1;

-- name: forget_base
-- Another one takes its place.
DELETE FROM audit_base;

-- name: set_base
-- What the first entry that is left is bound to.
INSERT INTO audit_base (n, link, seal) VALUES (?, ?, ?);

-- name: purge
-- Old entries.
DELETE FROM audit WHERE n <= ?;

-- name: oldest
-- When the oldest entry was made.
SELECT at FROM audit ORDER BY n LIMIT 1;
