"""Outcomes and whom they blame."""

import pytest

from gateway.core.outcome import Blame, Reason

# As the contract has them; the list grows by adding.
REASONS = """
    invalid_recipient unroutable opted_out invalid_sender content_rejected too_long credentials no_credit quota
    rate_limited unavailable timeout connection_lost unclear_answer refused not_disclosable no_route deadline
    provider_error
"""


@pytest.mark.parametrize(
    "blame, ends_message, opens_circuit",
    [
        (Blame.RECIPIENT, True, False),
        (Blame.CONTENT, True, False),
        (Blame.SENDER, False, False),
        (Blame.ACCOUNT, False, True),
        (Blame.PROVIDER, False, True),
    ],
)
def test_blame_decides_what_comes_next(blame: Blame, ends_message: bool, opens_circuit: bool) -> None:
    """A bad number ends its message and never the provider; a bad account tries the next one."""
    assert (ends_message, opens_circuit) == (blame.ends_message, blame.opens_circuit)


def test_the_reasons_are_those_of_the_contract() -> None:
    """The closed list that clients see."""
    assert set(REASONS.split()) == {reason.value for reason in Reason}
