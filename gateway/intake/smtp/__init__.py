"""SMTP submission (RFC 6409): mail of clients that speak nothing else, and mail that becomes text messages."""
