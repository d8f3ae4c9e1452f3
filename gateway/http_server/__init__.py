"""The HTTP server under both listeners: it says nothing of itself, repeats nothing, and bounds everything."""

from gateway.http_server.answer import Answer
from gateway.http_server.body import read_body
from gateway.http_server.certificate import Certificate
from gateway.http_server.listener import HttpLimits, Listener
from gateway.http_server.problem import ProblemType
from gateway.http_server.routes import Handler, Route, Routes
from gateway.http_server.sockets import ListenError, bind_shared, listen_on, port_of
from gateway.http_server.tls import TlsError, server_tls

__all__ = [
    "Answer",
    "Certificate",
    "Handler",
    "HttpLimits",
    "ListenError",
    "Listener",
    "ProblemType",
    "Route",
    "Routes",
    "TlsError",
    "bind_shared",
    "listen_on",
    "port_of",
    "read_body",
    "server_tls",
]
