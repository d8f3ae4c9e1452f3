"""The gate before the door: what a client hides does not come in, and what nobody may receive is refused."""

from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import pytest

from gateway.core.address import parse_mailbox
from gateway.core.message import Channel, Email, Message, Sms
from gateway.intake.accept import Refused, Terms
from gateway.intake.times import ANY_TIME
from gateway.spool.clients import Client
from gateway.spool.store import MessageStatus
from tests.fakes.desk import NOW, Desk, desk_in

MAIL = Email(
    parse_mailbox("sender", "Dr. Müller <mueller@praxis.example>"),
    parse_mailbox("recipient", "anna@example.net"),
    "Termin",
    "Montag",
)
DAYS = 86_400
TERMS = Terms(6, timedelta(hours=24), alias_domain="alias.example")


@pytest.fixture
async def desk(tmp_path: Path) -> AsyncIterator[Desk]:
    """Return a door with a domain for aliases."""
    async with desk_in(tmp_path) as desk:
        desk.door.configure(desk, TERMS)
        yield desk


async def passed(desk: Desk, client: Client, message: Message = MAIL) -> Message:
    """Accept a message and return what delivery was passed, which is what was sealed."""
    status = await desk.door.accept(client, message)
    assert isinstance(status, MessageStatus)
    [leased] = await desk.store.lease("other", desk.now, 1, channels=tuple(Channel)) or [None]
    if leased is not None:
        return desk.sealer.open(leased.content, message_id=leased.id, client_id=client.id)[0]
    return desk.delivery.passed[-1].message


async def sealed(desk: Desk, client: Client, message: Message = MAIL) -> Message:
    """Accept a message that delivery has no room for, and open what was sealed."""
    desk.delivery.room = set()
    return await passed(desk, client, message)


async def reason(desk: Desk, client: Client, message: Message = MAIL) -> str:
    """Return why a message is refused."""
    refused = await desk.door.accept(client, message)
    assert isinstance(refused, Refused)
    assert await desk.door.look(client, message, ANY_TIME) == refused
    return refused.refusal.value


async def test_a_hidden_sender_is_not_sealed(desk: Desk) -> None:
    """Spool and delivery have an alias of the domain, without the display name; all else is as it was."""
    client, _ = await desk.client(sender_disclosure="alias")
    for found in (await passed(desk, client), await sealed(desk, client)):
        assert isinstance(found, Email)
        local, _, domain = found.sender.address.partition("@")
        assert (domain, len(local), local.isalnum(), found.sender.name) == ("alias.example", 16, True, "")
        assert (found.recipient, found.subject, found.text) == (MAIL.recipient, MAIL.subject, MAIL.text)


async def test_an_alias_is_one_of_a_client_and_a_month(desk: Desk) -> None:
    """All senders of a client have the same within a month; the next month and another client have others."""
    first, _ = await desk.client("one", sender_disclosure="alias")
    second, _ = await desk.client("two", sender_disclosure="alias")
    other = Email(parse_mailbox("sender", "info@praxis.example"), MAIL.recipient, "", "")
    aliases = [await passed(desk, first), await passed(desk, first, other), await passed(desk, second)]
    desk.now = NOW + 40 * DAYS
    aliases.append(await passed(desk, first))
    senders = [alias.sender.address for alias in aliases if isinstance(alias, Email)]
    assert senders[0] == senders[1]
    assert len(set(senders)) == 3


async def test_who_hides_nothing_is_shown(desk: Desk) -> None:
    """A client of full disclosure keeps its sender, and a text message has none to hide."""
    full, _ = await desk.client("full")
    hidden, _ = await desk.client("hidden", sender_disclosure="alias", sender_ids=("Praxis",))
    note = Sms("+491761234567", "Text", "Praxis")
    assert await passed(desk, full) == MAIL
    assert await passed(desk, hidden, note) == note


async def test_without_a_domain_nothing_leaves(desk: Desk) -> None:
    """A domain that was taken out of the configuration must not show the sender."""
    client, _ = await desk.client(sender_disclosure="alias")
    desk.door.configure(desk, Terms(6, timedelta(hours=24)))
    assert await reason(desk, client) == "not_disclosable"


async def test_the_client_s_own_senders_are_still_checked(desk: Desk) -> None:
    """What a client may send as is asked of what it says, not of the alias."""
    client, _ = await desk.client(sender_disclosure="alias", senders=("*@other.example",))
    refused = await desk.door.accept(client, MAIL)
    assert isinstance(refused, Refused)
    assert refused.refusal.value == "not_allowed"


async def test_what_nobody_may_receive_is_refused(desk: Desk) -> None:
    """At acceptance, in a batch too; with another provider in the route it is accepted."""
    client, _ = await desk.client(processors=("main",))
    assert await reason(desk, client) == "not_disclosable"
    desk.routes["praxis"] = ()
    assert await reason(desk, client) == "no_route"
    desk.routes["praxis"] = ("sandbox", "main")
    assert isinstance(await desk.door.accept(client, MAIL), MessageStatus)
    assert await desk.door.look(client, MAIL, ANY_TIME) == ("main",)
    assert desk.delivery.passed[-1].agreement.processors == frozenset({"main"})
