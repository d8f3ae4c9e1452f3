"""The spool's contract: what was answered for is there after the process was killed, and only what was stored."""

import asyncio
import subprocess
import sys
from pathlib import Path

import pytest

from gateway.core.message import Channel
from gateway.core.state import State
from gateway.spool.store import Listing, Recovered, RepeatPolicy, Store
from tests.contract.spool_rooms import NOW, implementations, leased_ids, opened

ROOT = Path(__file__).parents[2]

# Puts as fast as it can, leased to itself, in many tasks; tells each id after its answer. Two of the tasks begin
# attempts that never end.
CHILD = """
import asyncio, sys
from pathlib import Path
from tests.contract.spool_rooms import ME, NOW, implementations, message

async def put(store, number):
    while True:
        new = message(owner=ME)
        await store.put([new])
        print("put", new.id, flush=True)
        if number < 2 and await store.begin_attempt(new.id, ME, "alpha", NOW):
            print("begun", new.id, flush=True)

async def main():
    store = implementations()[sys.argv[1]](Path(sys.argv[2]))
    await store.open()
    await store.keep_alive(ME, NOW)
    await asyncio.gather(*(put(store, number) for number in range(16)))

asyncio.run(main())
"""


@pytest.mark.parametrize("name", sorted(implementations()))
async def test_what_was_answered_for_survives_a_kill(name: str, tmp_path: Path) -> None:
    """Every id that was told is there: queued again, or in doubt where an attempt had been written down."""
    told = await asyncio.to_thread(run_and_kill, name, tmp_path)
    put, begun = ({line[1] for line in told if line[0] == word} for word in ("put", "begun"))
    assert len(put) >= 300
    assert begun
    async with opened(implementations()[name](tmp_path)) as store:
        recovered = await store.recover(NOW, RepeatPolicy())
        states = {state: await ids_in(store, state) for state in (State.QUEUED, State.IN_DOUBT)}
        assert put <= states[State.QUEUED] | states[State.IN_DOUBT]
        assert begun <= states[State.IN_DOUBT]
        assert Recovered(len(states[State.QUEUED]), len(states[State.IN_DOUBT])) == recovered
        assert states[State.QUEUED] == set(await leased_ids(store, limit=1_000_000))


def run_and_kill(name: str, folder: Path) -> list[list[str]]:
    """Run the child until it has told 300 lines, kill it, and return everything that it told whole."""
    command = [sys.executable, "-c", CHILD, name, str(folder)]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as child:
        assert child.stdout is not None
        lines = [child.stdout.readline() for _ in range(400)]
        child.kill()
        lines += child.stdout.readlines()
    return [line.split() for line in lines if line.endswith("\n")]


async def ids_in(store: Store, state: State) -> set[str]:
    """Return the ids of all messages in a state, page by page."""
    found: set[str] = set()
    before = None
    while page := await store.listing(Listing(state=state, channel=Channel.SMS, before=before, limit=100)):
        found |= {status.id for status in page}
        before = page[-1].id
    return found
