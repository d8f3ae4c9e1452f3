"""Umschlag's tests, one folder a tier: unit, contract, system, browser."""
