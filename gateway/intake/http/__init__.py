"""The client API over HTTP."""

from gateway.intake.http.calls import Calls
from gateway.intake.http.client_api import Parts, client_calls, follow
from gateway.intake.http.intake import HttpIntake

__all__ = ["Calls", "HttpIntake", "Parts", "client_calls", "follow"]
