"""Messages in doubt, decided by an operator beside the running gateway."""

import json
from pathlib import Path

from tests.fakes.capture_http import HttpCapture, reply, seven_accepts
from tests.fakes.gateway import Gateway
from tests.fakes.provider_tables import seven

MARK = "S3NT-doubt"


async def test_an_operator_decides_about_messages_in_doubt(web: HttpCapture, tmp_path: Path) -> None:
    """What is released goes to the same provider once more, by the same reference; what is given up has failed.

    The other provider of the route sees nothing, and what the commands say has nothing of the messages in it.
    """
    async with HttpCapture(reply(500)) as broken:
        tables = {"providers": {"broken": seven(broken), "web": seven(web)}, "routes": {"sms": ["broken", "web"]}}
        async with Gateway(tmp_path, tables) as gateway:
            key = await gateway.add_client("praxis")
            message = {"recipient": "+4915112345678", "text": MARK}
            ids = [(await gateway.submit("sms", key, message)).json()["id"] for _ in range(3)]
            for each in ids:
                await gateway.settled(each, key, at=["in_doubt"])
            broken.answer = seven_accepts
            said = [await gateway.call("messages", "list", "--status", "in_doubt", "--json")]
            assert {row["id"] for row in json.loads(said[0].stdout)} == set(ids)
            said.append(await gateway.call("messages", "release", ids[0]))
            released = await gateway.settled(ids[0], key, at=["sent"])
            said.append(await gateway.call("messages", "give-up", ids[1]))
            given_up = await gateway.status(ids[1], key)
            said.append(await gateway.call("messages", "release", "--all", "--json"))
            await gateway.settled(ids[2], key, at=["sent"])
            said.append(await gateway.call("messages", "give-up", "--all"))
            refused = [await gateway.call("messages", *line) for line in (("release", ids[0]), ("give-up", "0" * 32))]
        assert [done.stdout for done in said[1:]] == [
            "1 released\n",
            "1 given up\n",
            '{"released":1}\n',
            "0 given up\n",
        ]
        assert [done.code for done in refused] == [1, 1]
        assert (released["attempts"], released["provider"]) == (2, "broken")
        assert (given_up["status"], given_up["reason"]) == ("failed", "provider_error")
        references = [taken.members()["foreign_id"] for taken in broken.taken]
        assert (len(references), len(set(references)), web.taken) == (5, 3, [])
    assert MARK not in "".join(done.stdout + done.stderr for done in (*said, *refused))


async def test_a_line_without_an_id_is_refused(tmp_path: Path) -> None:
    """Neither all nor one, and both, are wrong usage."""
    gateway = Gateway(tmp_path)
    for line in (["release"], ["give-up", "--all", "0" * 32]):
        assert (await gateway.call("messages", *line)).code == 2
