-- Clients' webhooks, and the events that are to be told there.

-- Where clients are told what became of their messages. `secret`, `old_secret` are sealed; the old one signs as well,
-- until `old_until`. `failures` are those since the last event that was taken; nothing is sent before `retry_at`.
CREATE TABLE webhooks (
  client INTEGER PRIMARY KEY,
  url TEXT NOT NULL,
  secret BLOB NOT NULL,
  old_secret BLOB,
  old_until INTEGER,
  failures INTEGER NOT NULL DEFAULT 0,
  failing_since INTEGER,
  retry_at INTEGER,
  paused_at INTEGER,
  pause TEXT CHECK (pause IN ('failing', 'gone')),
  waiting INTEGER NOT NULL DEFAULT 0,
  dropped INTEGER NOT NULL DEFAULT 0,
  CHECK ((old_secret IS NULL) = (old_until IS NULL)),
  CHECK ((paused_at IS NULL) = (pause IS NULL)),
  CHECK ((failures = 0) = (failing_since IS NULL))
) STRICT;

-- What clients have not been told yet: of a message nothing but what its row has, or that a `notice` (its version) came
-- into force. `id` is chance.
CREATE TABLE events (
  n INTEGER PRIMARY KEY,
  id BLOB NOT NULL,
  client INTEGER NOT NULL,
  message BLOB,
  state TEXT,
  reason TEXT,
  provider TEXT,
  attempts INTEGER,
  notice TEXT,
  at INTEGER NOT NULL,
  tries INTEGER NOT NULL DEFAULT 0,
  due_at INTEGER NOT NULL,
  CHECK ((message IS NULL) = (notice IS NOT NULL)),
  CHECK ((message IS NULL) = (state IS NULL) AND (message IS NULL) = (attempts IS NULL))
) STRICT;

CREATE INDEX events_due ON events (client, due_at);
CREATE INDEX events_message ON events (message);

-- In the transaction that changes the state, whichever statement that is. Not of the states that come again and again
-- on the way, nor of `cancelled`: whoever cancels is answered, and the message is erased. 100,000 may wait.
CREATE TRIGGER messages_told AFTER UPDATE OF state ON messages
WHEN old.state <> new.state
  AND new.state IN ('in_doubt', 'sent', 'delivered', 'undelivered', 'failed', 'expired')
  AND EXISTS (SELECT 1 FROM webhooks WHERE client = new.client AND paused_at IS NULL)
BEGIN
  UPDATE webhooks SET dropped = dropped + 1 WHERE client = new.client AND waiting >= 100000;
  INSERT INTO events (id, client, message, state, reason, provider, attempts, at, due_at)
  SELECT
    randomblob(16), new.client, new.id, new.state, new.reason, new.provider, new.attempts, new.updated_at,
    new.updated_at
  FROM webhooks
  WHERE client = new.client AND waiting < 100000;
END;

-- Whoever is told of messages is told of a new version of the notice, once, whichever process brings it into force. Of
-- the first one there is nobody who would have known another.
CREATE TRIGGER disclosures_told AFTER INSERT ON disclosures
WHEN EXISTS (SELECT 1 FROM disclosures WHERE n <> new.n)
BEGIN
  INSERT INTO events (id, client, notice, at, due_at)
  SELECT randomblob(16), client, new.version, new.since, new.since FROM webhooks WHERE paused_at IS NULL;
END;

CREATE TRIGGER events_come AFTER INSERT ON events
BEGIN
  UPDATE webhooks SET waiting = waiting + 1 WHERE client = new.client;
END;

CREATE TRIGGER events_gone AFTER DELETE ON events
BEGIN
  UPDATE webhooks SET waiting = waiting - 1 WHERE client = old.client;
END;

-- Whoever erases a message, or lets it go with its time, leaves nothing to tell of it.
CREATE TRIGGER messages_untold AFTER DELETE ON messages
BEGIN
  DELETE FROM events WHERE message = old.id;
END;

-- What nobody takes is not kept.
CREATE TRIGGER webhooks_paused AFTER UPDATE OF paused_at ON webhooks WHEN new.paused_at IS NOT NULL
BEGIN
  UPDATE webhooks SET dropped = dropped + waiting WHERE client = new.client;
  DELETE FROM events WHERE client = new.client;
END;

CREATE TRIGGER webhooks_removed AFTER DELETE ON webhooks
BEGIN
  DELETE FROM events WHERE client = old.client;
END;
