"""The client API over HTTP."""

from gateway.intake.http.calls import BodyLimits, Calls
from gateway.intake.http.intake import HttpIntake

__all__ = ["BodyLimits", "Calls", "HttpIntake"]
