"""The pure parts of the SMTP adapter: what answers mean, and what settings may say."""

from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from gateway.provider import Accepted, Blame, Channel, InDoubt, Outcome, Rejected
from providers.smtp import TYPE, SmtpSettings
from providers.smtp_answers import Stage, judge
from tests.fakes.smtp import outcome_words

ANSWERS = Path(__file__).parents[1] / "dialogues" / "smtp_answers.txt"


def answers() -> list[tuple[str, str]]:
    """Return each line of the table as answer and outcome."""
    lines = ANSWERS.read_text(encoding="utf-8").splitlines()
    return [tuple(line.split(" -> ")) for line in lines if line and not line.startswith("#")]  # type: ignore[misc]


@pytest.mark.parametrize("answer, outcome", answers())
def test_an_answer_means_what_the_table_says(answer: str, outcome: str) -> None:
    """Stage, code and enhanced code decide; the text does not."""
    stage, code, text = answer.split(" ", 2) if answer.count(" ") > 1 else (*answer.split(" "), "")
    assert outcome == outcome_words(judge(Stage(stage), int(code), text))


stages = st.sampled_from(Stage)
codes = st.integers(-1, 999)
texts = st.one_of(st.text(), st.from_regex(r"[245]\.\d{1,3}\.\d{1,3} .*", fullmatch=True))


@given(stages, codes, texts)
def test_no_refusal_is_acceptance(stage: Stage, code: int, text: str) -> None:
    """Whatever the server says where the hoped-for answer did not come, the mail is not called accepted."""
    assert not isinstance(judge(stage, code, text), Accepted)


@given(stages, codes, texts)
def test_only_the_content_can_be_in_doubt(stage: Stage, code: int, text: str) -> None:
    """Before the final dot nothing is taken; after it doubt is for what is no clear refusal."""
    doubtful = isinstance(judge(stage, code, text), InDoubt)
    assert (stage is Stage.CONTENT and not 400 <= code < 600) is doubtful


@given(st.sampled_from([Stage.GREETING, Stage.EHLO, Stage.STARTTLS, Stage.AUTH, Stage.RSET]), codes, texts)
def test_what_is_said_before_the_mail_never_ends_it(stage: Stage, code: int, text: str) -> None:
    """A server that refuses us has said nothing about the message."""
    assert not isinstance(judge(stage, code, text), Rejected)


@given(st.integers(400, 499), stages, texts)
def test_a_temporary_answer_never_ends_a_mail(code: int, stage: Stage, text: str) -> None:
    """4yz says: not now."""
    assert not isinstance(judge(stage, code, text), Rejected)


@given(st.integers(1, 3), st.integers(0, 30))
def test_an_unknown_recipient_never_opens_the_circuit(subject: int, detail: int) -> None:
    """What a client's bad addresses bring about at RCPT is not held against the provider."""
    outcome = judge(Stage.RCPT, 550, f"5.{subject if subject < 3 else 4}.{detail} no")
    assert isinstance(outcome, Rejected)
    assert outcome.blame in {Blame.RECIPIENT, Blame.SENDER, Blame.CONTENT}


def settings(**said: object) -> SmtpSettings:
    """Return the settings of a table with a host."""
    return SmtpSettings.model_validate({"type": "smtp", "host": "mail.example", **said})


@pytest.mark.parametrize(
    "written, host",
    [
        ("mail.example", "mail.example"),
        ("MAIL.example", "mail.example"),
        ("localhost", "localhost"),
        ("my_relay", "my_relay"),
        ("müller.example", "xn--mller-kva.example"),
        ("127.0.0.1", "127.0.0.1"),
        ("::1", "::1"),
    ],
)
def test_a_host_is_a_name_or_an_address(written: str, host: str) -> None:
    """Names are kept in A-labels, in lower case."""
    assert host == settings(host=written).host


@pytest.mark.parametrize(
    "said, place",
    [
        ({"host": ""}, ("host",)),
        ({"host": "mail.example:25"}, ("host",)),
        ({"host": "mail example"}, ("host",)),
        ({"host": "☃.example"}, ("host",)),
        ({"host": "a" * 64 + ".example"}, ("host",)),
        ({"host": "mail..example"}, ("host",)),
        ({"port": 0}, ("port",)),
        ({"port": 65_536}, ("port",)),
        ({"tls": "none"}, ("tls",)),
        ({"tls": "maybe"}, ("tls",)),
        ({"username": "anna"}, ()),
        ({"password": "s3cret"}, ()),
        ({"username": "", "password": "s3cret"}, ("username",)),
        ({"envelope_sender": "no address"}, ("envelope_sender",)),
        ({"envelope_sender": "Bounces <bounces@gateway.example>"}, ("envelope_sender",)),
        ({"envelope_sender": "jürgen@gateway.example"}, ("envelope_sender",)),
        ({"max_messages": 0}, ("max_messages",)),
        ({"timeout": "0s"}, ("timeout",)),
        ({"hots": "mail.example"}, ("hots",)),
    ],
)
def test_a_wrong_setting_is_named(said: dict[str, Any], place: tuple[str, ...]) -> None:
    """The error says where, and shows no value."""
    with pytest.raises(ValidationError) as caught:
        settings(**said)
    assert [place] == [error["loc"] for error in caught.value.errors()]
    assert not [value for value in said.values() if len(str(value)) > 5 and str(value) in str(caught.value)]


def test_encryption_is_the_default() -> None:
    """Where nothing is said, TLS from the first byte is."""
    assert settings().tls == "implicit"


def test_plain_text_can_be_asked_for_on_a_private_network() -> None:
    """Both has to be said."""
    assert settings(tls="none", allow_private_network=True).tls == "none"


def test_an_envelope_sender_is_in_ascii() -> None:
    """A domain is put in A-labels."""
    found = settings(envelope_sender="bounces@müller.example")
    assert found.envelope_sender == "bounces@xn--mller-kva.example"


def test_no_envelope_sender_is_none() -> None:
    """Saying none is as saying nothing."""
    assert settings(envelope_sender=None).envelope_sender is None


def test_a_password_does_not_print() -> None:
    """Neither the settings nor their JSON show it."""
    found = settings(username="anna", password="s3cret-password")
    assert "s3cret-password" not in repr(found) + str(found) + found.model_dump_json()


def test_the_type_tells_what_a_server_receives() -> None:
    """A smarthost gets mail alone, all of its fields, and its company is for the operator to say."""
    expected = ((Channel.EMAIL,), {Channel.EMAIL: ("sender", "recipient", "subject", "text")}, None)
    assert expected == (TYPE.channels, TYPE.processor.fields, TYPE.processor.company)


def test_outcomes_are_written_as_the_tables_write_them() -> None:
    """The tables' words are those of the outcomes."""
    outcomes: list[Outcome] = [Accepted("x"), judge(Stage.CONTENT, -1)]
    assert [outcome_words(outcome) for outcome in outcomes] == ["accepted", "in_doubt unclear_answer"]
