"""Makes a run mean the same everywhere: chance is seeded, and where CI is set a skip is a failure."""

import os
from collections.abc import Generator, Iterator

import pytest
from hypothesis import HealthCheck, settings

from tests.fakes.postgres import Postgres

# The same examples every time, and none fails for being slow: the machine may be busy.
settings.register_profile("house", deadline=None, derandomize=True, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("house")


@pytest.fixture(scope="session")
def postgres() -> Iterator[Postgres]:
    """Give a real PostgreSQL, started when a test first asks for it."""
    server = Postgres()
    try:
        server.make()
        yield server
    finally:
        server.remove()


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item, call: pytest.CallInfo[None]
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Return the report of one phase of `item`, failed where CI saw it skipped."""
    report = yield
    if _is_left_out(report):
        report.outcome = "failed"
        report.longrepr = f"{item.nodeid} was skipped, which CI does not allow: {_reason(report)}"
    return report


@pytest.hookimpl(wrapper=True)
def pytest_make_collect_report(
    collector: pytest.Collector,
) -> Generator[None, pytest.CollectReport, pytest.CollectReport]:
    """Return the report of collecting `collector`, failed where CI saw a whole file skipped."""
    report = yield
    if _is_left_out(report):
        report.outcome = "failed"
        report.longrepr = f"{collector.nodeid} was skipped, which CI does not allow: {_reason(report)}"
    return report


def _is_left_out(report: pytest.TestReport | pytest.CollectReport) -> bool:
    """Whether CI is set and `report` is a skip; an expected failure is reported as one too, but did run."""
    return bool(os.environ.get("CI")) and report.skipped and not hasattr(report, "wasxfail")


def _reason(report: pytest.TestReport | pytest.CollectReport) -> str:
    """Return what the skip said; pytest keeps it as (file, line, reason)."""
    return str(report.longrepr[2] if isinstance(report.longrepr, tuple) else report.longrepr)
