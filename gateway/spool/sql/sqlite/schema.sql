-- The spool's tables, version 1. Times are whole seconds since 1970 UTC, ids 16 bytes in the order of time (UUIDv7).

-- The calling programs. Lists are JSON arrays of texts; AUTOINCREMENT, so that a number never means another client.
CREATE TABLE clients (
  n INTEGER PRIMARY KEY AUTOINCREMENT,
  name TEXT NOT NULL UNIQUE,
  channels TEXT NOT NULL,
  senders TEXT NOT NULL,
  sender_ids TEXT NOT NULL,
  countries TEXT NOT NULL,
  rate TEXT,
  daily INTEGER,
  monthly INTEGER,
  daily_segments INTEGER,
  monthly_segments INTEGER,
  concurrent INTEGER,
  sender_disclosure TEXT NOT NULL CHECK (sender_disclosure IN ('full', 'alias')),
  processors TEXT NOT NULL,
  processor_countries TEXT NOT NULL,
  on_attachment TEXT NOT NULL CHECK (on_attachment IN ('strip', 'reject')),
  created_at INTEGER NOT NULL,
  revoked INTEGER NOT NULL DEFAULT 0 CHECK (revoked IN (0, 1))
) STRICT;

-- Keyed hashes of the clients' keys. `good_until`: NULL for a key without an end.
CREATE TABLE client_keys (
  digest BLOB PRIMARY KEY,
  client INTEGER NOT NULL REFERENCES clients (n) ON DELETE CASCADE,
  good_until INTEGER
) STRICT, WITHOUT ROWID;

-- The processes that lease messages, with the end of their lease.
CREATE TABLE owners (
  n INTEGER PRIMARY KEY AUTOINCREMENT,
  name TEXT NOT NULL UNIQUE,
  lease_until INTEGER NOT NULL
) STRICT;

-- What is known of each message. The checks say which columns a state may have; `content` points into `contents`.
CREATE TABLE messages (
  id BLOB PRIMARY KEY CHECK (length(id) = 16),
  client INTEGER NOT NULL,
  channel TEXT NOT NULL CHECK (channel IN ('email', 'sms')),
  state TEXT NOT NULL CHECK (
    state IN (
      'queued', 'sending', 'deferred', 'in_doubt', 'sent', 'delivered', 'undelivered', 'failed', 'expired', 'cancelled'
    )
  ),
  reason TEXT,
  provider TEXT, -- of the last attempt
  provider_ref TEXT,
  doubted TEXT, -- the provider that may have it since an attempt was in doubt: never another one
  owner INTEGER,
  attempt_open INTEGER NOT NULL DEFAULT 0 CHECK (attempt_open IN (0, 1)),
  attempts INTEGER NOT NULL DEFAULT 0,
  segments INTEGER,
  stripped INTEGER NOT NULL DEFAULT 0,
  created_at INTEGER NOT NULL,
  updated_at INTEGER NOT NULL,
  due_at INTEGER,
  expires_at INTEGER NOT NULL,
  recipient_tag BLOB,
  tag_epoch INTEGER,
  content INTEGER,
  awaits_report INTEGER NOT NULL DEFAULT 0 CHECK (awaits_report IN (0, 1)), -- the provider tells of its `provider_ref`
  arrived TEXT, -- of segments that are reported one by one: a few digits of a hash for each that arrived
  CHECK ((owner IS NOT NULL) = (state = 'sending')),
  CHECK (attempt_open = 0 OR state = 'sending'),
  CHECK (due_at IS NULL OR state IN ('queued', 'deferred', 'in_doubt')),
  CHECK ((content IS NOT NULL) = (state IN ('queued', 'sending', 'deferred', 'in_doubt')))
) STRICT, WITHOUT ROWID;

CREATE INDEX messages_due ON messages (channel, due_at) WHERE due_at IS NOT NULL;
CREATE INDEX messages_owned ON messages (owner) WHERE owner IS NOT NULL;
CREATE INDEX messages_reported ON messages (provider_ref) WHERE awaits_report = 1;
-- For whoever asks what there is about a person: read from end to end, half a second for a million. It grows at its
-- end; in the order of tags each new message would dirty a page of its own.
CREATE INDEX messages_tagged ON messages (id, recipient_tag) WHERE recipient_tag IS NOT NULL;
CREATE INDEX messages_waiting ON messages (state, channel, expires_at)
WHERE state IN ('queued', 'deferred', 'in_doubt');

-- Sealed bytes. `n` is the start of the epoch times 2^31 plus a counter: content lies in the order in which it dies.
CREATE TABLE contents (
  n INTEGER PRIMARY KEY,
  message BLOB NOT NULL,
  wrapped_key BLOB NOT NULL,
  ciphertext BLOB NOT NULL
) STRICT;

-- The legal moves are those of core/state.py.
CREATE TRIGGER messages_move BEFORE UPDATE OF state ON messages
WHEN old.state <> new.state AND old.state || '>' || new.state NOT IN (
  'queued>sending', 'queued>cancelled', 'queued>expired',
  'sending>sent', 'sending>deferred', 'sending>failed', 'sending>in_doubt', 'sending>queued',
  'deferred>sending', 'deferred>cancelled', 'deferred>expired',
  'in_doubt>sent', 'in_doubt>delivered', 'in_doubt>undelivered', 'in_doubt>deferred', 'in_doubt>failed',
  'in_doubt>expired',
  'sent>delivered', 'sent>undelivered'
)
BEGIN
  SELECT raise(ABORT, 'illegal move');
END;

-- Sealed bytes go with the transaction that lets go of them, whichever statement that is.
CREATE TRIGGER messages_let_go AFTER UPDATE OF content ON messages WHEN old.content IS NOT NULL AND new.content IS NULL
BEGIN
  DELETE FROM contents WHERE n = old.content;
END;

CREATE TRIGGER messages_deleted AFTER DELETE ON messages WHEN old.content IS NOT NULL
BEGIN
  DELETE FROM contents WHERE n = old.content;
END;

-- What is billed.
CREATE TABLE usage (
  month TEXT NOT NULL,
  client INTEGER NOT NULL,
  channel TEXT NOT NULL,
  provider TEXT NOT NULL,
  messages INTEGER NOT NULL,
  segments INTEGER NOT NULL,
  PRIMARY KEY (month, client, channel, provider)
) STRICT, WITHOUT ROWID;

-- What a client had accepted on a UTC day (`YYYY-MM-DD`) and in a UTC month (`YYYY-MM`), for its quotas.
CREATE TABLE accepted (
  period TEXT NOT NULL,
  client INTEGER NOT NULL,
  messages INTEGER NOT NULL,
  segments INTEGER NOT NULL,
  PRIMARY KEY (period, client)
) STRICT, WITHOUT ROWID;

-- First answers to requests with an idempotency key. `key` and `request` are keyed hashes; `message` is the id where the
-- answer is about one message alone; `body` has ids and states, no address and no content.
CREATE TABLE answers (
  client INTEGER NOT NULL,
  key BLOB NOT NULL,
  request BLOB NOT NULL,
  status INTEGER NOT NULL,
  body TEXT NOT NULL,
  message BLOB,
  created_at INTEGER NOT NULL,
  PRIMARY KEY (client, key)
) STRICT, WITHOUT ROWID;

CREATE INDEX answers_created ON answers (created_at, client);

-- Whoever erases a message erases what was answered about it; the key stays used. In the answer to a batch the id goes.
CREATE TRIGGER messages_forgotten AFTER DELETE ON messages
BEGIN
  UPDATE answers SET
    body = CASE WHEN message IS NULL THEN replace(body, lower(hex(old.id)), '') ELSE '' END
  WHERE created_at = old.created_at
    AND client = old.client
    AND (message = old.id OR message IS NULL AND instr(body, lower(hex(old.id))));
END;

-- What was told about the use of data, version by version; the row with the largest `n` is in force.
CREATE TABLE disclosures (
  n INTEGER PRIMARY KEY AUTOINCREMENT,
  version TEXT NOT NULL,
  since INTEGER NOT NULL,
  body TEXT NOT NULL
) STRICT;

-- What persons have asked for. `tag` is keyed with a key that lasts: this outlives what is erased, and every month.
CREATE TABLE standings (
  tag BLOB NOT NULL,
  standing TEXT NOT NULL CHECK (standing IN ('objected', 'restricted')),
  since INTEGER NOT NULL,
  PRIMARY KEY (tag, standing)
) STRICT, WITHOUT ROWID;

-- What operators did. `link` binds an entry to all before it, with a key that is not here; purged at the old end alone.
CREATE TABLE audit (
  n INTEGER PRIMARY KEY,
  at INTEGER NOT NULL,
  operator TEXT NOT NULL,
  action TEXT NOT NULL,
  about TEXT NOT NULL,
  link BLOB NOT NULL
) STRICT;

-- The last entry that was purged: one row, or none. `seal` is made with that key, too.
CREATE TABLE audit_base (
  n INTEGER NOT NULL,
  link BLOB NOT NULL,
  seal BLOB NOT NULL
) STRICT;

-- Single numbers: `clients_version` grows with every change of clients, `checked_at` is written by the self-check,
-- `purged_CLASS` by the retention engine.
CREATE TABLE numbers (
  name TEXT PRIMARY KEY,
  value INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
