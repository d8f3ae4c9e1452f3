"""Puts drafts into the spool: they are sealed, and on stable storage when that is done."""

import asyncio
from collections.abc import Awaitable, Sequence
from functools import partial
from typing import Final

from gateway.intake.beyond import Beyond
from gateway.intake.letter import Draft, Seals, new_message, new_messages
from gateway.spool.answers import NewAnswer
from gateway.spool.store import NewMessage

# Messages that are worked on in one turn of the loop: a thousand would keep everybody waiting.
A_TURN: Final = 32


class Putter:
    """Knows the spool and what seals for it."""

    def __init__(self, beyond: Beyond) -> None:
        self._store = beyond.store
        self._seals = Seals(beyond.sealer, beyond.pseudonyms, beyond.references)

    def put(self, drafts: Sequence[Draft], answer: NewAnswer | None) -> Awaitable[None]:
        """Seal and store messages with the answer that tells of them, all or none.

        Raises AnswerTakenError, KeyringError, StoreFullError, StoreUnavailableError.
        """
        if len(drafts) > A_TURN:
            return self._put_in_turns(drafts, answer)
        weight = 0
        for draft in drafts:
            weight += len(draft.submission.message.text)
        return self._store.put_made(partial(new_messages, self._seals, drafts), answer, weight=weight)

    async def _put_in_turns(self, drafts: Sequence[Draft], answer: NewAnswer | None) -> None:
        new: list[NewMessage] = []
        for draft in drafts:
            if len(new) % A_TURN == A_TURN - 1:
                await asyncio.sleep(0)
            new.append(new_message(self._seals, draft))
        await self._store.put(new, answer)
