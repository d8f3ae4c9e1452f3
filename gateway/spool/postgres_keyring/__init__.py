"""The keyring in a PostgreSQL database of its own."""

from gateway.spool.postgres_keyring.vault import PostgresVault

__all__ = ["PostgresVault"]
