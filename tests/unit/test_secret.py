"""A secret gives itself out in one way only."""

import copy
import json
import pickle
import pprint
import traceback
from collections.abc import Callable

import pytest
from pydantic import BaseModel, ConfigDict, ValidationError

from gateway.core.secret import Secret

MARK = "S3NT-secret"


class Account(BaseModel):
    """Settings with a secret, as an adapter has them."""

    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)

    name: str
    key: Secret
    other: Secret | None = None


ACCOUNT = Account(name="anna", key=Secret(MARK))

PRINTERS: list[Callable[[Secret], str]] = [
    str,
    repr,
    ascii,
    format,
    "{!s:>40}".format,
    "{!r}".format,
    "{:x^80}".format,
    "%s".__mod__,
    "%r".__mod__,
    lambda secret: f"{secret}",
    lambda secret: repr([{"key": secret}]),
    lambda secret: pprint.pformat({"key": (secret,)}),
    lambda secret: str(ValueError(secret)),
    lambda secret: str(hash(secret)),
    lambda secret: json.dumps({"key": secret}, default=str),
    lambda _: repr(ACCOUNT) + str(ACCOUNT) + str(ACCOUNT.model_dump()),
    lambda _: ACCOUNT.model_dump_json() + str(ACCOUNT.model_dump(mode="json")),
    lambda _: str(ACCOUNT.model_json_schema()) + str(ACCOUNT.model_json_schema(mode="serialization")),
]


@pytest.mark.parametrize("printer", PRINTERS, ids=range(len(PRINTERS)))
def test_a_secret_does_not_print(printer: Callable[[Secret], str]) -> None:
    """Whatever makes text of it, or of what holds it, makes a mask."""
    assert MARK not in printer(Secret(MARK))


@pytest.mark.parametrize(
    "keep", [pickle.dumps, copy.copy, copy.deepcopy, json.dumps, vars], ids=lambda keep: keep.__name__
)
def test_a_secret_is_not_copied(keep: Callable[[Secret], object]) -> None:
    """Where it cannot be masked it is refused, without its value."""
    with pytest.raises(TypeError) as caught:
        keep(Secret(MARK))
    assert MARK not in str(caught.value)


def test_a_secret_is_revealed_on_purpose() -> None:
    """There is one word for it."""
    assert Secret(MARK).reveal() == MARK


def test_secrets_are_compared_by_value() -> None:
    """A reload sees what changed; a text is no secret."""
    assert [Secret("a") == Secret("a"), Secret("a") == Secret("b"), Secret("a") == "a"] == [True, False, False]


def test_a_hash_tells_nothing() -> None:
    """All secrets have the same one."""
    assert hash(Secret("a")) == hash(Secret("b"))


@pytest.mark.parametrize("value, expected", [("", False), ("a", True)])
def test_an_empty_secret_is_none(value: str, expected: bool) -> None:
    """It can be asked whether there is any."""
    assert expected is bool(Secret(value))


@pytest.mark.parametrize("given", [MARK, Secret(MARK)], ids=["text", "secret"])
def test_a_setting_is_read(given: object) -> None:
    """From a file's text, or from what was read before."""
    assert Account.model_validate({"name": "anna", "key": given}).key == Secret(MARK)


def test_settings_are_read_from_their_own_dump() -> None:
    """A copy by way of a dict keeps the secret, not its mask."""
    assert Account(**ACCOUNT.model_dump()) == ACCOUNT


@pytest.mark.parametrize(
    "table",
    [
        {"name": "anna", "key": ""},
        {"name": "anna", "key": None},
        {"name": "anna", "key": 4711},
        {"name": "anna", "key": [MARK]},
        {"name": "anna", "key": MARK.encode()},
        {"name": 4711, "key": MARK},
        {"key": MARK},
        {"name": "anna", "key": MARK, "kye": MARK},
    ],
    ids=range(8),
)
def test_an_error_of_the_settings_shows_no_secret(table: dict[str, object]) -> None:
    """Whether the secret is wrong, or what stands beside it."""
    with pytest.raises(ValidationError) as caught:
        Account.model_validate(table)
    told = str(caught.value) + repr(caught.value) + str(caught.value.errors(include_input=False))
    told += "".join(traceback.format_exception(caught.value))
    assert MARK not in told
    assert "4711" not in told


def test_a_secret_is_a_text_in_a_schema() -> None:
    """The reference pages can be made of the settings."""
    assert Account.model_json_schema()["properties"]["key"] == {"title": "Key", "type": "string"}
