"""Sealed and durable: where messages wait."""
