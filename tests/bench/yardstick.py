"""The yardsticks, a process of its own: aiohttp on uvloop that keeps nothing.

`python -m tests.bench.yardstick` prints its port. It answers 202 to `POST /v1/sms` at once; with the URL of a sink it
hands each message on first, as the shortest proxy that one could write does.
"""

import asyncio
import sys
from collections.abc import AsyncIterator

import uvloop
from aiohttp import ClientSession, TCPConnector, web

SESSION = web.AppKey("session", ClientSession)
BODY = b'{"id":"0190b6c0f8a27c3e9d4b5a6f7e8d9c0b","channel":"sms","status":"queued","attempts":0,"stripped":0}'


async def bare(request: web.Request) -> web.Response:
    """Read the body and answer."""
    await request.read()
    return web.Response(status=202, body=BODY, content_type="application/json")


async def naive(request: web.Request) -> web.Response:
    """Hand the fields on, wait for the provider, and answer."""
    members = await request.json()
    forwarded = {"to": members["recipient"], "text": members["text"]}
    async with request.app[SESSION].post(sys.argv[1], json=forwarded) as answer:
        await answer.read()
    return web.Response(status=202, body=BODY, content_type="application/json")


async def _session(application: web.Application) -> AsyncIterator[None]:
    async with ClientSession(connector=TCPConnector(limit=0)) as session:
        application[SESSION] = session
        yield


async def serve() -> None:
    """Listen on a free port, print it, and serve until the process is ended."""
    application = web.Application()
    application.router.add_post("/v1/sms", naive if sys.argv[1:] else bare)
    application.cleanup_ctx.append(_session)
    runner = web.AppRunner(application, access_log=None)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0, backlog=1024).start()
    print(runner.addresses[0][1], flush=True)
    await asyncio.Event().wait()


if __name__ == "__main__":
    uvloop.run(serve())
