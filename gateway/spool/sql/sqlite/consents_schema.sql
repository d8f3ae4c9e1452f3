-- What clients have agreed to be shown to: a provider by its name, or whoever is in some countries (a JSON array).
-- `version` is that of the notice in force then.
CREATE TABLE consents (
  n INTEGER PRIMARY KEY,
  client INTEGER NOT NULL,
  processor TEXT,
  countries TEXT,
  version TEXT NOT NULL,
  given_at INTEGER NOT NULL,
  withdrawn_at INTEGER,
  CHECK ((processor IS NULL) = (countries IS NOT NULL))
) STRICT;

CREATE INDEX consents_of_client ON consents (client);
