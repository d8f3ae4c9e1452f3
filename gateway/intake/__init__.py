"""The world comes in: requests become one of two messages, sealed into the spool."""
