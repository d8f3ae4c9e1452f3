"""The configuration: one TOML file with the environment over it, checked as a whole; every fault is told at once."""

from gateway.config.load import ConfigError, Configuration, examine, load

__all__ = ["ConfigError", "Configuration", "examine", "load"]
