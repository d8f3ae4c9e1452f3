-- What was erased and asked for.

-- name: append_line
-- One more line.
INSERT INTO umschlag_keyring.ledger (at, word, value) VALUES (%s, %s, %s);

-- name: all_lines
-- Oldest first.
SELECT at, word, value FROM umschlag_keyring.ledger ORDER BY line;

-- name: forget_standings
-- What persons asked for and took back again before this time.
DELETE FROM umschlag_keyring.ledger AS asked
WHERE asked.word <> ALL (%(others)s) AND EXISTS (
  SELECT FROM umschlag_keyring.ledger AS dropped
  WHERE dropped.word = %(dropped)s AND dropped.value = asked.value
    AND dropped.at >= asked.at AND dropped.at < %(before)s
);

-- name: forget_lines
-- All else that is older.
DELETE FROM umschlag_keyring.ledger WHERE word = ANY (%(others)s) AND at < %(before)s;
