"""The real gateway as a process of its own: started, asked, stopped, killed and started again on the same data."""

import asyncio
import json
import os
import secrets
import signal
import sys
from collections.abc import Collection, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, Self

from tests.fakes import configuration
from tests.fakes.http_wire import Reply, ask, request
from tests.fakes.inside import run_inside
from tests.fakes.ports import KeptPort

PROGRAM: Final = Path(sys.executable).parent / "umschlag"
# Bounds for a busy machine; nothing is judged by them.
START_SECONDS: Final = 60
STEP_SECONDS: Final = 0.05

QUICK: Final = {
    "delivery": {"backoff_first": "1s", "backoff_longest": "1s", "drain": "1s", "lease": "3s"},
    "limits": {"rate": "1000000/s", "daily": 1_000_000},
}


@dataclass(frozen=True, slots=True)
class Finished:
    """What a command line ended with."""

    code: int
    stdout: str
    stderr: str


class Gateway:
    """`umschlag serve` with a folder of its own; `tables` is its configuration, None the embedded default.

    `command` replaces the program, `prefix` stands before it (`nice`, a shell with a limit).
    """

    def __init__(
        self,
        folder: Path,
        tables: configuration.Tables | None = None,
        *,
        environment: Mapping[str, str] | None = None,
        command: Sequence[str] = (str(PROGRAM), "serve"),
        prefix: Sequence[str] = (),
    ) -> None:
        self.folder = folder
        self.home = folder / "home"
        self.temporary = folder / "tmp"
        self.stdout, self.stderr = folder / "stdout", folder / "stderr"
        self._kept = [KeptPort() for _ in range(3)]
        self.http_port, self.admin_port, self.smtp_port = (port.number for port in self._kept)
        self.answers: list[Reply] = []
        self.process: asyncio.subprocess.Process | None = None
        self.command = [*prefix, *command]
        self._own = dict(environment or {})
        self._own_tables: configuration.Tables = {}
        for path in (self.home, self.temporary):
            path.mkdir(parents=True, exist_ok=True)
        self.configuration = self._configure(tables) if tables is not None else None

    def _configure(self, tables: configuration.Tables) -> Path:
        token = self.folder / "admin-token"
        token.write_text(secrets.token_urlsafe(24), encoding="ascii")
        token.chmod(0o600)
        own = {
            "http": {"listen": f"127.0.0.1:{self.http_port}"},
            "admin": {"listen": f"127.0.0.1:{self.admin_port}", "token_file": str(token)},
            "spool": {"url": f"sqlite:///{self.home}/data/spool.db"},
            "keyring": {"url": f"dir:///{self.home}/keys"},
        }
        # An absent table means that there is no such listener.
        own |= {"smtp": {"listen": f"127.0.0.1:{self.smtp_port}"}} if "smtp" in tables else {}
        path = self.folder / "gateway.toml"
        self._own_tables = configuration.merged(QUICK, own)
        configuration.write(path, configuration.merged(self._own_tables, tables))
        return path

    def reconfigure(self, tables: configuration.Tables) -> None:
        """Put another configuration in the place of the one that it runs with, in one step, as editors do."""
        assert self.configuration is not None
        draft = self.configuration.with_suffix(".new")
        configuration.write(draft, configuration.merged(self._own_tables, tables))
        draft.replace(self.configuration)

    def events(self, name: str) -> list[dict[str, Any]]:
        """Return what the log has of one event."""
        lines = self.stderr.read_text(encoding="utf-8").splitlines()
        found = [json.loads(line) for line in lines if line.startswith("{")]
        return [line for line in found if line["event"] == name]

    async def logged(self, name: str, count: int = 1) -> list[dict[str, Any]]:
        """Return what the log has of one event as soon as it is there so many times."""
        for _ in range(round(START_SECONDS / STEP_SECONDS)):
            if len(found := self.events(name)) >= count:
                return found
            await asyncio.sleep(STEP_SECONDS)
        message = f"never logged {name} {count} times"
        raise AssertionError(message)

    @property
    def environment(self) -> dict[str, str]:
        """What the process and its commands see: nothing of Umschlag's from outside."""
        inherited = {name: value for name, value in os.environ.items() if not name.startswith("UMSCHLAG_")}
        mine = {"UMSCHLAG_HOME": str(self.home), "TMPDIR": str(self.temporary)}
        if self.configuration is None:
            mine["UMSCHLAG_HTTP__LISTEN"] = f"127.0.0.1:{self.http_port}"
            mine["UMSCHLAG_ADMIN__LISTEN"] = f"127.0.0.1:{self.admin_port}"
        else:
            mine["UMSCHLAG_CONFIG"] = str(self.configuration)
        return inherited | mine | self._own

    @property
    def pid(self) -> int:
        """The number of the running process."""
        assert self.process is not None
        return self.process.pid

    async def __aenter__(self) -> Self:
        await self.start()
        return self

    async def __aexit__(self, *_: object) -> None:
        if self.process is not None and self.process.returncode is None:
            await self.terminate()

    async def launch(self) -> None:
        """Start the process and return at once."""
        with self.stdout.open("ab") as stdout, self.stderr.open("ab") as stderr:
            self.process = await asyncio.create_subprocess_exec(
                *self.command, env=self.environment, stdin=asyncio.subprocess.DEVNULL, stdout=stdout, stderr=stderr
            )

    async def start(self) -> None:
        """Start the process and return when it serves."""
        await self.launch()
        for _ in range(round(START_SECONDS / STEP_SECONDS)):
            if await self.serves():
                return
            assert self.process is not None
            if self.process.returncode is not None:
                break
            await asyncio.sleep(STEP_SECONDS)
        await self.kill()
        message = f"the gateway does not serve; it said: {self.stderr.read_text(encoding='utf-8')[-2000:]}"
        raise AssertionError(message)

    async def serves(self) -> bool:
        """Whether both listeners answer."""
        with suppress(OSError):
            first = await ask(self.http_port, request("GET", "/healthz"))
            second = await ask(self.admin_port, request("GET", "/healthz"))
            return first.status == second.status == 200
        return False

    async def said(self, words: str) -> str:
        """Return all of standard output as soon as `words` are in it."""
        for _ in range(round(START_SECONDS / STEP_SECONDS)):
            text = self.stdout.read_text(encoding="utf-8")
            if words in text:
                return text
            await asyncio.sleep(STEP_SECONDS)
        message = f"never said {words}"
        raise AssertionError(message)

    async def wait(self) -> int:
        """Return the exit status when the process ends; what does not end is killed."""
        assert self.process is not None
        try:
            async with asyncio.timeout(START_SECONDS):
                return await self.process.wait()
        except TimeoutError:
            await self.kill()
            raise

    async def terminate(self) -> int:
        """Stop it in order (SIGTERM) and return the exit status."""
        assert self.process is not None
        with suppress(ProcessLookupError):
            self.process.send_signal(signal.SIGTERM)
        return await self.wait()

    async def kill(self) -> None:
        """End it at once (SIGKILL), as a power cut would."""
        assert self.process is not None
        with suppress(ProcessLookupError):
            self.process.kill()
        await self.process.wait()

    async def run(self, *arguments: str, stdin: bytes = b"") -> Finished:
        """Run a command of the same program on the same data, as a process of its own."""
        process = await asyncio.create_subprocess_exec(
            str(PROGRAM),
            *arguments,
            env=self.environment,
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
        )
        async with asyncio.timeout(START_SECONDS):
            stdout, stderr = await process.communicate(stdin)
        assert process.returncode is not None
        return Finished(process.returncode, stdout.decode(), stderr.decode())

    async def call(self, *arguments: str, stdin: bytes = b"") -> Finished:
        """Do what `run` does without the second that it takes to start a process."""
        return Finished(*await asyncio.to_thread(run_inside, arguments, self.environment, stdin))

    async def add_client(self, name: str, *options: str) -> str:
        """Add a client for both channels and return its key."""
        words = ("clients", "add", name, "--channels", "email,sms", *options, "--json")
        done = await self.call(*words)
        assert done.code == 0, done
        key: str = json.loads(done.stdout)["key"]
        return key

    async def ask(self, data: bytes) -> Reply:
        """Send bytes to the client API; the answer is kept in `answers`."""
        reply = await ask(self.http_port, data)
        self.answers.append(reply)
        return reply

    async def submit(self, channel: str, key: str, members: Mapping[str, object], **headers: str) -> Reply:
        """Send one message; headers by keyword: `Send_At="…"`."""
        fields = [(name.replace("_", "-"), value) for name, value in headers.items()]
        body = json.dumps(members).encode()
        return await self.ask(request("POST", f"/v1/{channel}", headers=fields, body=body, key=key))

    async def status(self, message_id: str, key: str) -> dict[str, Any]:
        """Return the status resource of one message."""
        reply = await self.ask(request("GET", f"/v1/messages/{message_id}", key=key))
        assert reply.status == 200, reply
        resource: dict[str, Any] = reply.json()
        return resource

    async def settled(self, message_id: str, key: str, *, at: Collection[str]) -> dict[str, Any]:
        """Return the status resource as soon as its status is one of `at`."""
        seen: dict[str, Any] = {}
        for _ in range(round(START_SECONDS / STEP_SECONDS)):
            seen = await self.status(message_id, key)
            if seen["status"] in at:
                return seen
            await asyncio.sleep(STEP_SECONDS)
        message = f"never {at}, last seen as {seen}"
        raise AssertionError(message)

    async def admin(self, path: str) -> Reply:
        """Ask the admin listener with its token."""
        return await ask(self.admin_port, request("GET", path, key=self.admin_token()))

    def admin_token(self) -> str:
        """Return the admin token, from where the gateway made or was given it."""
        (path,) = {*self.folder.glob("admin-token"), *self.home.glob("admin*token")}
        return path.read_text(encoding="ascii").strip()
