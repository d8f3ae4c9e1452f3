-- Versions of what is told about the use of data.

-- name: publish_disclosure
-- Another version than the last one comes into force.
INSERT INTO disclosures (version, since, body)
SELECT :version, :since, :body
WHERE :version IS NOT (SELECT version FROM disclosures ORDER BY n DESC LIMIT 1);

-- name: in_force
-- Since when the last version holds.
SELECT since FROM disclosures ORDER BY n DESC LIMIT 1;

-- name: disclosures
-- All versions, the last one first.
SELECT version, since, body FROM disclosures ORDER BY n DESC;

-- name: purge_disclosures
-- Those that another one replaced long ago, and that no consent is to.
DELETE FROM disclosures WHERE n IN (
  SELECT old.n FROM disclosures AS old
  WHERE (SELECT since FROM disclosures AS next WHERE next.n > old.n ORDER BY next.n LIMIT 1) < :before
    AND NOT EXISTS (SELECT 1 FROM consents WHERE consents.version = old.version)
  ORDER BY old.n
  LIMIT :limit
);

-- name: oldest_replaced
-- When the first of those was replaced that no consent is to.
SELECT (SELECT since FROM disclosures AS next WHERE next.n > old.n ORDER BY next.n LIMIT 1) AS replaced_at
FROM disclosures AS old
WHERE replaced_at IS NOT NULL AND NOT EXISTS (SELECT 1 FROM consents WHERE consents.version = old.version)
ORDER BY replaced_at
LIMIT 1;
