"""`python -m tests.soak`: load, kills, outages and edits for a while; prints figures, and fails where one is bad."""

import argparse
import asyncio
import random
import sqlite3
import sys
import tempfile
import time
from collections import Counter
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from tests.fakes.gateway import PROGRAM, Gateway
from tests.soak.chaos import Chaos, tables
from tests.soak.load import Load, channel_of
from tests.soak.sinks import MailSink, SmsSink

_UNSETTLED: Final = ("queued", "sending", "deferred")
_LONGEST_REST: Final = 300  # seconds until everything has come to rest


@dataclass(frozen=True, slots=True)
class Standing:
    """What the spool knows of one message."""

    state: str
    attempts: int


def standings(spool: Path) -> dict[str, Standing]:
    """Return every message of a spool by its id."""
    with closing(sqlite3.connect(spool, timeout=30)) as database:
        rows = database.execute("SELECT lower(hex(id)), state, attempts FROM messages").fetchall()
    return {number: Standing(state, attempts) for number, state, attempts in rows}


async def rest(spool: Path) -> None:
    """Wait until no message waits any more."""
    for _ in range(_LONGEST_REST):
        found = await asyncio.to_thread(standings, spool)
        if not any(each.state in _UNSETTLED for each in found.values()):
            return
        await asyncio.sleep(1)


def judge(
    load: Load, found: dict[str, Standing], sms: Counter[int], perhaps: Counter[int], mail: Counter[int]
) -> Counter[str]:
    """Count what became of all that was accepted; what must not be begins with an exclamation mark."""
    tally: Counter[str] = Counter()
    for number, message in load.accepted.items():
        standing = found.get(message)
        came = (sms if channel_of(number) == "sms" else mail)[number]
        may_have_come = came + perhaps[number]
        if standing is None or standing.state not in {"sent", "in_doubt"}:
            tally["! lost: neither sent nor in doubt"] += 1
        elif standing.state == "sent" and not came:
            tally["! lost: said to be sent, and never came"] += 1
        elif channel_of(number) == "sms" and may_have_come > 1:
            tally["! SMS sent twice"] += 1
        elif came > 1 and standing.attempts < came:
            tally["! mail sent twice without a repeat by policy"] += 1
        else:
            tally["mail repeated by policy after doubt" if came > 1 else f"{channel_of(number)} {standing.state}"] += 1
    unanswered = (sms.keys() | mail.keys()) - load.accepted.keys()
    tally["handed over, although the client heard no answer"] = len(unanswered)
    tally["! such an SMS twice"] = sum(sms[number] > 1 for number in unanswered)
    return tally


async def soak(options: argparse.Namespace, folder: Path) -> bool:
    """Run, print, and return whether nothing was lost and nothing doubled."""
    chance = random.Random(options.seed)
    async with SmsSink() as one, SmsSink() as two, MailSink() as mail:
        mail.mood = "takes"
        sinks = {"one": one, "two": two}
        command = (str(PROGRAM), "serve", "--workers", str(options.workers))
        gateway = Gateway(folder, tables(sinks, mail, "one", "two"), command=command)
        async with gateway:
            key = await gateway.add_client("soak", "--daily", "100000000", "--rate", "1000000/s")
            load = Load(gateway, key, options.messages, options.minutes * 60)
            chaos, enough = Chaos(gateway, sinks, mail, chance), asyncio.Event()
            raging = asyncio.create_task(chaos.run(enough))
            began_at = time.monotonic()
            await load.run()
            seconds = time.monotonic() - began_at
            enough.set()
            await raging
            spool = gateway.home / "data" / "spool.db"
            await rest(spool)
            rested = time.monotonic() - began_at - seconds
        found = standings(spool)
        tally = judge(load, found, one.took + two.took, one.perhaps + two.perhaps, mail.took())
    lines = {"seconds under load": round(seconds), "seconds until rest": round(rested), **chaos.done}
    lines |= {f"answers {status or 'that never came'}": count for status, count in sorted(load.answers.items())}
    lines |= {"slowest answer in milliseconds": round(load.slowest * 1000), **dict(sorted(tally.items()))}
    print("\n".join(f"{name:<55}{value:>12,}" for name, value in lines.items()), flush=True)
    return not any(count for name, count in tally.items() if name.startswith("!"))


def main() -> None:
    """Read the options and run."""
    parser = argparse.ArgumentParser(prog="python -m tests.soak", description=__doc__)
    parser.add_argument("--minutes", type=float, default=10)
    parser.add_argument("--messages", type=int, default=100_000)
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--seed", type=int, default=None, help="the same seed does the same things, at other moments")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="umschlag-soak-") as folder:
        is_well = asyncio.run(soak(options, Path(folder)))
    print("nothing lost, nothing doubled" if is_well else "SOMETHING WENT WRONG", flush=True)
    sys.exit(0 if is_well else 1)


if __name__ == "__main__":
    main()
