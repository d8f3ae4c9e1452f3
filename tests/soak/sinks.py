"""The providers of the long run: they take, refuse or break as they are told, and count what they may have taken."""

import re
from collections import Counter
from typing import Final, Literal

from tests.fakes.capture_http import Answer, Cut, HttpCapture, Taken, reply, seven_accepts
from tests.fakes.capture_smtp import Reset, Script, SmtpCapture

Mood = Literal["takes", "busy", "refuses_us", "breaks", "fails"]
MOODS: Final[tuple[Mood, ...]] = ("busy", "refuses_us", "breaks", "fails")

_NUMBER: Final = re.compile(r"Nr\. (\d+)\.")
_REFUSALS: Final = {"busy": 503, "refuses_us": 401}
_SMTP: Final[dict[Mood, Script]] = {
    "takes": {},
    "busy": {"RCPT": b"451 4.3.0 later\r\n"},
    "refuses_us": {"MAIL": b"530 5.7.0 log in first\r\n"},
    "breaks": {"BODY": Reset()},
    "fails": {"DATA": b"451 4.3.0 later\r\n"},
}


def number_in(text: str) -> int:
    """Return the number of the message that a text is of."""
    found = _NUMBER.search(text)
    assert found is not None
    return int(found[1])


class SmsSink(HttpCapture):
    """An SMS vendor; `perhaps` are messages that it got and gave no clear answer to: it may have sent them."""

    def __init__(self) -> None:
        super().__init__(self._judge)
        self.mood: Mood = "takes"
        self.took: Counter[int] = Counter()
        self.perhaps: Counter[int] = Counter()

    def _judge(self, taken: Taken) -> Answer:
        if not taken.head.startswith(b"POST"):
            return reply(404)  # it is asked what became of a message
        number = number_in(str(taken.members()["text"]))
        # What came is counted; the bytes of a hundred thousand messages are not kept.
        self.taken.clear()
        if self.mood in _REFUSALS:
            return reply(_REFUSALS[self.mood])
        if self.mood == "takes":
            self.took[number] += 1
            return seven_accepts(taken)
        self.perhaps[number] += 1
        return Cut() if self.mood == "breaks" else reply(500)


class MailSink(SmtpCapture):
    """A mail server."""

    @property
    def mood(self) -> Mood:
        """What it does."""
        return next(mood for mood, script in _SMTP.items() if script is self.script)

    @mood.setter
    def mood(self, mood: Mood) -> None:
        self.script = _SMTP[mood]

    def took(self) -> Counter[int]:
        """Return how often each mail was taken."""
        return Counter(number_in(mail.data.decode()) for mail in self.mails)
