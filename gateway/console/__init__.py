"""The admin listener: health, metrics, the operator's page and its JSON."""

from gateway.console.server import AdminServer
from gateway.console.sources import Check, ListenerView, ProviderView, RetentionView, Sources
from gateway.console.token import admin_token

__all__ = ["AdminServer", "Check", "ListenerView", "ProviderView", "RetentionView", "Sources", "admin_token"]
