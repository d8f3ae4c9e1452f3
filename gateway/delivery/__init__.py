"""From the spool to a provider: routing, hand-over, recorded outcomes."""
