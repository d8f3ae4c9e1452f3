-- Everything that the folder of a keyring holds otherwise, in a schema of its own.
-- A key is kept as 48 bytes with its checksum, or wrapped as 84.

CREATE SCHEMA IF NOT EXISTS umschlag_keyring;

-- Content keys by the start of their epoch, in seconds since 1970 UTC.
CREATE TABLE IF NOT EXISTS umschlag_keyring.content_keys (
  epoch bigint PRIMARY KEY,
  form bytea NOT NULL
);

-- Tag keys by the start of their month.
CREATE TABLE IF NOT EXISTS umschlag_keyring.tag_keys (
  month bigint PRIMARY KEY,
  form bytea NOT NULL
);

-- Keys without an end: auth, subjects, audit, events.
CREATE TABLE IF NOT EXISTS umschlag_keyring.lasting_keys (
  name text PRIMARY KEY,
  form bytea NOT NULL
);

-- The generation of the spool that goes with these keys, and the youngest entry of its audit.
CREATE TABLE IF NOT EXISTS umschlag_keyring.generations (
  name text PRIMARY KEY,
  value bigint NOT NULL
);

-- When a gateway used these keys last.
CREATE TABLE IF NOT EXISTS umschlag_keyring.clocks (
  name text PRIMARY KEY,
  value bigint NOT NULL
);

-- What was erased and asked for: a time, a word, an id or a tag in hexadecimal digits.
CREATE TABLE IF NOT EXISTS umschlag_keyring.ledger (
  line bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  at bigint NOT NULL,
  word text NOT NULL,
  value text NOT NULL
);
