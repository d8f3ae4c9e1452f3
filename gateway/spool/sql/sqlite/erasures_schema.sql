-- What providers are still to erase. Numbers are not used twice: who settles an order settles no other. Neither the
-- message nor its client, nor whom it was for, can be told from a row.
CREATE TABLE erasures (
  n INTEGER PRIMARY KEY AUTOINCREMENT,
  provider TEXT NOT NULL,
  provider_ref TEXT NOT NULL,
  ordered_at INTEGER NOT NULL,
  due_at INTEGER NOT NULL,
  attempts INTEGER NOT NULL DEFAULT 0,
  UNIQUE (provider, provider_ref)
) STRICT;

CREATE INDEX erasures_due ON erasures (provider, due_at);
CREATE INDEX erasures_ordered ON erasures (ordered_at);
