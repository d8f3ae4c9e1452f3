"""The page about SMTP says what is true: its replies are those that there are, its examples work."""

import asyncio
import re
import sys
from pathlib import Path

from gateway.config import examine
from gateway.intake.smtp import reply
from tests.fakes.gateway import Gateway

PAGE = (Path(__file__).parents[2] / "docs" / "smtp.md").read_text(encoding="utf-8")


def _block(language: str) -> str:
    [found] = re.findall(rf"^```{language}\n(.*?)^```$", PAGE, re.MULTILINE | re.DOTALL)
    return str(found)


def test_every_refusal_is_explained() -> None:
    """The table of replies has each code of 4xx and 5xx with its enhanced code, and no other."""
    given = {each for each in vars(reply).values() if isinstance(each, reply.Reply) and each.code >= 400}
    shown = set(re.findall(r"`([45]\d\d [45]\.\d+\.\d+)`", PAGE))
    assert {f"{each.code} {each.enhanced}" for each in given} == shown


def test_the_configuration_is_in_order(tmp_path: Path) -> None:
    """What the page says to begin with has neither problems nor warnings."""
    path = tmp_path / "gateway.toml"
    path.write_text(_block("toml"), encoding="utf-8")
    found = examine(path, {"UMSCHLAG_HOME": str(tmp_path)})
    assert (found.problems, found.warnings) == ((), ())


async def test_the_python_example_sends(tmp_path: Path) -> None:
    """It runs as it stands, and its mail arrives."""
    box = {"providers": {"sandbox": {"type": "sandbox"}}, "routes": {"email": ["sandbox"]}, "smtp": {}}
    async with Gateway(tmp_path, box) as gateway:
        key_file = tmp_path / "key"
        key_file.write_text(await gateway.add_client("praxis"), encoding="ascii")
        environment = {"HOST": "127.0.0.1", "PORT": str(gateway.smtp_port), "KEY_FILE": str(key_file)}
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-W", "ignore", "-c", _block("python"), env={**gateway.environment, **environment}
        )
        assert await process.wait() == 0
        status = 'umschlag_messages_accepted_total{channel="email"} 1.0'
        assert status in (await gateway.admin("/metrics")).body.decode()
