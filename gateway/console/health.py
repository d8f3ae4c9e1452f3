"""Readiness: named checks, run together and bounded in time."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from gateway.console.sources import Check

LONGEST: Final = 5.0  # seconds; a disk or a database that takes longer does not answer messages either


@dataclass(frozen=True, slots=True)
class CheckResult:
    """How a check came out: `detail` is None when it holds, else the reason why not."""

    name: str
    detail: str | None

    @property
    def holds(self) -> bool:
        """Whether the condition holds."""
        return self.detail is None


async def run_checks(checks: Sequence[Check], *, longest: float = LONGEST) -> Sequence[CheckResult]:
    """Run all checks at the same time; one that raises or takes over `longest` seconds does not hold."""
    return await asyncio.gather(*(_run(check, longest) for check in checks))


async def _run(check: Check, longest: float) -> CheckResult:
    try:
        async with asyncio.timeout(longest):
            return CheckResult(check.name, await check.run())
    except TimeoutError:
        return CheckResult(check.name, "no answer in time")
    except Exception as error:  # noqa: BLE001 (whatever a check raises means that it does not hold; its text stays inside)
        return CheckResult(check.name, f"failed ({type(error).__name__})")
