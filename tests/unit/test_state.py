"""The life of a message: which moves are legal, and that no status goes backwards."""

from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.core.state import FINAL, KEEPS_CONTENT, MOVES, State, may_move, origins

# As the architecture has it, word by word.
LIFE = """
    queued:      sending cancelled expired
    sending:     sent deferred failed in_doubt queued
    deferred:    sending cancelled expired
    in_doubt:    sent delivered undelivered deferred failed expired
    sent:        delivered undelivered
    delivered:
    undelivered:
    failed:
    expired:
    cancelled:
"""

states = st.sampled_from(State)


def drawn_moves() -> set[tuple[str, str]]:
    """Return each move of the picture above."""
    rows = [line.split(":") for line in LIFE.strip().splitlines()]
    return {(origin.strip(), target) for origin, targets in rows for target in targets.split()}


def test_the_moves_are_those_of_the_architecture() -> None:
    """No move is missing and none is added."""
    found = {(origin.value, target.value) for origin, target in product(State, State) if may_move(origin, target)}
    assert drawn_moves() == found


def test_every_state_has_its_row() -> None:
    """The table speaks of every state."""
    assert set(State) == set(MOVES)


def test_the_final_states_are_where_nothing_goes_on() -> None:
    """Five words end a message."""
    expected = {State.DELIVERED, State.UNDELIVERED, State.FAILED, State.EXPIRED, State.CANCELLED}
    assert expected == FINAL


def test_content_is_needed_until_a_provider_has_the_message_or_none_will() -> None:
    """What was taken or has ended needs no content."""
    assert {*FINAL, State.SENT} == set(State) - KEEPS_CONTENT


@given(states, states)
def test_destroyed_content_is_never_needed_again(origin: State, target: State) -> None:
    """No move leads from a state without content to one that needs it."""
    assert not (may_move(origin, target) and origin not in KEEPS_CONTENT and target in KEEPS_CONTENT)


@given(states)
def test_a_state_does_not_move_to_itself(state: State) -> None:
    """A repeated report changes nothing."""
    assert not may_move(state, state)


@given(st.sampled_from(sorted(FINAL)), states)
def test_what_is_final_stays(final: State, target: State) -> None:
    """A late report cannot turn `delivered` into anything."""
    assert not may_move(final, target)


@given(states)
def test_origins_are_the_moves_turned_round(target: State) -> None:
    """Both ways of asking say the same."""
    assert {origin for origin in State if may_move(origin, target)} == origins(target)


def test_every_state_but_the_first_is_reached() -> None:
    """From `queued` a message can come to every other state."""
    reached, waiting = {State.QUEUED}, [State.QUEUED]
    while waiting:
        news = MOVES[waiting.pop()] - reached
        reached |= news
        waiting += news
    assert set(State) == reached


@pytest.mark.parametrize("state", State)
def test_every_state_comes_to_an_end(state: State) -> None:
    """From every state that is not final, one that is can be reached."""
    reached, waiting = {state}, [state]
    while waiting:
        news = MOVES[waiting.pop()] - reached
        reached |= news
        waiting += news
    assert reached & FINAL
