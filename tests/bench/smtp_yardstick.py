"""The yardstick for SMTP, a process of its own: aiosmtpd on uvloop, which drops its mail. Prints its port."""

import asyncio

import uvloop
from aiosmtpd.smtp import SMTP, Envelope, Session


class Dropping:
    """Says yes."""

    async def handle_DATA(self, _server: SMTP, _session: Session, _envelope: Envelope) -> str:  # noqa: N802 (its name)
        """Drop a mail."""
        return "250 2.0.0 dropped"


async def serve() -> None:
    """Listen on a free port, print it, and serve until the process is ended."""
    loop = asyncio.get_running_loop()
    server = await loop.create_server(
        lambda: SMTP(Dropping(), hostname="bare.example", enable_SMTPUTF8=True, loop=loop), "127.0.0.1", 0, backlog=1024
    )
    print(server.sockets[0].getsockname()[1], flush=True)
    await server.serve_forever()


if __name__ == "__main__":
    uvloop.run(serve())
