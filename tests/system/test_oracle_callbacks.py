"""The leak oracle over providers' calls: nothing of them but the state comes out, whatever they hold."""

from pathlib import Path

from tests.fakes.capture_http import HttpCapture, seven_accepts
from tests.fakes.configuration import Tables, merged
from tests.fakes.gateway import Gateway
from tests.oracle import sinks
from tests.oracle.callbacks import PUBLIC, SIGNING_KEY, Caller
from tests.oracle.room import LOUD, Room
from tests.oracle.searcher import search


def tables(vendor: HttpCapture) -> Tables:
    """Return a configuration whose one provider signs its calls."""
    provider = {
        "type": "seven",
        "base_url": f"http://127.0.0.1:{vendor.port}",
        "api_key": "made-up",
        "signing_key": SIGNING_KEY,
        "allow_private_network": True,
    }
    own = {"http": {"public_url": PUBLIC}, "providers": {"seven": provider}, "routes": {"sms": ["seven"]}}
    return merged(LOUD, own)


async def test_no_call_of_a_provider_leaks(tmp_path: Path) -> None:
    """Taken, replayed, early, of another message or refused: no mark of it is anywhere, and the status is there."""
    async with HttpCapture(seven_accepts) as vendor:
        room = await Room.open(Gateway(tmp_path, tables(vendor)), seed=23)
        gateway, caller = room.gateway, Caller(room.mint, "seven")
        message = await room.sms(room.mint.phone("number"))
        await gateway.settled(message, room.client.key, at={"sent"})
        for status, said in caller.refused():
            assert (await gateway.ask(said)).status == status, said[:200]
        unknown = caller.body("unknown", msg_id=room.mint.ambient("unknown-id"), status="DELIVERED")
        delivered = caller.body("taken", msg_id="77229135982", status="DELIVERED")
        taken = caller.signed("taken", delivered)
        calls = [caller.signed("unknown", unknown), taken, taken]
        assert [(await gateway.ask(said)).status for said in calls] == [200, 200, 401]
        assert (await gateway.status(message, room.client.key))["status"] == "delivered"
        assert search(await sinks.of(gateway, [vendor]), room.mint.marks) == []
        assert await gateway.terminate() == 0
        assert search(sinks.at_rest(gateway), room.mint.marks) == []
