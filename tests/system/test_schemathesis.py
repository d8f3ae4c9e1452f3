"""Schemathesis against the real gateway: every operation with good and bad data, by every check that it has."""

import asyncio
import os
import sys
from pathlib import Path

from tests.fakes.gateway import Gateway

ROOT = Path(__file__).parents[2]
PROGRAM = Path(sys.executable).parent / "st"
SANDBOX = {
    "providers": {"box": {"type": "sandbox"}},
    "routes": {"sms": ["box"], "email": ["box"]},
    # Waiting costs the tests time.
    "http": {"max_wait": "1s"},
}

# A batch tells of a bad message beside the good ones, with 200.
CONFIGURATION = """
hooks = "tests.fakes.schemathesis_hooks"
[[operations]]
include-name = "POST /v1/batch"
checks.negative_data_rejection.expected-statuses = ["4xx", 200]
"""


async def test_no_request_finds_a_fault(tmp_path: Path) -> None:
    """No answer is a server error, undocumented, or another than its schema says; no bad data are taken."""
    (tmp_path / "schemathesis.toml").write_text(CONFIGURATION, encoding="utf-8")
    async with Gateway(tmp_path / "gateway", SANDBOX) as gateway:
        key = await gateway.add_client("fuzz", "--sender-ids", "Praxis")
        url = f"http://127.0.0.1:{gateway.http_port}"
        options = ["--checks", "all", "--seed", "4711", "--max-examples", "10", "--no-color"]
        process = await asyncio.create_subprocess_exec(
            str(PROGRAM),
            *("--config-file", str(tmp_path / "schemathesis.toml")),
            *("run", f"{url}/openapi.json", "--url", url, "--header", f"Authorization: Bearer {key}", *options),
            cwd=tmp_path,
            env={**os.environ, "PYTHONPATH": str(ROOT)},
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.STDOUT,
        )
        output, _ = await process.communicate()
        log = gateway.stdout.read_text(encoding="utf-8")
    assert process.returncode == 0, output.decode()
    assert "request_failed" not in log
