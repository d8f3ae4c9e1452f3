"""What an operator decides about messages in doubt: the protocol of its store."""

from typing import Protocol

# Times are whole seconds since 1970 UTC.


class DoubtStore(Protocol):
    """Messages in doubt, one of them or all (`message_id` None), at most `limit` in one call."""

    async def release_doubted(self, message_id: str | None, now: int, limit: int) -> int:
        """Make messages in doubt due now, whatever the policy says; returns how many.

        They go to the provider that may have them, and to no other. One that is due already, or whose deadline has
        passed, is left as it is.
        """

    async def give_up_doubted(self, message_id: str | None, now: int, limit: int) -> int:
        """End messages in doubt as `failed`, with the reason that they have; returns how many.

        Their content is destroyed with it. A report that comes later changes nothing.
        """
