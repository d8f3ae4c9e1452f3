"""The gate before the console: our own names, our own page, and whoever is admin."""

from typing import Final

from gateway.console.access import Access
from gateway.console.hosts import OwnHosts
from gateway.console.problems import FOREIGN_HOST, FOREIGN_ORIGIN, UNAUTHORIZED
from gateway.http_server import Answer, Handler, ProblemType
from gateway.http_server.problem import problem_answer
from gateway.http_server.request import Request
from gateway.logs import Event, Log

WWW_AUTHENTICATE: Final = ("WWW-Authenticate", 'Bearer realm="umschlag"')

_SAFE: Final = frozenset({"GET", "HEAD"})


class Gate:
    """Wraps handlers, so that a route cannot be reached in another way than the table of routes says."""

    def __init__(self, hosts: OwnHosts, access: Access, log: Log) -> None:
        self._hosts = hosts
        self._access = access
        self._log = log

    def ours(self, handler: Handler) -> Handler:
        """Answer only what is asked by our own name and, where a page asks, by our own page."""

        async def answer(request: Request, *parts: str) -> Answer:
            if not self._hosts.are_asked(request):
                return self._refuse(FOREIGN_HOST)
            origin = self._hosts.are_origin(request)
            # A program with the token needs no page; a cookie alone could have been sent by anyone's.
            may_write = origin or request.method in _SAFE or self._access.has_token(request)
            if origin is False or not may_write:
                return self._refuse(FOREIGN_ORIGIN)
            return await handler(request, *parts)

        return answer

    def admins(self, handler: Handler) -> Handler:
        """Answer only the admin, on top of `ours`."""

        async def answer(request: Request, *parts: str) -> Answer:
            if not self._access.is_admin(request):
                return self._refuse(UNAUTHORIZED, is_quiet="Authorization" not in request.headers)
            return await handler(request, *parts)

        return self.ours(answer)

    def _refuse(self, problem: ProblemType, *, is_quiet: bool = False) -> Answer:
        if not is_quiet:
            self._log.warning(Event.ADMIN_REFUSED, listener="admin", status=problem.status)
        headers = [WWW_AUTHENTICATE] if problem is UNAUTHORIZED else []
        return problem_answer(problem, headers=headers)
