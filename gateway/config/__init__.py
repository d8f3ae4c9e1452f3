"""The configuration: one TOML file with the environment over it, checked as a whole; every fault is told at once."""

from gateway.config.load import ConfigError, Configuration, examine, in_order, load

__all__ = ["ConfigError", "Configuration", "examine", "in_order", "load"]
