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
