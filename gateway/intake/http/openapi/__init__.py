"""The description of the client API: for programs as OpenAPI 3.1, for people as a page."""

from gateway.intake.http.openapi.document import Bounds, document
from gateway.intake.http.openapi.operations import OPERATIONS
from gateway.intake.http.openapi.routes import description_routes

__all__ = ["OPERATIONS", "Bounds", "description_routes", "document"]
