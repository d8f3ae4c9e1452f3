"""A client of the client API: it sends again what may be sent again, and tells what became of a message.

`Client` waits; `gateway.client.aio.AsyncClient` has the same calls for asyncio.
"""

from gateway.client.answer import Accepted, FieldProblem, Message, Page, Refused, UsageLine
from gateway.client.call import NO_CONTROLS, Controls
from gateway.client.errors import ClientError, NoAnswerError, ProblemError, WrongHeaderError, WrongUrlError
from gateway.client.patience import Patience
from gateway.client.sync import Client

__all__ = [
    "NO_CONTROLS",
    "Accepted",
    "Client",
    "ClientError",
    "Controls",
    "FieldProblem",
    "Message",
    "NoAnswerError",
    "Page",
    "Patience",
    "ProblemError",
    "Refused",
    "UsageLine",
    "WrongHeaderError",
    "WrongUrlError",
]
