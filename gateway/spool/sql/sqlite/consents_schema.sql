-- What clients have agreed to be shown to: `version` is that of the notice in force then.
CREATE TABLE consents (
  n INTEGER PRIMARY KEY,
  client INTEGER NOT NULL,
  processor TEXT NOT NULL,
  version TEXT NOT NULL,
  given_at INTEGER NOT NULL,
  withdrawn_at INTEGER
) STRICT;

CREATE INDEX consents_of_client ON consents (client);
