"""The shipped alerts: on metrics that exist, valid to Prometheus, and raised by what they are for."""

import re
import shutil
import subprocess
from pathlib import Path

import pytest

from gateway.metrics import Metrics

FOLDER = Path(__file__).parents[2] / "config" / "prometheus"
PROMTOOL = shutil.which("promtool")


def test_alerts_are_on_metrics_that_exist() -> None:
    """Each name in the rules is one that the gateway gives."""
    metrics = Metrics(["smarthost"])
    metrics.retention("content", 0, overdue=False)
    given = set(re.findall(r"^umschlag_\w+", metrics.render().decode(), re.MULTILINE))
    named = set(re.findall(r"umschlag_\w+", (FOLDER / "umschlag.rules.yml").read_text(encoding="utf-8")))
    assert named - given == set()


@pytest.mark.skipif(PROMTOOL is None, reason="promtool is missing (Debian: prometheus)")
@pytest.mark.parametrize("arguments", ["check config prometheus.yml", "test rules umschlag.test.yml"])
def test_prometheus_agrees(arguments: str) -> None:
    """Its own tool finds no fault in the configuration, and each alert where its test file expects it."""
    done = subprocess.run([str(PROMTOOL), *arguments.split()], cwd=FOLDER, capture_output=True, text=True, check=False)
    assert (done.returncode, "SUCCESS" in done.stdout) == (0, True), done.stdout + done.stderr


@pytest.mark.skipif(PROMTOOL is None, reason="promtool is missing (Debian: prometheus)")
def test_metrics_are_as_prometheus_wants_them() -> None:
    """Its own tool finds nothing to say about names, types and help."""
    done = subprocess.run(
        [str(PROMTOOL), "check", "metrics"], input=Metrics(["smarthost"]).render(), capture_output=True, check=False
    )
    assert (done.returncode, done.stdout, done.stderr) == (0, b"", b"")
